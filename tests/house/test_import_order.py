"""Who may import whom: the platform no feature, a feature only earlier ones, a file only what stands to its left."""

import ast
from pathlib import Path

import pytest

from portal import FEATURES, PLATFORM

PORTAL = Path(__file__).parents[2] / "portal"
BEFORE_ALL = ("config", "errors")
ORDER = ("models", "queries", "rules", "operations", "forms", "routes")
ENTRANCES = ("blueprint", "routes", "jobs", "commands")  # they stand beside one another
OF_OTHERS = ("forms", *ENTRANCES)  # what nobody takes from another feature
LONGEST = 250  # lines; a file that is longer says here why
LONGER = {
    "actions/models/action_items.py": "one noun with its state table",
    "actions/importing/reading.py": "one row of a ledger is read in one place",
    "demo/year.py": "one year as it is told",
    "documents/pki/authority.py": "one authority in one folder",
    "documents/registry.py": "one noun, its states, and what is entered of it",
    "home/queries.py": "one list of duties",
    "meetings/attendance/routes.py": "replies, the roll and the sheet are one table of people",
    "meetings/models/agenda.py": "one noun with its state table",
    "meetings/models/meetings.py": "one noun with its state table",
    "meetings/rules.py": "all rules of the feature are read in one sitting",
    "minutes/models/minutes.py": "one noun with its state table",
    "web/listing.py": "one list that filters, sorts, pages and groups",
    "week/queries.py": "one list of what a meeting needs",
}
MODULES = {
    ".".join(file.relative_to(PORTAL.parent).with_suffix("").parts): file
    for file in sorted(PORTAL.rglob("*.py"))
    if file.name not in ("__init__.py", "__main__.py")
}


def imports_of(name):
    """Every module of the portal that a module imports when it is imported itself."""
    tree = ast.parse(MODULES[name].read_text())
    later = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.Lambda)
        or (isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING")
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node not in later and (node.module or "").startswith("portal."):
            for one in node.names:
                inner = f"{node.module}.{one.name}"
                yield inner if inner in MODULES else node.module


IMPORTS = {name: {one for one in imports_of(name) if one in MODULES} for name in MODULES}


def place(name):
    """The part a module belongs to, and what kind of file it is."""
    parts = name.split(".")[1:]
    kind = "models" if "models" in parts else parts[-1]
    return parts[0], kind


def wrong(test):
    return sorted(
        f"{name} → {other}" for name, others in IMPORTS.items() for other in others if test(place(name), place(other))
    )


def test_the_platform_imports_no_feature_and_its_packages_only_earlier_ones():
    order = (*BEFORE_ALL, *PLATFORM)

    def runs_up(here, there):
        return here[0] in order and (there[0] not in order or order.index(there[0]) > order.index(here[0]))

    assert wrong(runs_up) == []


def test_a_feature_imports_only_earlier_features():
    order = (*BEFORE_ALL, *PLATFORM, *FEATURES)
    assert wrong(lambda here, there: order.index(there[0]) > order.index(here[0])) == []


def test_a_file_imports_only_what_stands_to_its_left():
    def runs_right(here, there):
        if here[0] not in FEATURES or here[0] != there[0] or here[1] not in ORDER or there[1] not in ORDER:
            return False
        return ORDER.index(there[1]) > ORDER.index(here[1])

    assert wrong(runs_right) == []


def test_of_another_feature_its_nouns_questions_rules_and_operations_are_used():
    assert wrong(lambda here, there: here[0] != there[0] and there[0] in FEATURES and there[1] in OF_OTHERS) == []


def test_no_files_import_each_other_in_a_circle():
    uses = {
        name: others - {name}
        for name, others in IMPORTS.items()
        if "models" not in name.split(".")  # nouns name each other, for their types only
    }
    uses = {name: others & uses.keys() for name, others in uses.items()}
    while free := {name for name, needs in uses.items() if not needs}:
        uses = {name: needs - free for name, needs in uses.items() if name not in free}
    assert uses == {}


def test_nothing_private_is_imported_from_another_module():
    found = [
        f"{name}: {one.name}"
        for name, file in MODULES.items()
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("portal.")
        for one in node.names
        if one.name.startswith("_")
    ]
    assert found == []


def test_no_package_hands_on_the_names_of_its_files():
    folders = [file for file in PORTAL.rglob("__init__.py") if file.parent != PORTAL and file.parent.name != "models"]
    assert [str(one.relative_to(PORTAL)) for one in folders if ast.parse(one.read_text()).body[1:]] == []


def test_files_are_short_enough_to_be_read_in_one_sitting():
    lines = {str(file.relative_to(PORTAL)): len(file.read_text().splitlines()) for file in MODULES.values()}
    assert {name for name, count in lines.items() if count > LONGEST} == set(LONGER)


@pytest.mark.parametrize("feature", FEATURES)
def test_every_subject_of_a_feature_is_in_the_table(feature):
    folders = {
        one.name
        for one in (PORTAL / feature).iterdir()
        if one.is_dir() and one.name not in ("models", "__pycache__") and any(one.glob("*.py"))
    }
    assert folders == set(FEATURES[feature])
