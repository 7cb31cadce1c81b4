"""A small furnished world: one thing of each kind, each in a state that tells who may see it."""

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO

import sqlalchemy as sa
from cast import MONDAY, Cast, add_series, by_itself
from pypdfium2 import PdfDocument
from states import kept

from portal.actions.assignment import operations as assignment
from portal.actions.models.action_items import ActionItem
from portal.actions.models.progress import Stage
from portal.actions.models.slips import Slip, SlipColour, SlipState
from portal.actions.progress import operations as progress
from portal.actions.requests import operations as requests
from portal.actions.supervision import operations as supervision
from portal.archive.models.appraisals import Appraisal, AppraisalChoice
from portal.archive.models.packages import Package
from portal.archive.models.pieces import ArchivalRecord
from portal.archive.pieces import filing as archive
from portal.courses.course import operations as course_operations
from portal.courses.materials import operations as materials
from portal.courses.models.courses import Course
from portal.courses.models.materials import MaterialPage
from portal.courses.models.policies import Briefing
from portal.courses.policies import operations as library
from portal.courses.programme import operations as programme_operations
from portal.courses.rota import operations as rota
from portal.db import clock
from portal.db.engine import add, db
from portal.documents.registry import Document, PaperKind, SignatureState, Signer, enter
from portal.enterprises.models.enterprises import ClientKind
from portal.enterprises.problems import operations as problems
from portal.enterprises.register import operations as register
from portal.files import store
from portal.files.resumable import Incoming
from portal.inbox.models import Channel, Delivery, Notice
from portal.jobs import background
from portal.jobs.background import BackgroundTask
from portal.lessons.classroom import operations as podium
from portal.lessons.classroom.queries import lesson_of
from portal.meetings.agenda import operations as agenda
from portal.meetings.attendance import operations as attendance
from portal.meetings.models.agenda import ItemState
from portal.meetings.models.meetings import Meeting
from portal.meetings.models.series import ItemKind
from portal.meetings.notices import operations as notices
from portal.meetings.preparing import operations as preparing
from portal.meetings.proposals import operations as proposals
from portal.meetings.sitting import operations as sitting
from portal.minutes.back_entry import operations as back_entry
from portal.minutes.consultation import operations as consultation
from portal.minutes.models.minutes import Minutes, MinutesState
from portal.minutes.models.signoff import Opinion
from portal.minutes.reading import queries as minutes_queries
from portal.minutes.signoff import operations as signoff
from portal.people.deputies import operations as people_room
from portal.people.models.accounts import RoleRequest
from portal.people.models.roles import Part, Role
from portal.records.decisions import operations as decisions
from portal.records.lines import operations as lines
from portal.records.lines import queries as lines_queries
from portal.records.models import Record, RecordState
from portal.records.signing import queries as signing_queries

EARLIER = {"年初.pdf": "application/pdf", "一批纪要.zip": "application/zip"}
Things = dict[tuple[str, str], int]


def pdf(height: int = 540) -> bytes:
    """A PDF of one empty page; another height makes other bytes."""
    document, target = PdfDocument.new(), BytesIO()
    document.new_page(960, height)
    document.save(target)
    return target.getvalue()


@kept
def furnished(people: Cast) -> "World":
    """The world with all its things."""
    return World(people)


