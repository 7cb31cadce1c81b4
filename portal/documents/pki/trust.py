"""By whose certificates a signature is judged, and as of when."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, Protocol

from cryptography import x509

from portal.documents.pki.authority import Authority
from portal.documents.pki.certificates import as_asn1, is_asked


class Trusted(Protocol):
    """Whose certificates and revocation lists a signature is judged by: our own authority, or another portal's."""

    @property
    def own(self) -> Sequence[x509.Certificate]:
        """Every certificate the authority ever had for itself, the root first."""
        ...

    @property
    def root(self) -> x509.Certificate:
        """The certificate everything is traced back to."""
        ...

    @property
    def outside_roots(self) -> Sequence[x509.Certificate]:
        """The certificates an outside timestamp authority is trusted by."""
        ...

    @property
    def later_lists(self) -> bool:
        """Whether a revocation list made after the moment in question counts too: nothing is ever taken off ours."""
        ...

    def certificates(self, at: datetime) -> list[x509.Certificate]:
        """The certificates a chain may run through at a moment."""
        ...

    def crls(self, at: datetime) -> Sequence[bytes]:
        """The revocation lists (DER) to look in."""
        ...


def validation_context(
    authority: Trusted, at: datetime, *, crls: Sequence[bytes] | None = None, ocsps: Sequence[bytes] = ()
) -> Any:
    """What pyHanko needs to judge a certificate of this authority as of a moment; nothing is fetched.

    Instead of all its revocation lists, some (`crls`) can be given with answers about single certificates (`ocsps`).
    """
    from pyhanko_certvalidator import ValidationContext

    outside = authority.outside_roots  # no revocation list of theirs is at hand; ours are always given and checked
    return ValidationContext(
        trust_roots=[as_asn1(one) for one in (authority.root, *outside)],
        other_certs=[as_asn1(one) for one in authority.certificates(at)],
        moment=at,
        revocation_mode="soft-fail" if outside else "require",
        retroactive_revinfo=authority.later_lists,
        allow_fetching=False,
        crls=authority.crls(at) if crls is None else crls,
        ocsps=ocsps,
    )


def context_of(authority: Authority, at: datetime, certificates: Sequence[Any]) -> Any:
    """What pyHanko needs to judge these certificates and the time marks of that moment, and writes into a paper."""
    of = [x509.load_der_x509_certificate(one.dump()) for one in certificates]
    if not authority.tsa:
        of.append(authority.stamping(at)[0])
    if not all(map(is_asked, of)):
        return validation_context(authority, at)
    return validation_context(authority, at, crls=authority.lasting_lists(), ocsps=authority.answers(of, at))


def apart(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call pyHanko, which starts an event loop: in a thread of its own where this one already runs one."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return function(*args, **kwargs)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function, *args, **kwargs).result()
