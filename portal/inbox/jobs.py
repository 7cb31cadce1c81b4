"""What people are told of the rooms before the inbox, which do not know it."""

from datetime import timedelta

from portal.db import clock
from portal.inbox import operations, queries
from portal.inbox.operations import notify
from portal.jobs import due, periodic
from portal.people.deputies import queries as deputies_queries
from portal.people.models.roles import Role
from portal.people.roles import queries as roles_queries


@periodic.job("inbox.tell_of_role_requests", every=timedelta(hours=1), after=("people.ask_role",))
def tell_of_role_requests() -> None:
    """Tell the other administrators, once, of every guarded role that waits for one of them."""
    requests = roles_queries.open_role_requests()
    administrators = roles_queries.holders(Role.administrator) if requests else ()
    for request in requests:
        burst = f"role-request-{request.id}"
        told = queries.told(burst)
        others = [one for one in administrators if one.id != request.asked_by_id and one.id not in told]
        notify(others, f"请确认授予{request}", "/people/roles", body=f"{request.asked_by.name}提出", burst=burst)


@periodic.job("inbox.tell_of_deputies", every=timedelta(hours=1), after=("people.name_deputy",))
def tell_of_deputies() -> None:
    """Tell each deputy, once, for whom to stand in and until when; and the person where somebody else named one."""
    for one in deputies_queries.deputies():
        burst = f"deputy-{one.id}"
        told = queries.told(burst)
        days = f"{clock.zh_date(one.starts)}至{clock.zh_date(one.ends)}"
        others = {one.deputy_id: f"请您在{days}代{one.person.name}办理"}
        if one.named_by_id != one.person_id:
            others[one.person_id] = f"{days}由{one.deputy.name}代您办理"
        for person in (one.deputy, one.person):
            if person.id in others and person.id not in told:
                notify([person], others[person.id], "/account", body=one.words, burst=burst)


@periodic.job("inbox.pass_on", every=timedelta(minutes=1))
def pass_on() -> None:
    """Everything people were told goes on to the channels they want."""
    operations.pass_on()


@periodic.job("inbox.send", every=timedelta(minutes=1))
def send() -> None:
    """Every message that is due goes out; one that fails is tried again, later each time."""
    due.each_prepared(queries.deliveries_to_send(), operations.send, operations.settle)


@periodic.job("inbox.forget_old", every=timedelta(days=1))
def forget_old() -> None:
    """What went out long ago is forgotten."""
    operations.forget_old()
