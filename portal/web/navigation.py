"""The words of the main navigation: each feature brings its own, and a person sees those whose route would open."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask, request, url_for

from portal.web.guards import can


@dataclass(frozen=True)
class Entry:
    """One word of the main navigation, shown where its route would open."""

    text: str
    endpoint: str
    prefix: str
    also: tuple[str, ...] = ()  # further addresses of the same room

    def leads_to(self, path: str) -> bool:
        """Whether a page lies behind this word."""
        if self.prefix == "/":
            return path == "/"
        return any(path == one or path.startswith(f"{one}/") for one in (self.prefix, *self.also))


ENTRIES: list[Entry] = []


def offer(text: str, endpoint: str, prefix: str, *also: str) -> None:
    """A feature puts its word into the main navigation, with the addresses of its pages."""
    entry = Entry(text, endpoint, prefix, also)
    if entry not in ENTRIES:
        ENTRIES.append(entry)


def shown() -> Iterator[tuple[str, str, bool]]:
    """The words of the main navigation this person may use: text, address, whether one is there."""
    for one in ENTRIES:
        if can(one.endpoint):
            yield one.text, url_for(one.endpoint), one.leads_to(request.path)


def init_app(app: Flask) -> None:
    """Give every template the words."""
    app.jinja_env.globals["nav"] = shown
