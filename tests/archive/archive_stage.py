"""A meeting whose minutes were signed and issued, as the archive's tests and drills need it."""

from datetime import timedelta

from cast import MONDAY, add_series, by_itself, hold_meeting
from furnished import pdf
from states import kept

from portal import clock, store
from portal.courses import operations as courses
from portal.database import db
from portal.meetings import operations as meetings
from portal.meetings.models import ItemKind, ItemState
from portal.minutes import operations as minutes_room
from portal.minutes import queries as minutes_queries
from portal.people import operations as persons


@kept
def hold_lesson(people):
    """A meeting at which a lesson was given by slides that were passed, its sign-in sheet scanned."""
    programme = courses.add_programme("课程计划", clock.today().year, "", by=people.secretary)
    field = courses.add_field("科技", 1, by=people.secretary)
    lesson = courses.add_course(programme, "高企认定", field, lecturer=people.lecturer, by=people.secretary)
    courses.invite(lesson, by=people.secretary)
    courses.confirm(lesson, by=people.lecturer)
    with clock.at(clock.now() - timedelta(days=7)):  # slides are due some days before
        sitting = meetings.schedule(add_series(people), MONDAY, by=people.secretary)
        meetings.add_item(sitting, ItemKind.course, lesson.topic, 30, course=lesson, by=people.secretary)
        slides = courses.submit_material(lesson, pdf(540), "讲稿.pdf", "讲稿", "", True, by=people.lecturer)
        courses.approve_material(slides.material, by=people.secretary)
    meetings.approve_agenda(sitting, chair=people.chair, by=people.secretary)
    meetings.announce(sitting, why="已知悉", by=people.secretary)
    meetings.open(sitting, by=people.secretary)
    meetings.mark_item(sitting.items[0], ItemState.dealt_with, by=people.secretary)
    meetings.check_in(sitting.attendances[0], by=people.secretary)
    meetings.adjourn(sitting, by=people.secretary)
    sheet = store.put(pdf(700), "签到表.pdf", "application/pdf", people.secretary)
    meetings.add_scan(sitting, [sheet], by=people.secretary)
    db.session.commit()
    return sitting


@kept
def issue(people, series=None, meeting=None):
    """Minutes that were signed and issued, with their pieces prepared."""
    meeting = meeting or hold_meeting(people, series)
    by_itself("minutes.draft")
    minutes = minutes_queries.of_meeting(meeting)[0]
    minutes_room.submit(minutes, by=people.secretary)
    by_itself("minutes.render_sheet")
    for signer in (people.reviewer, people.signatory) if series is None else ():
        persons.make_key(signer, "135790", by=signer)
    minutes_room.pass_(minutes_queries.minutes(minutes.id), "135790", by=people.reviewer)
    by_itself("minutes.render")
    minutes = minutes_queries.minutes(minutes.id)
    minutes_room.sign(minutes, "135790", by=people.signatory)
    minutes_room.issue(minutes, by=people.secretary)
    by_itself("archive.prepare", "archive.prepare")
    return minutes_queries.minutes(minutes.id)
