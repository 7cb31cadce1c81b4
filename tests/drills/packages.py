"""Packages: 30 seeded faults, all to be found and named; export, an empty portal, import: same hashes and verdicts."""

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent), str(HERE.parent / "archive")]
LONGEST = 900  # seconds


def main() -> int:
    """Make a package, seed each fault into a copy of it, take the whole one over; 0 only if all of it held."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="portal-packages-") as folder:
        package = Path(folder) / "package"
        kept = made(Path(folder), package)
        unnamed, faults = seeded(Path(folder), package, begun)
        same = taken_over(Path(folder), package, kept)
    print(f"{'seeded faults':44} {faults:6}   (bar 24)")
    print(f"{'found and named':44} {faults - unnamed:6}   (bar {faults})")
    print(f"{'pieces with the same hash after import':44} {same['hashes']:6}   (bar {len(kept)})")
    print(f"{'pieces with the same verdict after import':44} {same['verdicts']:6}   (bar {len(kept)})")
    print(f"{'seconds':44} {time.monotonic() - begun:6.0f}")
    held = not unnamed and faults >= 24 and set(same.values()) == {len(kept)}
    print("passed" if held else "failed")
    return 0 if held else 1


def made(folder: Path, package: Path) -> dict[str, Any]:
    """A package of a dossier with signed record and minutes; what is kept of each piece, by its number."""
    from archive_stage import by_itself
    from attack_stage import stage

    from portal.archive.models.pieces import Retention
    from portal.archive.packages import inspection, queries, writing
    from portal.archive.pieces import operations
    from portal.db.engine import db
    from portal.people.keys.queries import authority

    with stage(folder / "first") as world:
        by_itself("archive.prepare", "archive.compile")
        operations.accept_all(world.minutes.meeting, Retention.thirty, by=world.people.archivist)
        db.session.commit()
        kept = all_kept()
        db.session.commit()
        writing.write(package, queries.to_export(), authority(), "档案示例", lambda _done, _whole: None)
        inspected = inspection.inspect(package, authority())
        print(f"package of {len(kept)} pieces, {len(inspected.aspects)} looks: {inspected.troubles or 'sound'}")
        if inspected.troubles:
            raise SystemExit(1)
    return kept


def all_kept() -> dict[str, Any]:
    """Hash and verdict of every piece."""
    import sqlalchemy as sa

    from portal.archive.models.pieces import ArchivalRecord
    from portal.archive.packages import queries
    from portal.archive.verifying import queries as verifying_queries
    from portal.db.engine import db
    from portal.documents import verify
    from portal.files import store
    from portal.people.keys.queries import authority

    kept = {}
    for piece in db.session.scalars(sa.select(ArchivalRecord)).all():
        verdict = verify.examine(
            store.read(piece.file), trust=authority(), registered=verifying_queries.registered,
            foreign=queries.foreign_authorities(),
        )  # fmt: skip
        kept[piece.archival_number] = (piece.file.sha256, (verdict.word, verdict.ours, tuple(verdict.reasons)))
    return kept


def seeded(folder: Path, package: Path, begun: float) -> tuple[int, int]:
    """Each fault in a copy of its own; how many were not named, and how many there were."""
    from faults import FAULTS

    from portal import create_app
    from portal.archive.packages import inspection
    from portal.config import Config
    from portal.people.keys.queries import authority

    unnamed = 0
    app = create_app(Config.from_environ({"PORTAL_DATA": str(folder / "first" / "data"), "PORTAL_JOBS": "now"}))
    with app.app_context():
        for name, (seed, words) in FAULTS.items():
            if time.monotonic() - begun > LONGEST:
                raise SystemExit("the drill took too long and was stopped")
            copy = folder / "copy"
            shutil.copytree(package, copy, symlinks=True)
            seed(copy)
            troubles = inspection.inspect(copy, authority()).troubles
            found = next((one for one in troubles if words in one), "")
            unnamed += not found
            print(f"  {name:38} {found or f'NOT NAMED: {troubles}'}", flush=True)
            shutil.rmtree(copy)
    return unnamed, len(FAULTS)


def taken_over(folder: Path, package: Path, kept: dict[str, Any]) -> dict[str, int]:
    """An empty portal takes the package over; for how many pieces hash and verdict are the same there."""
    from portal.archive.packages import operations, writing
    from portal.db.engine import db

    packed = folder / "package.zip"
    writing.packed(package, packed)
    with empty_portal(folder / "second") as people:
        with packed.open("rb") as source:
            brought = operations.bring_package(source, "移交.zip", by=people.archivist)
        db.session.commit()
        operations.keep_inspection(brought, operations.inspect_package(brought))
        if brought.not_ready:
            print(f"not taken over: {brought.found}")
            return {"hashes": 0, "verdicts": 0}
        operations.take_over(brought, operations.unpack(brought, lambda _done, _whole: None), by=people.archivist)
        db.session.commit()
        there = all_kept()
    return {
        "hashes": sum(there.get(number, ("",))[0] == one[0] for number, one in kept.items()),
        "verdicts": sum(there.get(number, ("", ""))[1] == one[1] for number, one in kept.items()),
    }


@contextmanager
def empty_portal(folder: Path) -> Iterator[Any]:
    """A portal with its people and nothing else, and with an authority of its own."""
    import flask_migrate
    from cast import Cast

    from portal import create_app
    from portal.config import Config
    from portal.db.engine import db

    app = create_app(Config.from_environ({"PORTAL_DATA": str(folder), "PORTAL_JOBS": "now", "PORTAL_LOG": "json"}))
    with app.app_context():
        flask_migrate.upgrade()
        people = Cast()
        people.enter()
        db.session.commit()
        yield people
        db.session.rollback()
        db.session.remove()


if __name__ == "__main__":
    sys.exit(main())
