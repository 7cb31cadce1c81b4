"""A meeting whose minutes were signed and issued, as the archive's tests and drills need it."""

from datetime import timedelta

from cast import MONDAY, add_series, by_itself, hold_meeting
from furnished import pdf
from states import kept

from portal.courses.course import operations as course
from portal.courses.materials import operations as materials
from portal.courses.programme import operations as programme_operations
from portal.courses.rota import operations as rota
from portal.db import clock
from portal.db.engine import db
from portal.files import store
from portal.meetings.agenda import operations as agenda
from portal.meetings.attendance import operations as attendance
from portal.meetings.models.agenda import ItemState
from portal.meetings.models.series import ItemKind
from portal.meetings.notices import operations as notices
from portal.meetings.preparing import operations as preparing
from portal.meetings.sitting import operations as sitting_operations
from portal.minutes.issue import operations as issue_operations
from portal.minutes.reading import queries as minutes_queries
from portal.minutes.signing import operations as signing
from portal.minutes.signoff import operations as signoff
from portal.people.keys import operations as persons


@kept
def hold_lesson(people):
    """A meeting at which a lesson was given by slides that were passed, its sign-in sheet scanned."""
    programme = programme_operations.add_programme("课程计划", clock.today().year, "", by=people.secretary)
    field = programme_operations.add_field("科技", 1, by=people.secretary)
    lesson = course.add_course(programme, "高企认定", field, lecturer=people.lecturer, by=people.secretary)
    rota.invite(lesson, by=people.secretary)
    rota.confirm(lesson, by=people.lecturer)
    with clock.at(clock.now() - timedelta(days=7)):  # slides are due some days before
        sitting = preparing.schedule(add_series(people), MONDAY, by=people.secretary)
        agenda.add_item(sitting, ItemKind.course, lesson.topic, 30, course=lesson, by=people.secretary)
        slides = materials.submit_material(lesson, pdf(540), "讲稿.pdf", "讲稿", "", True, by=people.lecturer)
        materials.approve_material(slides.material, by=people.secretary)
    preparing.approve_agenda(sitting, chair=people.chair, by=people.secretary)
    notices.announce(sitting, why="已知悉", by=people.secretary)
    sitting_operations.open(sitting, by=people.secretary)
    sitting_operations.mark_item(sitting.items[0], ItemState.dealt_with, by=people.secretary)
    attendance.check_in(sitting.attendances[0], by=people.secretary)
    sitting_operations.adjourn(sitting, by=people.secretary)
    sheet = store.put(pdf(700), "签到表.pdf", "application/pdf", people.secretary)
    attendance.add_scan(sitting, [sheet], by=people.secretary)
    db.session.commit()
    return sitting


@kept
def issue(people, series=None, meeting=None):
    """Minutes that were signed and issued, with their pieces prepared."""
    meeting = meeting or hold_meeting(people, series)
    by_itself("minutes.draft")
    minutes = minutes_queries.of_meeting(meeting)[0]
    signoff.submit(minutes, by=people.secretary)
    by_itself("minutes.render_sheet")
    for signer in (people.reviewer, people.signatory) if series is None else ():
        persons.make_key(signer, "135790", by=signer)
    signoff.pass_(minutes_queries.minutes(minutes.id), "135790", by=people.reviewer)
    by_itself("minutes.render")
    minutes = minutes_queries.minutes(minutes.id)
    signing.sign(minutes, "135790", by=people.signatory)
    issue_operations.issue(minutes, by=people.secretary)
    by_itself("archive.prepare", "archive.prepare")
    return minutes_queries.minutes(minutes.id)
