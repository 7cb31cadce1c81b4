"""Ten years of faked clock: renewed yearly, record and minutes validate; without it they can no longer be proved."""

import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent), str(HERE.parent / "archive")]
YEARS = 10


def main() -> int:
    """Sign, let ten years pass, judge by the page and by three other readers; 0 only if all of it held."""
    from attack_stage import stage

    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="portal-decade-") as folder, stage(Path(folder)) as world:
        wrong = decade(world)
    print(f"{'seconds':52} {time.monotonic() - begun:6.0f}")
    for one in wrong:
        print(f"  {one}")
    print("passed" if not wrong else "failed")
    return 1 if wrong else 0


def decade(world: Any) -> list[str]:
    """Everything that did not hold."""
    from portal.db import clock

    wrong: list[str] = []
    today = clock.now()
    fresh = world.papers()
    for kind, pdf in fresh.items():
        others_agree(f"{kind}, untouched, on the first day", pdf, clock.now(), wrong)
    for year in range(1, YEARS + 1):
        with clock.at(today + timedelta(days=366 * year)):
            renew(world)
    with clock.at(today + timedelta(days=366 * YEARS + 1)):
        world.browser = world._signed_in()
        for kind, pdf in world.papers().items():
            old = ended(pdf)
            print(f"{kind}: {old['people']} signatures, their certificates ended: {old['ended']}; {old['marks']} marks")
            say(f"{kind}, renewed, after {YEARS} years", world.judged(pdf), ("有效", "有效"), wrong)
            others_agree(f"{kind}, renewed, after {YEARS} years", pdf, clock.now(), wrong)
            say(f"{kind}, its state of the first day", world.judged(fresh[kind])[:1], ("无效",), wrong)
            if old["marks"] != YEARS + 1 or not old["ended"]:
                wrong.append(f"{kind}: {old}")
            earlier = world.judged(before_last_mark(pdf))
            say(f"{kind}, the state of a year ago: ours, earlier", earlier[:1], ("有效",), wrong)
        for kind, pdf in fresh.items():
            reasons = told(pdf)
            print(f"  {kind} without renewals: {reasons[0]}{reasons[1]}")
            if "已经不能再证明" not in reasons[0]:
                wrong.append(f"{kind}: without renewals the page says {reasons[0]}")
    return wrong


def renew(world: Any) -> None:
    """What the portal does by itself once a year."""
    from portal.db.engine import db
    from portal.jobs import worker

    db.session.commit()
    worker.run("archive.lengthen")
    db.session.expire_all()


def say(what: str, found: tuple[Any, ...], wanted: tuple[str, ...], wrong: list[str]) -> None:
    """Print what the page says, and without the register, against what it must."""
    held = found[: len(wanted)] == wanted
    print(f"{what:52} {'，'.join(map(str, found[:2]))}   (must be {'，'.join(wanted)})")
    if not held:
        wrong.append(f"{what}: {found}")


def others_agree(what: str, pdf: bytes, at: Any, wrong: list[str]) -> None:
    """Poppler, openssl and pyHanko, each by its own code; pyHanko signature by signature, and by its own LTA rules."""
    from readers import by_openssl, by_pdfsig, by_pyhanko, by_pyhanko_long_term

    from portal.people.keys.queries import authority

    found = {
        "pdfsig": by_pdfsig(pdf), "pyHanko": by_pyhanko(pdf, authority()), "openssl": by_openssl(pdf, authority()),
        "pyHanko's long-term validation": by_pyhanko_long_term(pdf, authority(), at),
    }  # fmt: skip
    words = "，".join(f"{name} {'agrees' if good else 'REFUSES'}" for name, good in found.items())
    print(f"{what:52} {words}")
    wrong.extend(f"{what}: {name} refuses" for name, good in found.items() if not good)


def ended(pdf: bytes) -> dict[str, Any]:
    """How many signatures and timestamps there are, and whether every signer's certificate has ended."""
    import io

    from pyhanko.pdf_utils.reader import PdfFileReader

    from portal.db import clock

    signatures = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    people = [one for one in signatures if one.sig_object_type != "/DocTimeStamp"]
    return {
        "people": len(people),
        "marks": len(signatures) - len(people),
        "ended": all(one.signer_cert.not_valid_after < clock.now() for one in people),
    }


def before_last_mark(pdf: bytes) -> bytes:
    """The file as it was before the last archive timestamp was added."""
    import hashlib

    from portal.archive.verifying import queries

    known = queries.document_with(hashlib.sha256(pdf).hexdigest())
    from portal.db.engine import db
    from portal.files import store
    from portal.files.store import StoredFile

    return store.read(db.session.get_one(StoredFile, known.states[-2].file_id))


def told(pdf: bytes) -> list[str]:
    """What the verifier says, register and all."""
    from portal.archive.verifying import queries
    from portal.documents import verify
    from portal.people.keys.queries import authority

    return verify.examine(pdf, trust=authority(), registered=queries.registered).reasons


if __name__ == "__main__":
    sys.exit(main())
