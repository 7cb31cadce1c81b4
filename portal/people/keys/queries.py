"""Questions about signing keys and the portal's authority."""

from typing import TYPE_CHECKING

import sqlalchemy as sa
from flask import current_app

from portal.db.engine import db
from portal.documents.pki import authority as pki_authority
from portal.people.models.accounts import User
from portal.people.models.keys import KeyState, SigningKey

if TYPE_CHECKING:
    from cryptography.x509 import Certificate


def signing_key(user: User, *, lock: bool = False) -> SigningKey | None:
    """The person's current signing key, ready or locked."""
    query = (
        sa.select(SigningKey)
        .where(SigningKey.user_id == user.id, SigningKey.state != KeyState.replaced)
        .order_by(SigningKey.id.desc())
        .limit(1)
    )
    return db.session.scalar(query.with_for_update() if lock else query)


def authority() -> pki_authority.Authority:
    """The portal's own certificate authority, made on first use."""
    config = current_app.config["PORTAL"]
    folder = config.data / "authority"
    return pki_authority.Authority.at(
        folder, tsa=config.tsa, outside=config.trusted_roots, token=config.token,
        status=f"{config.address}/verify/status",
    )  # fmt: skip


def is_issued(serial: str) -> bool:
    """Whether the certificate with this serial is one of a person's signing keys."""
    return db.session.scalar(sa.select(SigningKey.id).where(SigningKey.serial == serial)) is not None


def certificate_of(pem: bytes) -> "Certificate":
    """A certificate as the object whose facts can be read."""
    from cryptography.x509 import load_pem_x509_certificate

    return load_pem_x509_certificate(pem)
