"""A meeting whose minutes were signed and issued, as the archive's tests and drills need it."""

from cast import by_itself, hold_meeting

from portal.minutes import operations as minutes_room
from portal.minutes import queries as minutes_queries
from portal.people import operations as persons


def issue(people, series=None):
    """Minutes that were signed and issued, with their pieces prepared."""
    meeting = hold_meeting(people, series)
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