class World:
    """Furnishes the portal, and tells each thing by the word of its URL and what is special about it."""

    def __init__(self, people: Cast) -> None:
        self.people = people
        self.things: Things = {}
        self.series = add_series(people)
        self._note("series", "", self.series)
        for furnish in (
            self._persons, self._enterprise, self._task, self._course, self._library, self._preparing, self._sitting,
            self._held, self._earlier,
        ):  # fmt: skip
            furnish()
            db.session.commit()

    def of(self, word: str) -> Iterator[tuple[str, int]]:
        """Every thing that stands behind a word of a URL: what is special about it, and its number."""
        return ((special, number) for (kind, special), number in self.things.items() if kind == word)

    def _note(self, word: str, special: str, thing: object) -> None:
        self.things[word, special] = thing.id  # type: ignore[attr-defined]

    def _persons(self) -> None:
        people = self.people
        self._note("person", "", people.colleague)
        self._note("department", "", people.justice)
        self._note("group", "", people.theme)
        for special, asker in (("管理员自己提出", people.administrator), ("别人提出", people.auditor)):
            request = RoleRequest(
                user_id=people.officer.id, role=Role.leader, asked_by_id=asker.id, asked_at=clock.now()
            )
            self._note("role_request", special, add(request))
        deputy = people_room.name_deputy(
            people.officer, people.colleague, starts=clock.today() + timedelta(days=20),
            ends=clock.today() + timedelta(days=30), parts=[Part.tasks], by=people.officer,
        )  # fmt: skip
        self._note("deputy", "同事代服务官，未开始", deputy)
        notice = Notice(user_id=people.officer.id, title="请签收", url="/actions", at=clock.now())
        self._note("notice", "给承办人", add(notice))
        failed = Delivery(
            user_id=people.officer.id, channel=Channel.mail, notices=[notice.id], made_at=clock.now(),
            due_at=clock.now(), attempts=1, last_error="连接不上邮件服务器。",
        )  # fmt: skip
        self._note("delivery", "没有发出的邮件", add(failed))
        errand = BackgroundTask(
            kind="room.count", label="数一数", asked_by_id=people.officer.id, asked_at=clock.now(),
            ended_at=clock.now(), file=background.fresh_draft().name, name="结果.txt", media_type="text/plain",
        )  # fmt: skip
        self._note("errand", "承办人要办", add(errand))

    def _file(self, name: str) -> store.StoredFile:
        return store.put(pdf(), name, "application/pdf", self.people.officer)

    def _enterprise(self) -> None:
        people = self.people
        firm = register.add_enterprise(
            ClientKind.enterprise, "示例铸造公司", "", [people.lecturer], people.chair, by=people.secretary
        )
        self.problem = problems.report(
            firm, "用地手续未办结", "没有土地证", "尽快办证", [self._file("现场.pdf")], by=people.lecturer
        )
        problems.match(self.problem, people.theme, by=people.secretary)
        other = problems.report(firm, "用工不足", "缺三十人", "帮助招工", by=people.recorder)
        self._note("enterprise", "", firm)
        self._note("problem", "主讲人上报，专题组办理", self.problem)
        self._note("problem", "记录人上报，尚未匹配", other)
        self._note("problem_file", "主讲人上报，专题组办理", self.problem.files[0])

    def _task(self) -> None:
        people = self.people
        task = assignment.assign(
            title="补办土地手续", lead_department=people.industry, lead_person=people.officer,
            support=[people.justice], due=clock.today() + timedelta(days=9), audience=people.theme,
            by=people.secretary,
        )  # fmt: skip
        assignment.accept(task, by=people.officer)
        progress.report(task, "已对接", [self._file("回执.pdf")], by=people.officer)
        asked = requests.ask_extension(task, clock.today() + timedelta(days=19), "等上级批复", by=people.officer)
        self._note("action", "工信局牵头，司法局配合", task)
        self._note("extension", "承办人申请", asked)
        self._note("support", "司法局", task.support[0])
        self._note("report_file", "工信局牵头，司法局配合", task.reports[0].files[0])

        self._note("stage", "承办人的", self._with_stage(task))
        asked = requests.ask_transfer(task, people.justice, people.colleague, "属法律事务", by=people.officer)
        self._note("application", "承办人申请转交", asked)
        slip = Slip(action=task, colour=SlipColour.blue, proposed_on=clock.today())
        self._note("slip", "待批准", add(slip))
        slip = Slip(
            action=task, colour=SlipColour.yellow, proposed_on=clock.today(), state=SlipState.issued, year=2026,
            number=1, issued_at=clock.now(), answer_by=clock.today(), file=self._file("督办单.pdf"),
        )  # fmt: skip
        self._note("slip", "已发出并排好版", add(slip))
        table = "事项,承办人,时限\n修路,服务示例,2199-05-01\n".encode()
        notice = "节日,放假时间,调休上班\n元旦,1月1日至3日,1月4日\n".encode()
        self._note("holiday_notice", "文秘上传", store.put(notice, "放假通知.csv", "text/csv", people.secretary))
        self._note("old_ledger", "文秘上传", store.put(table, "旧台账.csv", "text/csv", people.secretary))
        for special in ("专班的，刚交办", "专班的，申请办结"):
            task = assignment.assign(
                title=special, lead_person=people.recorder, due=clock.today() + timedelta(days=9),
                audience=people.task_force, by=people.secretary,
            )  # fmt: skip
            self._note("action", special, task)
        assignment.accept(task, by=people.recorder)
        progress.report_done(task, "已办好", by=people.recorder)
        task = assignment.assign(
            title="专班的，已销号", lead_person=people.recorder, due=clock.today() + timedelta(days=9),
            audience=people.task_force, by=people.secretary,
        )  # fmt: skip
        self._note("action", "专班的，已销号", task)
        assignment.accept(task, by=people.recorder)
        progress.report_done(task, "已办好", by=people.recorder)
        progress.close(task, by=people.supervisor)
        (looked_at,) = supervision.draw_look_backs([task])
        self._note("look_back", "专班的，已销号", looked_at)

    def _with_stage(self, task: ActionItem) -> Stage:
        stages = [("对接企业", clock.today() + timedelta(days=2))]
        return progress.set_stages(task, stages, by=self.people.secretary).stages[0]

    def _course(self) -> None:
        people = self.people
        programme = programme_operations.add_programme("讲业务计划", 2026, "", by=people.secretary)
        self.course = course_operations.add_course(
            programme, "企业认定政策", programme_operations.add_field("科技", 1, by=people.secretary),
            lecturer=people.lecturer, by=people.secretary,
        )  # fmt: skip
        rota.invite(self.course, by=people.secretary)
        self._note("programme", "", programme)
        self._note("course", "待确认", self.course)
        for special in ("待审", "通过"):
            version = materials.submit_material(
                self.course, pdf(), f"{special}.pdf", special, "", secrecy_checked=True, by=people.lecturer
            )
            page = MaterialPage(
                version=version, number=1, file=self._file("1.webp"), thumbnail=self._file("1.webp"), width=9, height=5
            )
            self._note("material_page", special, add(page))
            self._note("material_version", special, version)
            self._note("material", special, version.material)
            if special == "通过":
                materials.approve_material(version.material, by=people.secretary)

        self._note("lesson", "待确认", self.course)
        question = podium.ask(lesson_of(self.course), "条件怎样认定？", by=people.officer)
        self._note("question", "服务官提的", question)
        incoming = Incoming(
            token="0" * 32, user_id=people.lecturer.id, purpose=f"courses.submit_material {self.course.id}",
            kinds=["pdf"], name="课件.pdf", stamp="", size=9, begun_at=clock.now(),
        )  # fmt: skip
        incoming.path.write_bytes(b"%PDF-")
        self._note("incoming", "主讲人的", add(incoming))

    def _library(self) -> None:
        people = self.people
        for special in ("已入库", "还没有入库"):
            course = course_operations.add_course(
                self.course.programme, f"政策{special}", self.course.field, lecturer=people.lecturer,
                by=people.secretary,
            )  # fmt: skip
            rota.invite(course, by=people.secretary)
            course_operations.deliver(course, clock.today(), by=people.secretary)
            if special == "已入库":
                course_operations.publish(course, by=people.secretary)
            policy = library.enter(course)
            library.submit(policy, None, "一、条件", None, by=people.lecturer)
            paper = self._file("办法.pdf")
            source = library.add_source(policy, "办法", "市科技局", "1号", None, paper, by=people.lecturer)
            self._note("policy", special, policy)
            self._note("source_document", special, source)
            if special == "已入库":
                library.brief(policy, self.problem.enterprise, by=people.lecturer)
                briefing = db.session.scalars(sa.select(Briefing)).one()
                self._note("briefing", "主讲人登记", briefing)

    def _preparing(self) -> None:
        people = self.people
        meeting = preparing.schedule(self.series, MONDAY + timedelta(days=7), by=people.secretary)
        item = proposals.propose(
            self.series, ItemKind.other, "研究停车问题", "", 10, files=[self._file("图.pdf")], by=people.colleague
        )
        agenda.add_item(meeting, ItemKind.other, "部署下周工作", 10, by=people.secretary)
        self._note("meeting", "筹备中", meeting)
        self._note("item", "同事刚申报", item)
        self._note("item_file", "同事刚申报", item.attached[0])

    def _meet(self, day: timedelta, lesson: Course | None = None) -> Meeting:
        people = self.people
        meeting = preparing.schedule(self.series, MONDAY + day, by=people.secretary)
        if lesson:
            agenda.add_item(meeting, ItemKind.course, lesson.topic, 20, course=lesson, by=people.secretary)
        agenda.add_item(meeting, ItemKind.problem, "研究用地问题", 20, reporter=people.officer, by=people.secretary)
        preparing.approve_agenda(meeting, chair=people.chair, by=people.secretary)
        notices.announce(meeting, why="已知悉", by=people.secretary)
        sitting.open(meeting, by=people.secretary)
        return meeting

    def _sitting(self) -> None:
        people, meeting = self.people, self._meet(timedelta())
        item = meeting.items[-1]
        lines.write(item, "同意该方案。", by=people.recorder)
        decision = lines.decide(item, "同意补办土地手续", by=people.recorder)
        handout = decisions.hand_out(
            item, decision=decision, title="报送方案", lead_department=people.industry, lead_person=people.officer,
            due=MONDAY, by=people.recorder,
        )  # fmt: skip
        mine = next(one for one in meeting.attendances if one.user_id == people.officer.id)
        self._note("meeting", "进行中", meeting)
        self._note("item", "已列入", item)
        self._note("topic", "进行中", item)
        self._note("attendance", "服务官的", mine)
        self._note("meeting_notice", "进行中", meeting.notices[0])
        attendance.add_scan(meeting, [self._file("签到表.pdf")], by=people.secretary)
        self._note("scan", "进行中", meeting.scans[0])
        self._note("line", "进行中", decision.line)
        self._note("phrase", "", lines_queries.phrases()[0])
        self._note("handout", "进行中", handout)
        self._note("decision", "进行中", decision)
        self._note("sitting", "进行中", meeting)
        self._note("live", "进行中", meeting)

    def _adjourn(self, meeting: Meeting) -> Meeting:
        people = self.people
        for item in meeting.items:
            sitting.mark_item(item, ItemState.dealt_with, by=people.secretary)
        attendance.check_in(meeting.attendances[0], by=people.secretary)
        return sitting.adjourn(meeting, by=people.secretary)

    def _held(self) -> None:
        waiting = self._adjourn(self._meet(timedelta(days=-7), self._lesson()))
        closed, meeting = (self._adjourn(self._meet(timedelta(days=days))) for days in (-14, -21))
        by_itself("records.begin", "minutes.draft")
        draft, self.minutes = (minutes_queries.of_meeting(one)[0] for one in (waiting, meeting))
        self._note("minutes", "拟稿", draft)
        self._note("comment", "审核人的", consultation.comment(draft, 1, "请核对。", by=self.people.reviewer))
        consultation.consult(draft, clock.now() + timedelta(days=1), by=self.people.recorder)
        self._note("sitting", "已散会", waiting)
        self._note("record", "记录中", signing_queries.record_of(waiting))
        self._issue(self.minutes)
        self._close(signing_queries.record_of(closed))
        self._sign(signing_queries.record_of(meeting))

    def _earlier(self) -> None:
        """Minutes issued before the portal came, and a batch of them that is not taken in yet."""
        people = self.people
        files = [store.put(pdf(700), name, kind, people.secretary) for name, kind in EARLIER.items()]
        made = back_entry.enter_back(
            self.series, MONDAY - timedelta(days=300), 2026, 9, "年初的纪要", files[0], ["同意"], by=people.secretary
        )
        self._note("minutes", "补录，待归档", made)
        self._note("document", "补录的纪要", made.document)
        self._note("batch", "会议秘书上传", files[1])

    def _lesson(self) -> Course:
        """A lesson that will be given, so that its listeners can say what they thought."""
        people, first = self.people, self.course
        course = course_operations.add_course(
            first.programme, "用工政策", first.field, lecturer=people.lecturer, by=people.secretary
        )  # fmt: skip
        rota.invite(course, by=people.secretary)
        self._note("course", "已讲授", course)
        return course

    def _paper(self, kind: PaperKind, *, signed: bool = True) -> Document:
        people = self.people
        signer = Signer(people.recorder if kind is PaperKind.record else people.signatory, "签字人", "signature")
        page = pdf(600 + 2 * list(PaperKind).index(kind) + signed)  # the register knows each paper by its hash
        document = enter(kind, "首席服务官周例会", "〔2026〕1号", page, [signer], by=None)
        document.signatures[0].state = SignatureState.made if signed else SignatureState.awaited
        return document

    def _issue(self, minutes: Minutes) -> None:
        """Issued, as far as everybody who reads it can tell; nothing is laid out or signed, which is slow."""
        people = self.people
        signoff.submit(minutes, by=people.recorder)
        minutes.document, minutes.sheet.document = self._paper(PaperKind.minutes), self._paper(PaperKind.sign_off)
        minutes.sheet.opinions.append(
            Opinion(
                user=people.reviewer, role="审核人", passed=True, text="同意。", revision=minutes.latest,
                at=clock.now(), signature_id=minutes.sheet.document.signatures[0].id,
            )
        )  # fmt: skip
        minutes.year, minutes.number, minutes.numbered_at = clock.today().year, 1, clock.now()
        minutes.state, minutes.issued_at = MinutesState.issued, clock.now()
        db.session.commit()
        self._note("minutes", "已印发", minutes)
        self._note("document", "已印发的纪要", minutes.document)
        self._note("document", "审签单", minutes.sheet.document)
        self._note("piece", "纪要", archive.prepare_minutes(minutes))
        self._note("piece", "审签单", archive.prepare_sheet(minutes.sheet))

    def _close(self, record: Record) -> None:
        record.state, record.document = RecordState.closed, self._paper(PaperKind.record, signed=False)
        self._note("record", "待签字", record)

    def _sign(self, record: Record) -> None:
        record.state, record.document = RecordState.signed, self._paper(PaperKind.record)
        self._note("record", "已签字", record)
        self._note("document", "已签字的记录", record.document)
        self._note("sitting", "已印发纪要", record.meeting)
        piece: ArchivalRecord = archive.prepare_record(record)
        self._note("piece", "会议记录", piece)
        opinion = Appraisal(
            record=piece, choice=AppraisalChoice.remove, reason="期满", proposed_by=self.people.archivist,
            proposed_at=clock.now(),
        )  # fmt: skip
        self._note("appraisal", "档案员提出", add(opinion))
        brought = Package(file=self._file("封装包.zip"), brought_by=self.people.archivist, brought_at=clock.now())
        self._note("package", "档案员收到", add(brought))
