"""Where slides stand: those of one material, and all of a course together."""

from portal.db.lifecycle import State


class MaterialState(State):
    """Where slides stand; no version yet means 未提交 and is derived. What needs most attention stands first."""

    changes_requested = "changes_requested", "待修改", "red"
    submitted = "submitted", "待审", "amber"
    approved = "approved", "已通过", "green"
    final = "final", "已定稿", "green"


class SlidesState(State):
    """Where all slides of a course stand, in the words of their material, and 未提交 where there is none."""

    missing = "missing", "未提交", ""
    changes_requested = "changes_requested", "待修改", "red"
    submitted = "submitted", "待审", "amber"
    approved = "approved", "已通过", "green"
    final = "final", "已定稿", "green"

    @property
    def is_passed(self) -> bool:
        """Whether all of them passed the review."""
        return self in {SlidesState.approved, SlidesState.final}

    @property
    def is_final(self) -> bool:
        """Whether all of them are as they are shown."""
        return self is SlidesState.final
