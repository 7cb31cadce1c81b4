"""How a task is found by search, and how what happens to it is written down and reaches people."""

from collections.abc import Iterable

from portal.actions.assignment import queries
from portal.actions.models.action_items import ActionItem
from portal.actions.models.progress import ProgressReport, ReportKind, Support
from portal.db import clock, journal, search
from portal.db.engine import add
from portal.files.store import StoredFile
from portal.inbox.operations import notify
from portal.people.deputies.queries import present_deputies, with_deputies
from portal.people.models.accounts import User
from portal.people.models.roles import Part


def supporters(action: ActionItem) -> list[User]:
    """The people named for the support."""
    return [line.person for line in action.support if line.person]


def add_line(
    action: ActionItem,
    kind: ReportKind,
    text: str,
    by: User,
    files: Iterable[StoredFile] = (),
    support: Support | None = None,
) -> None:
    """Write a line into the life of a task, and index it for search."""
    add(
        ProgressReport(
            action=action, kind=kind, text=text, by=by, at=clock.now(), files=list(files), support=support,
            stood_in_for=stood_in_for(by),
        )
    )  # fmt: skip
    reindex(action)


def stood_in_for(by: User) -> str:
    """For whom somebody acts as deputy in this request."""
    standing = journal.stands_in(by)
    return standing.name if standing else ""


def reindex(*actions: ActionItem) -> None:
    """Index tasks for search by their words and those of their progress, by those who read them."""
    search.index_all(ActionItem.__tablename__, map(_findable, actions))


def _findable(action: ActionItem) -> search.Findable:
    words = (action.number, action.text, action.evidence, *(line.text for line in action.reports))
    return search.Findable(
        action.id,
        title=action.title,
        text="\n".join(word for word in words if word),
        url=address_of(action),
        label="交办事项",
        day=action.assigned_day,
        scope=queries.scope_of(action.id),
    )


class Bundles:
    """What several deeds at once have to tell, so that each person gets one message."""

    def __init__(self) -> None:
        self.people: dict[int, User] = {}
        self.actions: dict[int, list[ActionItem]] = {}

    def add(self, action: ActionItem, person: User) -> None:
        """Note that a task concerns a person."""
        self.people[person.id] = person
        bundle = self.actions.setdefault(person.id, [])
        if action not in bundle:
            bundle.append(action)

    def tell(self, word: str, body: str, by: User | None, url: str = "/actions?view=open") -> None:
        """Tell each person of theirs, and who stands in: of one by its title, of several by their number and titles."""
        deputies = present_deputies(Part.tasks)
        for number, bundle in self.actions.items():
            standing = [one.deputy for one in deputies if one.person_id == number]
            told = [one for one in (self.people[number], *standing) if one.active and (by is None or one.id != by.id)]
            if len(bundle) == 1:
                notify(told, f"{word}：{bundle[0].title}", address_of(bundle[0]), body=body)
            else:
                titles = "\n".join(f"{one.number} {one.title}" for one in bundle)
                notify(told, f"{word}：{len(bundle)} 项交办事项", url, body=f"{body}\n{titles}")


def address_of(action: ActionItem) -> str:
    """Its page."""
    return f"/actions/{action.id}"


def notify_about(
    people: Iterable[User], action: ActionItem, title: str, body: str, by: User | None, *, burst: str = ""
) -> None:
    """Tell people, and who stands in for them, of a task; whoever did it knows."""
    told = [one for one in with_deputies(people, Part.tasks) if one.active and (by is None or one.id != by.id)]
    if told:
        notify(told, title, address_of(action), body=body, burst=burst)
