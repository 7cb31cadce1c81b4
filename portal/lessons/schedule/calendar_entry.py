"""A lesson as its lecturer's calendar entry."""

from portal.courses.materials.queries import slides_due
from portal.courses.models.courses import Course
from portal.db import clock
from portal.lessons.models.schedule import ReleasedLesson, when


def calendar_of(course: Course, released: ReleasedLesson) -> bytes:
    """The lesson as its lecturer's calendar entry; a later release has a higher sequence and replaces it."""
    from datetime import timedelta

    from icalendar import Calendar, Event

    event = Event()
    event.add("uid", f"lesson-{course.id}@portal")
    event.add("dtstamp", released.released_at)
    event.add("sequence", released.sequence)
    event.add("summary", f"讲业务：{course.topic}")
    if released.day and released.starts_at and not course.is_cancelled:
        starts = clock.moment(released.day, released.starts_at)
        length = released.meeting.minutes if released.meeting else course.minutes
        event.add("status", "CONFIRMED")
        event.add("dtstart", starts)
        event.add("dtend", starts + timedelta(minutes=length))
        event.add("location", released.place)
        event.add("description", _calendar_words(course, released))
    else:
        event.add("status", "CANCELLED")
        event.add("dtstart", released.released_at)
        event.add("dtend", released.released_at)
    calendar = Calendar()
    calendar.add("prodid", "-//portal//lessons//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _calendar_words(course: Course, released: ReleasedLesson) -> str:
    series = released.meeting.series.name if released.meeting else ""
    due = clock.zh_date(slides_due(released.day)) if released.day else ""
    return f"{when(released.day, released.starts_at)}，{series}，讲 {course.minutes} 分钟。课件请在{due}前提交。"
