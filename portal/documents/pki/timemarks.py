"""Time marks (RFC 3161): by the portal's own key, or by an outside authority."""

import asyncio
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from portal.db import clock
from portal.documents import containers
from portal.documents.pki.authority import Authority
from portal.documents.pki.certificates import as_asn1, store_of
from portal.documents.pki.errors import CannotSign
from portal.documents.pki.trust import Trusted, apart, validation_context

TSA_SECONDS = 5


def timestamper(authority: Authority, at: datetime) -> Any:
    """Who marks the time: the authority that was set, else the portal itself."""
    return _outside_timestamper(authority.tsa) if authority.tsa else own_timestamper(authority, at)


def _outside_timestamper(address: str) -> Any:
    """A timestamp authority asked by RFC 3161 over HTTP."""
    from urllib.error import URLError
    from urllib.request import Request, urlopen

    from asn1crypto import tsp
    from pyhanko.sign.timestamps import TimeStamper

    class OutsideTimeStamper(TimeStamper):
        async def async_request_tsa_response(self, req: Any) -> Any:
            kind = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
            asking = Request(address, req.dump(), kind)  # noqa: S310 - the address is a setting of the machine
            try:
                # The event loop is this one signature's own (`apart`): there is nothing it could keep waiting.
                with urlopen(asking, timeout=TSA_SECONDS) as answer:  # noqa: S310, ASYNC210
                    return tsp.TimeStampResp.load(answer.read(2**20))
            except (URLError, OSError, ValueError) as error:
                raise CannotSign("时间戳服务没有应答，签名没有完成。请稍后再试，或请系统管理员检查。") from error

    return OutsideTimeStamper()


_SPARE_MARKS: dict[int, bytes] = {}  # by the certificate's number


def own_timestamper(authority: Authority, at: datetime) -> Any:
    """An internal time mark by the portal's own key: it orders events, it is no third party's timestamp."""
    from asn1crypto import algos, cms
    from pyhanko.sign import general
    from pyhanko.sign.timestamps import DummyTimeStamper

    certificate, key = authority.stamping(at)

    class OwnTimeStamper(DummyTimeStamper):
        """pyHanko's own timestamper knows RSA only, whose keys take 0.1 s to load each time."""

        async def async_dummy_response(self, md_algorithm: str) -> Any:
            """A mark to measure and to take the certificates from; one for all, as making it takes 30 ms."""
            if certificate.serial_number not in _SPARE_MARKS:
                _SPARE_MARKS[certificate.serial_number] = (await super().async_dummy_response(md_algorithm)).dump()
            spare = cms.ContentInfo.load(_SPARE_MARKS[certificate.serial_number])
            self._register_dummy(md_algorithm, spare)
            return spare

        def _sign_tst_info(self, tst_info_data: bytes, md_algorithm: str, dt: datetime) -> tuple[bytes, Any]:
            digest = hashes.Hash(hashes.SHA256())
            digest.update(tst_info_data)
            attributes = cms.CMSAttributes(
                [
                    general.simple_cms_attribute("content_type", "tst_info"),
                    general.simple_cms_attribute("signing_time", cms.Time(_written_time(dt))),
                    general.simple_cms_attribute(
                        "signing_certificate_v2", general.as_signing_certificate_v2(self.tsa_cert)
                    ),
                    general.simple_cms_attribute("message_digest", digest.finalize()),
                ]
            )
            return key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256())), attributes

        def _build_signed_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
            signed: dict[str, Any] = super()._build_signed_data(*args, **kwargs)
            signed["signer_infos"][0]["signature_algorithm"] = algos.SignedDigestAlgorithm(
                {"algorithm": "sha256_ecdsa"}
            )
            return signed

    return OwnTimeStamper(
        as_asn1(certificate),
        None,
        certs_to_embed=store_of([authority.issuing]),
        fixed_dt=at.replace(microsecond=0),
        override_md="sha256",
    )


def time_mark(digest: bytes, authority: Authority, *, at: datetime | None = None) -> bytes:
    """A time mark (RFC 3161, DER) on a SHA-256 by the portal's own key."""
    stamper = own_timestamper(authority, at or clock.now())
    return bytes(apart(asyncio.run, stamper.async_timestamp(digest, "sha256")).dump())


def is_marked(digest: bytes, mark: bytes, trust: Trusted) -> bool:
    """Whether a time mark stands for this SHA-256 and comes from this authority."""
    from asn1crypto import cms
    from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
    from pyhanko.sign.validation.status import TimestampSignatureStatus

    try:
        signed = cms.ContentInfo.load(mark, strict=True)["content"]
        at = signed["encap_content_info"]["content"].parsed["gen_time"].native
        looked = validate_tst_signed_data(signed, validation_context(trust, at), lambda _: digest)
        status = TimestampSignatureStatus(**apart(asyncio.run, looked))
        plain = containers.is_own(mark, [one.public_bytes(Encoding.DER) for one in trust.own])
    except Exception:  # noqa: BLE001 - a hostile file may fail anywhere in the parser; all failures mean one thing
        return False
    return bool(plain and status.intact and status.valid and status.trusted)


def _written_time(at: datetime) -> dict[str, Any]:
    """A moment in the form its year asks for (RFC 5652, 11.3)."""
    from asn1crypto import core

    return {"utc_time": core.UTCTime(at)} if at.year < 2050 else {"generalized_time": core.GeneralizedTime(at)}
