"""What people type about slides."""

from portal.courses.materials.operations import SLIDE_KINDS
from portal.courses.models.courses import Course
from portal.courses.models.materials import Visibility
from portal.files.uploads import BigUpload
from portal.web.choices import Choice, OneOf
from portal.web.fields import Line, Tick
from portal.web.forms import Form

LONGEST_NOTE = 500


class SecrecyForm(Form):
    """What a lecturer answers for."""

    no_state_secrets = Tick("不含国家秘密、工作秘密。", required="请确认后勾选。")
    no_business_secrets = Tick(
        "不含企业商业秘密和个人信息，引用的企业案例已经企业同意或隐去名称。", required="请确认后勾选。"
    )
    published_only = Tick("引用的政策已经公开发布，没有内部讨论稿、征求意见稿。", required="请确认后勾选。")


class MaterialForm(Form):
    """One upload: new slides, or a new version of slides handed in before."""

    material_id = OneOf("提交方式", required=False, blank="新的课件")
    title = Line("课件名称", required=False, longest=100)
    file = BigUpload("课件文件", kinds=SLIDE_KINDS)
    note = Line("修改说明", required=False, longest=LONGEST_NOTE)
    visibility = Choice("何时开放查看", Visibility, default=Visibility.before)
    secrecy_checked = Tick(
        "保密自查：我已逐页检查，课件不含国家秘密、工作秘密和企业商业秘密。",
        required="请先逐页自查，确认不含涉密信息后勾选。",
    )

    def offer(self, course: Course) -> None:
        """Offer the slides that take a new version; after a return the same slides are meant."""
        open_ones = [one for one in course.materials if one.lifecycle.is_open(one, "submit_material")]
        self.material_id.offer(open_ones, lambda one: f"《{one.title}》的新版本")
        self.file.offer(upload_purpose(course))
        if open_ones and not self.is_submitted():
            meant = next((one for one in open_ones if one.is_to_be_mended), open_ones[-1])
            self.material_id.data, self.visibility.data = meant.id, meant.visibility


def upload_purpose(course: Course) -> str:
    """What a file that comes in pieces is for: slides of this very course."""
    return f"courses.submit_material {course.id}"


class VisibilityForm(Form):
    """From when slides may be seen."""

    visibility = Choice("何时开放查看", Visibility)


class ApprovalForm(Form):
    """The review passed, the secrecy review among it."""

    secrecy_reviewed = Tick("保密审查：已核对最新一版，不含涉密和不宜公开的内容。", required="请先完成保密审查再通过。")
