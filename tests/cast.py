"""The cast of the tests: few people, each with one part, and what stands around them."""

from fixed_clock import MONDAY, NINE
from states import kept

from portal.db.engine import db
from portal.jobs import worker
from portal.meetings.agenda import operations as agenda
from portal.meetings.attendance import operations as attendance
from portal.meetings.models.agenda import ItemState
from portal.meetings.models.meetings import Meeting
from portal.meetings.models.series import ItemKind, MeetingSeries, Recurrence
from portal.meetings.notices import operations as notices
from portal.meetings.preparing import operations as preparing
from portal.meetings.series import operations as series_operations
from portal.meetings.sitting import operations as sitting_operations
from portal.people.models.accounts import User, UserRole
from portal.people.models.departments import Department
from portal.people.models.groups import Group, GroupKind, GroupMember
from portal.people.models.roles import Role


class Cast:
    """Who plays: `people.secretary`, `people.officer` … all 示例."""

    office: Department
    industry: Department
    justice: Department
    task_force: Group
    theme: Group

    def enter(self) -> None:
        """Put everybody into the database."""
        self.office = Department(name="市专班办公室", short="专班办公室", rank=1)
        self.industry = Department(name="市工业和信息化局", short="市工信局", rank=2)
        self.justice = Department(name="市司法局", short="市司法局", rank=3)
        db.session.add_all([self.office, self.industry, self.justice])
        self.secretary = self._person("secretary", "文秘示例", self.office, Role.secretary)
        self.chair = self._person("chair", "主持示例", self.office, Role.leader)
        self.recorder = self._person("recorder", "记录示例", self.office, Role.officer)
        self.reviewer = self._person("reviewer", "审核示例", self.office, Role.officer)
        self.signatory = self._person("signatory", "签发示例", self.office, Role.leader)
        self.lecturer = self._person("lecturer", "主讲示例", self.industry, Role.officer)
        self.officer = self._person("officer", "服务示例", self.industry, Role.officer)
        self.colleague = self._person("colleague", "同事示例", self.justice, Role.officer)
        self.stranger = self._person("stranger", "外人示例", self.justice, Role.officer)
        self.supervisor = self._person("supervisor", "督查示例", self.office, Role.supervisor)
        self.archivist = self._person("archivist", "档案示例", self.office, Role.archivist)
        self.auditor = self._person("auditor", "审计示例", self.office, Role.auditor)
        self.administrator = self._person("administrator", "管理示例", self.office, Role.administrator)
        db.session.flush()
        self.task_force = Group(kind=GroupKind.task_force, name="工作专班", rank=1)
        self.theme = Group(kind=GroupKind.theme, name="土地房产组", rank=5, lead_id=self.officer.id)
        db.session.add_all([self.task_force, self.theme])
        db.session.flush()
        for user in (
            self.secretary, self.chair, self.recorder, self.reviewer, self.signatory, self.lecturer, self.officer,
            self.colleague,
        ):  # fmt: skip
            db.session.add(GroupMember(group_id=self.task_force.id, user_id=user.id))
        for user in (self.officer, self.colleague):
            db.session.add(GroupMember(group_id=self.theme.id, user_id=user.id))
        db.session.flush()

    def _person(self, username: str, name: str, department: Department, *roles: Role) -> User:
        user = User(
            username=username, name=name, department=department, rank=1, grants=[UserRole(role=role) for role in roles],
        )  # fmt: skip
        db.session.add(user)
        return user


@kept
def add_series(people: Cast) -> MeetingSeries:
    """专班例会, as the secretary sets it up."""
    return series_operations.add_series(
        name="专班例会", short="专班", rank=1, group=people.task_force, chair=people.chair, recorder=people.recorder,
        reviewer=people.reviewer, signatory=people.signatory, place="501会议室", recurrence=Recurrence.by_hand,
        weekday=0, starts_at=NINE, minutes=90, cut_off_days=2, cut_off_time=NINE, heading="首席服务官周例会纪要",
        by=people.secretary,
    )  # fmt: skip


@kept
def open_meeting(people: Cast, series: MeetingSeries | None = None) -> Meeting:
    """A meeting of one item, announced and in session."""
    sitting = preparing.schedule(series or add_series(people), MONDAY, by=people.secretary)
    agenda.add_item(sitting, ItemKind.problem, "研究企业用地问题", 20, reporter=people.officer, by=people.secretary)
    preparing.approve_agenda(sitting, chair=people.chair, by=people.secretary)
    notices.announce(sitting, why="已知悉", by=people.secretary)
    sitting_operations.open(sitting, by=people.secretary)
    db.session.commit()
    return sitting


@kept
def hold_meeting(people: Cast, series: MeetingSeries | None = None) -> Meeting:
    """A meeting of one item, dealt with, one member present, adjourned."""
    sitting = open_meeting(people, series)
    sitting_operations.mark_item(sitting.items[0], ItemState.dealt_with, by=people.secretary)
    attendance.check_in(sitting.attendances[0], by=people.secretary)
    sitting_operations.adjourn(sitting, by=people.secretary)
    db.session.commit()
    return sitting


def by_itself(*chores: str) -> None:
    """Let the portal do what it does by itself; the test's own transaction ends first, as a request's would."""
    for chore in chores:
        db.session.commit()
        worker.run(chore)
    db.session.commit()
