"""Who may pass which route: asked in one place, by the route itself and by every button that leads to it."""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import click
from flask import Flask, Response, abort, current_app, g, redirect, request, url_for
from flask_login import current_user
from werkzeug.routing import BaseConverter

from portal.db import journal
from portal.db.engine import LARGEST_ID, Base, db
from portal.errors import SENTENCES, Refused
from portal.web.error_handlers import respond
from portal.web.once import answer_again, remember_request
from portal.web.responses import is_fragment_request

Rule = Callable[[Any, Any], bool]
View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Guard:
    """What stands before a view: the rules it asks, and the lifecycle transition it would take."""

    rules: tuple[Rule, ...]
    transition: str | None = None
    when: tuple[Callable[[Any], str | None], ...] = ()
    public: bool = False


@dataclass
class _Models:
    """How the objects named in URLs are found: `/<model:meeting>` asks for "meeting"."""

    loaders: dict[str, Callable[[int], Any]] = field(default_factory=dict)


_models = _Models()


def me() -> Any:
    """Who asks: the person, not Flask-Login's proxy, which relations and questions do not take."""
    return current_user._get_current_object()  # noqa: SLF001 - there is no other way to it


def loads(name: str) -> Callable[[Callable[[int], Any]], Callable[[int], Any]]:
    """Register the question that turns the number in `<model:name>` into the object or None."""

    def keep(loader: Callable[[int], Any]) -> Callable[[int], Any]:
        _models.loaders[name] = loader
        return loader

    return keep


class ModelConverter(BaseConverter):
    """A number in a URL, capped so that no database is asked for an impossible one."""

    regex = r"[1-9][0-9]{0,9}"
    part_isolating = True

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: Any) -> str:
        return str(getattr(value, "id", value))


def hidden(rule: Rule) -> Rule:
    """Mark a rule whose no must look like “there is no such page”: even existence is private."""
    rule.hidden = True  # type: ignore[attr-defined]
    return rule


def anyone_signed_in(user: Any, thing: Any) -> bool:
    """请先登录。"""
    return bool(user.is_authenticated)


def requires(
    *rules: Rule, transition: str | None = None, when: tuple[Callable[[Any], str | None], ...] = ()
) -> Callable[[View], View]:
    """Guard a view. It loads the objects of the URL, asks each rule, and stops repeated posts.

    `transition` names the step of the state table the view takes, `when` further obstacles (functions like what a
    transition needs): both only decide whether a button is drawn, since the operation itself asks the table again. The
    rules are asked about the last object of the URL, or about None.
    """
    guard = Guard(rules or (anyone_signed_in,), transition, when)

    def build(view: View) -> View:
        @functools.wraps(view)
        def guarded(**values: Any) -> Any:
            if not current_user.is_authenticated:
                return _ask_to_sign_in()
            if current_user.must_change_password and request.endpoint not in CHANGE_PASSWORD_ROUTES:
                return redirect(url_for("people.change_password"))
            values = {name: _load(name, value) for name, value in values.items()}
            thing = next((value for name, value in reversed(values.items()) if name in _models.loaders), None)
            for rule in guard.rules:
                if not rule(current_user, thing):
                    return _turn_away(rule, thing)
            if request.method == "POST":
                g.stand_in = _stand_in(guard, thing)
                if not remember_request(current_user):
                    return answer_again()
            return view(**values)

        guarded.guard = guard  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return build


def _stand_in(guard: Guard, thing: Any) -> journal.StandIn | None:
    """Whose deputy a person passes as, where the own rights would not open it."""
    if not current_user.present_deputyships:
        return None
    standing = current_user.stand_in_for(lambda: all(rule(current_user, thing) for rule in guard.rules))
    return standing and journal.StandIn(standing.deputy_id, standing.person_id, standing.person.name)


CHANGE_PASSWORD_ROUTES = frozenset({"people.change_password", "people.sign_out"})


def public(view: View) -> View:
    """A route that stands open to everybody in the network."""
    view.guard = Guard((), public=True)  # type: ignore[attr-defined]
    return view


def can(endpoint: str, thing: Any = None, **ignored: Any) -> bool:
    """Whether this person could take the route now: the question every button asks before it is drawn."""
    guard: Guard | None = getattr(current_app.view_functions.get(endpoint), "guard", None)
    if guard is None:
        raise LookupError(f"no guarded route {endpoint}")
    if guard.public:
        return True
    if not current_user.is_authenticated or not all(rule(current_user, thing) for rule in guard.rules):
        return False
    if guard.transition is not None and not thing.lifecycle.is_open(thing, guard.transition):
        return False
    return not any(obstacle(thing) for obstacle in guard.when)


def url_of(endpoint: str, thing: Any = None, **values: Any) -> str:
    """The address of a route; the thing fills the argument of its URL that no value names."""
    url = next(current_app.url_map.iter_rules(endpoint))
    return url_for(endpoint, **dict.fromkeys(url.arguments - values.keys(), thing), **values)


def guarded_routes(app: Flask) -> Iterator[tuple[Any, Guard | None]]:
    """Every URL rule with its guard, in the order of addresses."""
    for url in sorted(app.url_map.iter_rules(), key=lambda one: (one.rule, one.endpoint)):
        yield url, getattr(app.view_functions[url.endpoint], "guard", None)


def _load(name: str, value: Any) -> Any:
    loader = _models.loaders.get(name)
    if loader is None or not isinstance(value, int):
        return value
    thing = loader(value) if value <= LARGEST_ID else None
    if thing is None:
        abort(404)
    return thing


def get(kind: type[Base], number: int) -> Any:
    """The plain loader: by primary key."""
    return db.session.get(kind, number)


def _turn_away(rule: Rule, thing: Any) -> Response:
    sentence = (rule.__doc__ or SENTENCES[403]).strip()
    journal.record_afterwards(current_user, f"refused.{request.endpoint}", thing, "被拒绝", refused=True, why=sentence)
    if getattr(rule, "hidden", False):
        return respond(SENTENCES[404], 404)
    return respond(sentence, 403)


def _ask_to_sign_in() -> Response:
    target = request.full_path.rstrip("?") if request.method == "GET" else None
    address = url_for("people.sign_in", next=target if target != "/" else None)
    if is_fragment_request():
        answer = Response(status=401)
        answer.headers["HX-Redirect"] = url_for("people.sign_in")
        return answer
    if request.method == "GET":
        return redirect(address)  # type: ignore[return-value]
    return respond("您还没有登录，或登录已过期，刚才的操作没有保存。请登录后返回上一页再提交一次。", 401)


def require(condition: bool, sentence: str) -> None:
    """Refuse with a sentence unless the condition holds."""
    if not condition:
        raise Refused(sentence)


def init_app(app: Flask) -> None:
    """Give the app its converter, the question its buttons ask, and the table for an auditor."""
    app.url_map.converters["model"] = ModelConverter
    app.jinja_env.globals.update(can=can, url_of=url_of)

    @app.cli.command("rules")
    def rules() -> None:
        """Print every guard with the rules it asks."""
        for url, guard in guarded_routes(app):
            methods = ",".join(sorted((url.methods or set()) - {"HEAD", "OPTIONS"}))
            if guard is None or guard.public:
                asked = "（公开）"
            else:
                asked = "；".join(f"{rule.__name__} {(rule.__doc__ or '').strip()}" for rule in guard.rules)
            click.echo(f"{methods:9} {url.rule:60} {url.endpoint:36} {asked}")
