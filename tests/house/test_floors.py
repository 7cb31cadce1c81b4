"""Imports go down: a room knows only the rooms before it, a file only what stands to its left, ground knows no room."""

import ast
from pathlib import Path

import pytest

from portal import ROOMS

PORTAL = Path(__file__).parents[2] / "portal"
ORDER = ("models", "queries", "rules", "operations", "forms", "routes", "chores", "commands")
LOOSE = {"chores", "commands"}  # doors that stand beside routes
WIRING = {"__init__"}


def imported(file):
    """Every portal module a file imports when it is imported (inside functions only for typing or slow libraries)."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("portal"):
            parts = node.module.split(".")[1:]
            if len(parts) <= 1:
                for name in node.names:
                    yield (*parts, name.name)
            else:
                yield tuple(parts)
        elif isinstance(node, ast.Import):
            for name in node.names:
                if name.name.startswith("portal."):
                    yield tuple(name.name.split(".")[1:])


def files_of(room):
    """A room's files; one that grew too long is a folder of the same name with a file a subject."""
    return sorted((PORTAL / room).rglob("*.py"))


def place_of(file):
    """Which of the six a file is, or is a part of."""
    return file.stem if file.parent.parent == PORTAL else file.parent.name


@pytest.mark.parametrize("file", sorted(PORTAL.glob("*.py")), ids=lambda file: file.stem)
def test_ground_imports_no_room(file):
    if file.stem in WIRING:
        return
    typing_only = type_checking_lines(file)
    rooms = {parts[0] for parts in imported_outside(file, typing_only) if parts[0] in ROOMS}
    assert rooms == set()


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_rooms_before_it(room):
    before = set(ROOMS[: ROOMS.index(room)])
    above = {
        (file.name, parts[0])
        for file in files_of(room)
        for parts in imported(file)
        if parts[0] in ROOMS and parts[0] != room and parts[0] not in before
    }
    assert above == set()


@pytest.mark.parametrize("room", ROOMS)
def test_a_file_imports_only_what_stands_to_its_left(room):
    wrong = set()
    for file in files_of(room):
        place = place_of(file)
        if place not in ORDER:
            continue
        for parts in imported(file):
            if len(parts) > 1 and parts[0] == room and parts[1] in ORDER:
                here, there = ORDER.index(place), ORDER.index(parts[1])
                if there > here and not (place in LOOSE and parts[1] in LOOSE):
                    wrong.add((file.name, parts[1]))
    assert wrong == set()


@pytest.mark.parametrize("room", ROOMS)
def test_a_file_that_became_a_folder_is_one_of_the_six_and_its_parts_do_not_go_round_in_circles(room):
    folders = [folder for folder in (PORTAL / room).iterdir() if folder.is_dir() and folder.name != "__pycache__"]
    assert {folder.name for folder in folders} <= set(ORDER)
    for folder in folders:
        uses = {
            file.stem: {
                parts[2]
                for parts in imported_outside(file, type_checking_lines(file))
                if parts[:2] == (room, folder.name) and len(parts) > 2
            }
            for file in folder.glob("*.py")
            if file.stem not in WIRING
        }
        while free := {part for part, needs in uses.items() if not needs}:
            uses = {part: needs - free for part, needs in uses.items() if part not in free}
        assert uses == {}


@pytest.mark.parametrize("room", ROOMS)
def test_of_an_earlier_room_only_its_nouns_questions_rules_and_deeds_are_used(room):
    wrong = {
        (file.name, parts)
        for file in files_of(room)
        for parts in imported(file)
        if parts[0] in ROOMS
        and parts[0] != room
        and len(parts) > 1
        and parts[1] in ("forms", "routes", "chores", "commands")
    }
    assert wrong == set()


def type_checking_lines(file):
    lines = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            lines |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return lines


def imported_outside(file, skipped):
    for node in ast.walk(ast.parse(file.read_text())):
        if (
            isinstance(node, ast.ImportFrom)
            and node.lineno not in skipped
            and (node.module or "").startswith("portal.")
        ):
            yield tuple(node.module.split(".")[1:])
