"""What people are told of the rooms before the inbox, which do not know it."""

from datetime import timedelta

from portal import jobs
from portal.inbox import queries
from portal.inbox.operations import tell
from portal.people import queries as people
from portal.people.models import Role


@jobs.chore("inbox.tell_of_role_requests", every=timedelta(hours=1), after=("people.ask_role",))
def tell_of_role_requests() -> None:
    """Tell the other administrators, once, of every guarded role that waits for one of them."""
    requests = people.open_role_requests()
    administrators = people.holders(Role.administrator) if requests else ()
    for request in requests:
        burst = f"role-request-{request.id}"
        told = queries.told(burst)
        others = [one for one in administrators if one.id != request.asked_by_id and one.id not in told]
        tell(others, f"请确认授予{request}", "/people/roles", body=f"{request.asked_by.name}提出", burst=burst)
