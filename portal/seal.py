"""The seal cabinet: the portal's own small authority, people's signing keys, and PAdES signatures on PDFs.

A self-run authority gives integrity and internal accountability; it is no licensed one (《电子签名法》
第十三、十六条).
"""

import asyncio
import fcntl
import hashlib
import io
import json
import logging
import os
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_public_key,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from portal import clock, containers, disk, pdfs

DISCLAIMER = (
    "本门户使用自建的证书，签名可以证明文件没有被改动、由谁在门户内签署，供单位内部认定责任；"
    "它不是依法设立的电子认证机构签发的，不等同于《电子签名法》所称的可靠电子签名。"
)
# What pyHanko would write to the log is told to the person at hand; that nothing is fetched is on purpose.
for chatty in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(chatty).setLevel(logging.CRITICAL)
warnings.filterwarnings("ignore", "Attribute's length must be")  # it counts bytes, the standard counts characters

ROOT_YEARS, ISSUING_YEARS, STAMP_YEARS, PERSON_YEARS, CRL_DAYS = 60, 15, 6, 3, 30
# A certificate that others hang on is renewed while this much of its life is left.
ISSUING_LEFT, STAMP_LEFT = 8, 3
TSA_SECONDS = 5
LONGEST_NONCE = 128  # bytes (RFC 9654)
# What a signature with our own time mark takes in the file, in hexadecimal: 4.5 KB with the longest names, and room.
SIGNATURE_DIGITS = 12_288


class WrongPin(Exception):
    """The signing PIN does not open this key."""


class CannotSign(Exception):
    """The PDF cannot take this signature: no such field, already signed, or not its turn."""


# ── The authority ──────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class PersonKey:
    """A person's signing key, locked with the PIN, and the certificate that goes with it."""

    p12: bytes
    certificate_pem: bytes
    serial: str
    fingerprint: str  # SHA-256 of the certificate, hexadecimal


@dataclass(frozen=True)
class Authority:
    """The portal's certificate authority: root → issuing → people, seal and time marks, in one folder.

    After the first day the root's key is only needed to renew the issuing certificate every seven years: keep it
    elsewhere. `tsa` is the address of an outside timestamp authority (RFC 3161) and `outside` a PEM file of the
    root certificates by which it, and platforms people sign on elsewhere, are trusted; without an address the portal's
    own key makes the time marks.
    """

    folder: Path
    tsa: str = ""
    outside: Path | None = None
    token: Mapping[str, str] = field(default_factory=dict, repr=False)  # module, token and pin of a PKCS#11 token
    status: str = "http://localhost/verify/status"  # where it is asked whether a certificate is good; stands in it

    @classmethod
    def at(
        cls, folder: Path, *, since: datetime | None = None, tsa: str = "", outside: Path | None = None,
        token: Mapping[str, str] | None = None, status: str = "",
    ) -> "Authority":  # fmt: skip
        """The authority of this folder, made on first use; its certificates begin with `since` (now)."""
        authority = cls(folder, tsa, outside, token or {}, status or cls.status)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not authority._path("tsa.pem").exists():
            with authority._alone():
                if not authority._path("tsa.pem").exists():
                    authority._found(since or clock.now())
        return authority

    # Making keys and certificates

    def issue_person(
        self,
        name: str,
        uid: str,
        pin: str,
        *,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
    ) -> PersonKey:
        """A signing key of this person under their PIN, and its certificate (three years by default).

        The office's seal is issued the same way, with the office's name.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        start = not_before or clock.now()
        certificate = self._certify(
            _name(name, uid), key.public_key(), start, not_after or start + _years(PERSON_YEARS), _FOR_SIGNING
        )
        return PersonKey(
            p12=_lock(name, key, certificate, [self.issuing, self.root], pin),
            certificate_pem=certificate.public_bytes(Encoding.PEM),
            serial=f"{certificate.serial_number:x}",
            fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
        )

    def certify(self, name: str, uid: str, key: ec.EllipticCurvePublicKey, *, at: datetime) -> x509.Certificate:
        """A certificate for a key that lies elsewhere, as on a token."""
        return self._certify(_name(name, uid), key, at, at + _years(PERSON_YEARS), _FOR_SIGNING)

    def revoke(self, serial: str, *, at: datetime | None = None) -> None:
        """Withdraw a certificate; what it signed before that moment stays good."""
        with self._alone():
            revoked = self._revocations() | {serial: (at or clock.now()).isoformat()}
            _write(self._path("revoked.json"), json.dumps(revoked, indent=1).encode())
        self.publish()

    def publish(self, at: datetime | None = None) -> None:
        """Make the revocation list that is handed out: each day, and whenever a certificate is withdrawn."""
        with self._alone():
            _write(self._path("published.crl"), self.crls(at or clock.now())[-1])

    def published(self) -> bytes:
        """The revocation list as it was published last; made now only where none was yet."""
        if not self._path("published.crl").exists():
            self.publish()
        return self._path("published.crl").read_bytes()

    def crls(self, at: datetime) -> list[bytes]:
        """The revocation lists (DER) as of a moment: the root's long-lived one, and a fresh one."""
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.issuing.subject)
        builder = builder.last_update(at).next_update(at + timedelta(days=CRL_DAYS))
        builder = builder.add_extension(_key_id(self.issuing), critical=False)
        builder = builder.add_extension(x509.CRLNumber(int(at.timestamp())), critical=False)
        for serial, when in self._revocations().items():
            moment = datetime.fromisoformat(when)
            if moment <= at:
                entry = x509.RevokedCertificateBuilder(int(serial, 16), moment)
                builder = builder.add_revoked_certificate(entry.build())
        fresh = builder.sign(self.key("issuing.key"), hashes.SHA256())
        return [*self.lasting_lists(), fresh.public_bytes(Encoding.DER)]

    def lasting_lists(self) -> list[bytes]:
        """The root's revocation lists, as long-lived as the issuing certificates they speak of."""
        return [path.read_bytes() for path in self._generations("root", "crl")]

    def answers(self, certificates: Sequence[x509.Certificate], at: datetime) -> list[bytes]:
        """What is to be said of some of our certificates as of a moment (OCSP, DER): what a paper carries along.

        An answer speaks of one certificate. A list speaks of all: the newest one in a paper, from long after the end of
        a signer's certificate, would be taken for the last word about that certificate.
        """
        ours = [one for one in certificates if one.issuer == self.issuing.subject]
        if not ours:
            return []
        responder, key = self._responding(at)
        revoked = self._revocations()
        return [
            _answer(_Told(one.serial_number), self.issuing, responder, key, at, revoked.get(f"{one.serial_number:x}"))
            for one in ours
        ]

    def renew(self, at: datetime | None = None) -> list[str]:
        """Renew what others hang on before it runs out; names what cannot be renewed for want of the root's key."""
        at = at or clock.now()
        with self._alone():
            wanting = [] if _left(self._newest("issuing"), at) > _years(ISSUING_LEFT) else self._renew_issuing(at)
            if _left(self._newest("tsa"), at) <= _years(STAMP_LEFT):
                self._make_stamp(at)
        return wanting

    def _renew_issuing(self, at: datetime) -> list[str]:
        """Certify the same issuing key anew, so that what it has signed stays under it."""
        if not self._path("root.key").exists():
            return ["签发证书"]
        root_key, older = self.key("root.key"), self._newest("issuing")
        end = min(at + _years(ISSUING_YEARS), self.root.not_valid_after_utc)
        renewed = _certificate(
            older.subject, self.root.subject, self.key("issuing.key").public_key(), at, end, root_key, _ISSUING,
            issuer_id=_key_id(self.root),
        )  # fmt: skip
        number = len(self._generations("issuing", "pem")) + 1
        _write(self._path(f"root-{number:02}.crl"), self._lasting_crl(root_key, self.root, at, number))
        _write(self._path(f"issuing-{number:02}.pem"), renewed.public_bytes(Encoding.PEM))
        return []

    def answer_to(self, asked: bytes, at: datetime, is_ours: Callable[[str], bool]) -> bytes:
        """The answer (RFC 6960) to a question about one certificate; `is_ours` knows whose serials were given out."""
        from asn1crypto import ocsp

        try:
            question = ocsp.OCSPRequest.load(asked, strict=True)
            (one,) = question["tbs_request"]["request_list"]
            about, above, nonce = one["req_cert"], _asn1(self.issuing), question.nonce_value
            hashed, serial = about["hash_algorithm"]["algorithm"].native, f"{about['serial_number'].native:x}"
            right = about["issuer_key_hash"].native == getattr(above.public_key, hashed)
        except (ValueError, TypeError, KeyError, AttributeError):
            return _unanswered("malformed_request")
        if not right or not (is_ours(serial) or serial in {f"{one.serial_number:x}" for one in self.own}):
            return _unanswered("unauthorized")
        responder, key = self._responding(at)
        told = _Told(int(serial, 16), hashed, nonce if nonce and len(nonce.native) <= LONGEST_NONCE else None)
        return _answer(told, self.issuing, responder, key, at, self._revocations().get(serial))

    def _make_stamp(self, at: datetime) -> None:
        """A fresh key for time marks; the older ones go on proving what they marked."""
        self._make_own("tsa", "首席服务官周例会门户时间标记", _FOR_TIMESTAMPS, at)

    def _make_own(self, name: str, called: str, extensions: "Extensions", at: datetime) -> None:
        """A fresh key of the authority's own with its certificate, which is written last."""
        number = len(self._generations(name, "pem")) + 1
        file = name if number == 1 else f"{name}-{number:02}"
        key, end = ec.generate_private_key(ec.SECP256R1()), self._newest("issuing").not_valid_after_utc
        end = min(at + _years(STAMP_YEARS), end)
        certificate = self._certify(_name(called), key.public_key(), at, end, extensions)
        _write(self._path(f"{file}.key"), _pem(key))
        _write(self._path(f"{file}.pem"), certificate.public_bytes(Encoding.PEM))

    def _responding(self, at: datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        """Who says whether certificates are good at a moment, made on first use and anew before it runs out."""
        with self._alone():
            known = self._generations("status", "pem")
            if not known or _left(_read(known[-1]), at) <= _years(STAMP_LEFT):
                self._make_own("status", "首席服务官周例会门户证书状态", _FOR_ANSWERS, at)
        return self._valid_then("status", at)

    def _valid_then(self, name: str, at: datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        """The newest certificate of this name that was valid at a moment, and its key."""
        valid = [path for path in self._generations(name, "pem") if _left(_read(path), at) > timedelta()]
        began = [one for one in valid if _read(one).not_valid_before_utc <= at]
        path = began[-1] if began else valid[0]
        return _read(path), self.key(path.with_suffix(".key").name)

    def stamping(self, at: datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        """The certificate and the key of the time marks made at a moment: the newest that was valid then."""
        self.renew(at)
        return self._valid_then("tsa", at)

    def certificates(self, at: datetime) -> list[x509.Certificate]:
        """The authority's own certificates a chain may run through at a moment."""
        known = [_read(path) for name in ("issuing", "tsa") for path in self._generations(name, "pem")]
        return [one for one in known if one.not_valid_before_utc <= at <= one.not_valid_after_utc]

    @property
    def later_lists(self) -> bool:
        """Our own lists are made as of any moment."""
        return False

    @cached_property
    def own(self) -> list[x509.Certificate]:
        """Every certificate the authority ever had for itself."""
        return [_read(path) for name in ("root", "issuing", "tsa") for path in self._generations(name, "pem")]

    @cached_property
    def outside_roots(self) -> list[x509.Certificate]:
        """The certificates an outside timestamp authority is trusted by."""
        return x509.load_pem_x509_certificates(self.outside.read_bytes()) if self.outside else []

    def office_seal(self, name: str, at: datetime | None = None) -> "Signer":
        """The office's own seal (印章): a key of the portal's, made anew when the name changes or it runs out."""
        at = at or clock.now()
        with self._alone():
            known = self._generations("seal", "pem")
            if not known or _common_name(_read(known[-1])) != name[:64] or _left(_read(known[-1]), at) <= timedelta():
                number = len(known) + 1
                file = "seal" if number == 1 else f"seal-{number:02}"
                certificate = self.certify(name, "", self._seal_key(file), at=at)
                _write(self._path(f"{file}.pem"), certificate.public_bytes(Encoding.PEM))
            newest = self._generations("seal", "pem")[-1]
        certificate, chain, key = _read(newest), [self.issuing, self.root], newest.with_suffix(".key")
        if key.exists():
            return FileSigner(self.key(key.name), certificate, chain)
        return TokenSigner(**self.token, label=newest.stem, certificate=certificate, chain=chain)

    def _seal_key(self, name: str) -> ec.EllipticCurvePublicKey:
        """A fresh key for the seal: on the token where there is one, else in the folder."""
        if self.token:
            return make_token_key(**self.token, label=name)
        key = ec.generate_private_key(ec.SECP256R1())
        _write(self._path(f"{name}.key"), _pem(key))
        return key.public_key()

    def _generations(self, name: str, suffix: str) -> list[Path]:
        """The files of one certificate and its renewals, oldest first: issuing.pem, issuing-02.pem …"""
        first = self._path(f"{name}.{suffix}")
        return [*([first] if first.exists() else []), *sorted(self.folder.glob(f"{name}-*.{suffix}"))]

    def _newest(self, name: str) -> x509.Certificate:
        return _read(self._generations(name, "pem")[-1])

    @cached_property
    def root(self) -> x509.Certificate:
        """The certificate everything is traced back to."""
        return x509.load_pem_x509_certificate(self._path("root.pem").read_bytes())

    @cached_property
    def issuing(self) -> x509.Certificate:
        """The certificate that signs people's certificates."""
        return self._newest("issuing")

    def pem(self, *names: str) -> bytes:
        """Certificates of the authority ("root", "issuing", "tsa") with their renewals, as one file."""
        return b"".join(path.read_bytes() for name in names for path in self._generations(name, "pem"))

    @property
    def fingerprint(self) -> str:
        """The root's SHA-256, as it is published and compared by hand."""
        return self.root.fingerprint(hashes.SHA256()).hex()

    def _found(self, since: datetime) -> None:
        """Make everything once; tsa.pem is written last: its presence says that all is there."""
        root_key, issuing_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        name = _name("首席服务官周例会门户根证书")
        root = _certificate(name, name, root_key.public_key(), since, since + _years(ROOT_YEARS), root_key, _AUTHORITY)
        issuing = _certificate(
            _name("首席服务官周例会门户签发证书"),
            root.subject,
            issuing_key.public_key(),
            since,
            since + _years(ISSUING_YEARS),
            root_key,
            _ISSUING,
            issuer_id=_key_id(root),
        )
        _write(self._path("root.key"), _pem(root_key))
        _write(self._path("root.pem"), root.public_bytes(Encoding.PEM))
        _write(self._path("root.crl"), self._lasting_crl(root_key, root, since, 1))
        _write(self._path("issuing.key"), _pem(issuing_key))
        _write(self._path("issuing.pem"), issuing.public_bytes(Encoding.PEM))
        self._make_stamp(since)

    def _lasting_crl(
        self, root_key: ec.EllipticCurvePrivateKey, root: x509.Certificate, since: datetime, number: int
    ) -> bytes:
        """The root's revocation list, empty and as long-lived as an issuing certificate."""
        crl = x509.CertificateRevocationListBuilder().issuer_name(root.subject).last_update(since)
        crl = crl.next_update(since + _years(ISSUING_YEARS)).add_extension(_key_id(root), critical=False)
        crl = crl.add_extension(x509.CRLNumber(number), critical=False)
        return crl.sign(root_key, hashes.SHA256()).public_bytes(Encoding.DER)

    def _certify(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePublicKey,
        start: datetime,
        end: datetime,
        extensions: "Extensions",
    ) -> x509.Certificate:
        return _certificate(
            subject,
            self.issuing.subject,
            key,
            start,
            end,
            self.key("issuing.key"),
            (*extensions, (_asked_at(self.status), False)),
            issuer_id=_key_id(self.issuing),
        )

    # The folder

    def _path(self, name: str) -> Path:
        return self.folder / name

    def key(self, name: str) -> ec.EllipticCurvePrivateKey:
        """One of the authority's own keys."""
        key = load_pem_private_key(self._path(name).read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError(f"{name} holds no elliptic-curve key")
        return key

    def _revocations(self) -> dict[str, str]:
        path = self._path("revoked.json")
        return json.loads(path.read_bytes()) if path.exists() else {}

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes out while the folder changes."""
        with self._path(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def ask_later() -> bytes:
    """The answer to who asks too often about certificates."""
    return _unanswered("try_later")


def _unanswered(why: str) -> bytes:
    from asn1crypto import ocsp

    return bytes(ocsp.OCSPResponse({"response_status": why}).dump())


@dataclass(frozen=True)
class _Told:
    """About which certificate a question is, in the words of who asks."""

    serial: int
    hashed: str = "sha1"  # how its issuer is named
    nonce: Any = None  # said back, so that an answer cannot be an old one


def _answer(
    told: _Told,
    issuer: x509.Certificate,
    responder: x509.Certificate,
    key: ec.EllipticCurvePrivateKey,
    at: datetime,
    revoked: str | None,
) -> bytes:
    """One answer (RFC 6960) about one certificate, given as of a moment; `revoked` is since when it is withdrawn."""
    from asn1crypto import algos, core, ocsp

    moment, above = at.replace(microsecond=0), _asn1(issuer)
    since = datetime.fromisoformat(revoked) if revoked else None
    if since is not None and since <= at:
        status = ocsp.CertStatus("revoked", {"revocation_time": since.replace(microsecond=0)})
    else:
        status = ocsp.CertStatus("good")
    about = {
        "hash_algorithm": {"algorithm": told.hashed}, "issuer_name_hash": getattr(above.subject, told.hashed),
        "issuer_key_hash": getattr(above.public_key, told.hashed), "serial_number": told.serial,
    }  # fmt: skip
    one = {
        "cert_id": about, "cert_status": status, "this_update": moment,
        "next_update": moment + timedelta(days=CRL_DAYS),
    }  # fmt: skip
    said = ocsp.ResponseData(
        {
            "responder_id": ocsp.ResponderId("by_key", core.OctetString(_asn1(responder).public_key.sha1)),
            "produced_at": moment,
            "responses": [one],
            "response_extensions": [{"extn_id": "nonce", "extn_value": told.nonce}] if told.nonce else None,
        }
    )
    basic = ocsp.BasicOCSPResponse(
        {
            "tbs_response_data": said,
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
            "signature": key.sign(said.dump(), ec.ECDSA(hashes.SHA256())),
            "certs": [_asn1(responder)],
        }
    )
    inside = {"response_type": "basic_ocsp_response", "response": basic}
    return bytes(ocsp.OCSPResponse({"response_status": "successful", "response_bytes": inside}).dump())


Extensions = Sequence[tuple[x509.ExtensionType, bool]]


def _usage(*names: str) -> x509.KeyUsage:
    every = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{name: name in names for name in every})


_AUTHORITY: Extensions = (
    (x509.BasicConstraints(ca=True, path_length=1), True),
    (_usage("key_cert_sign", "crl_sign"), True),
)
_ISSUING: Extensions = (
    (x509.BasicConstraints(ca=True, path_length=0), True),
    (_usage("key_cert_sign", "crl_sign"), True),
)
_FOR_SIGNING: Extensions = (
    (x509.BasicConstraints(ca=False, path_length=None), True),
    (_usage("digital_signature", "content_commitment"), True),
)
_FOR_TIMESTAMPS: Extensions = (
    (x509.BasicConstraints(ca=False, path_length=None), True),
    (_usage("digital_signature", "content_commitment"), True),
    (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True),
)

_FOR_ANSWERS: Extensions = (
    (x509.BasicConstraints(ca=False, path_length=None), True),
    (_usage("digital_signature"), True),
    (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), True),
    (x509.OCSPNoCheck(), False),
)


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    start: datetime,
    end: datetime,
    issuer_key: ec.EllipticCurvePrivateKey,
    extensions: Extensions,
    issuer_id: x509.AuthorityKeyIdentifier | None = None,
) -> x509.Certificate:
    # A minute early: a signature made in the very second of issue must not be older than its certificate.
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(start - timedelta(minutes=1)).not_valid_after(end)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    if issuer_id:
        builder = builder.add_extension(issuer_id, critical=False)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(issuer_key, hashes.SHA256())


def _key_id(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    own = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)


def _name(common: str, uid: str = "") -> x509.Name:
    parts = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "首席服务官周例会门户"),
        # 64 characters (X.520); the library counts bytes, which 22 characters of Chinese exceed
        x509.NameAttribute(NameOID.COMMON_NAME, common[:64], _validate=False),
    ]
    return x509.Name([*parts, x509.NameAttribute(NameOID.USER_ID, uid)] if uid else parts)


def _asked_at(address: str) -> x509.AuthorityInformationAccess:
    there = x509.UniformResourceIdentifier(address)
    return x509.AuthorityInformationAccess([x509.AccessDescription(AuthorityInformationAccessOID.OCSP, there)])


def _is_asked(certificate: x509.Certificate) -> bool:
    """Whether a certificate says where it can be asked about; those made before there was such a place do not."""
    return any(one.access_method == AuthorityInformationAccessOID.OCSP for one in _accesses(certificate))


def _accesses(certificate: x509.Certificate) -> Sequence[x509.AccessDescription]:
    try:
        return list(certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value)
    except x509.ExtensionNotFound:
        return []


def _read(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def _common_name(certificate: x509.Certificate) -> str:
    return str(certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def _left(certificate: x509.Certificate, at: datetime) -> timedelta:
    return certificate.not_valid_after_utc - at


def _years(count: int) -> timedelta:
    return timedelta(days=365.25 * count)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write(path: Path, content: bytes) -> None:
    """Write a secret so that it is either wholly there or not at all, readable by nobody else."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        disk.sync(file.fileno())
    draft.replace(path)
    disk.sync_folder(path.parent)


# ── Keys and their PIN ─────────────────────────────────────────────────────────────────────────────────────


class Signer(Protocol):
    """Whoever holds a private key: a file under a PIN today; a token (PKCS#11) is another."""

    @property
    def certificate(self) -> x509.Certificate:
        """The certificate that goes with the key."""
        ...

    @property
    def chain(self) -> Sequence[x509.Certificate]:
        """The certificates above it, issuing first, root last."""
        ...

    def sign(self, data: bytes) -> bytes:
        """The signature over SHA-256 of these bytes, in DER."""
        ...


@dataclass(frozen=True)
class FileSigner:
    """A key from a PKCS#12 file, opened for one deed."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    chain: Sequence[x509.Certificate]

    def sign(self, data: bytes) -> bytes:
        """The signature over SHA-256 of these bytes, in DER."""
        return self.key.sign(data, ec.ECDSA(hashes.SHA256()))


@dataclass(frozen=True)
class TokenSigner:
    """A key that never leaves its token or card (PKCS#11); needs the extra `pkcs11`.

    `module` is the driver of the token, `label` names the key on it.
    """

    module: str
    token: str
    pin: str
    label: str
    certificate: x509.Certificate
    chain: Sequence[x509.Certificate]

    def sign(self, data: bytes) -> bytes:
        """The signature over SHA-256 of these bytes, in DER; the token signs, the portal only hashes."""
        import pkcs11
        from pkcs11.util.ec import encode_ecdsa_signature

        with _token(self.module, self.token, self.pin) as session:
            key = session.get_key(pkcs11.ObjectClass.PRIVATE_KEY, label=self.label)
            raw = key.sign(hashlib.sha256(data).digest(), mechanism=pkcs11.Mechanism.ECDSA)
        return bytes(encode_ecdsa_signature(raw))


@contextmanager
def _token(module: str, token: str, pin: str) -> Iterator[Any]:
    """A session with a token, to sign or to make a key; raises CannotSign with the reason in plain words."""
    try:
        import pkcs11
    except ImportError as error:
        raise CannotSign("没有安装 PKCS#11 支持，请系统管理员安装附加组件 pkcs11。") from error
    try:
        with pkcs11.lib(module).get_token(token_label=token).open(user_pin=pin, rw=True) as session:
            yield session
    except pkcs11.PinIncorrect as error:
        raise WrongPin("签名口令不正确。") from error
    except (pkcs11.PKCS11Error, RuntimeError) as error:
        raise CannotSign(f"密码设备没有应答或里面没有这把密钥（{type(error).__name__}）。") from error


def make_token_key(module: str, token: str, pin: str, label: str) -> ec.EllipticCurvePublicKey:
    """Make a key on a token that cannot be taken out of it, and hand over its public half."""
    import pkcs11
    from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters

    with _token(module, token, pin) as session:
        curve = {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
        parameters = session.create_domain_parameters(pkcs11.KeyType.EC, curve, local=True)
        public, _ = parameters.generate_keypair(
            store=True, label=label, mechanism=pkcs11.Mechanism.EC_KEY_PAIR_GEN,
            private_template={pkcs11.Attribute.SENSITIVE: True, pkcs11.Attribute.EXTRACTABLE: False},
        )  # fmt: skip
        key = load_der_public_key(encode_ec_public_key(public))
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise CannotSign("密码设备没有给出椭圆曲线密钥。")
    return key


def open_key(p12: bytes, pin: str) -> FileSigner:
    """Open a person's key; raises WrongPin."""
    try:
        key, certificate, chain = pkcs12.load_key_and_certificates(p12, pin.encode())
    except ValueError as error:
        raise WrongPin("签名口令不正确。") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or certificate is None:
        raise CannotSign("签名密钥文件不完整，请联系系统管理员重新签发。")
    return FileSigner(key, certificate, chain)


def check_pin(p12: bytes, pin: str) -> bool:
    """Whether this PIN opens this key; counting tries and locking is the caller's."""
    try:
        open_key(p12, pin)
    except WrongPin:
        return False
    return True


def change_pin(p12: bytes, old: str, new: str) -> bytes:
    """The same key under a new PIN; raises WrongPin."""
    opened = open_key(p12, old)
    common = opened.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    return _lock(str(common), opened.key, opened.certificate, opened.chain, new)


def _lock(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    pin: str,
) -> bytes:
    if not pin:
        raise ValueError("a signing key is never kept without a PIN")
    builder = PrivateFormat.PKCS12.encryption_builder()
    builder = builder.key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC).hmac_hash(hashes.SHA256())
    return pkcs12.serialize_key_and_certificates(name.encode(), key, certificate, chain, builder.build(pin.encode()))


# ── Signing ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Field:
    """A signature field: invisible, or over the box the paper names `anchor` (`paper.SignatureBox`)."""

    name: str
    label: str = ""  # what a screen reader says
    anchor: str = ""


def prepare_fields(pdf: bytes, fields: Sequence[Field]) -> bytes:
    """Give an unsigned PDF all its signature fields, in signing order; the last one locks the paper."""
    from pyhanko.sign.fields import (
        FieldMDPAction,
        FieldMDPSpec,
        MDPPerm,
        SigFieldSpec,
        append_signature_field,
    )

    writer = pdfs.writer(pdf)
    places = _places(writer)
    for one in fields:
        if one.anchor and one.anchor not in places:
            raise CannotSign(f"文件里没有名为“{one.anchor}”的签名位置。")
        page, box = places[one.anchor] if one.anchor else (0, None)
        last = one == fields[-1]
        append_signature_field(
            writer,
            SigFieldSpec(
                sig_field_name=one.name,
                on_page=page,
                box=box,
                readable_field_name=one.label or one.name,
                field_mdp_spec=FieldMDPSpec(FieldMDPAction.ALL) if last else None,
                doc_mdp_update_value=MDPPerm.NO_CHANGES if last else None,
            ),
        )
    _tag_visible(writer)
    return _written(writer)


def _tag_visible(writer: Any) -> None:
    """Nest each visible field in a Form tag of the document's structure, as PDF/UA-1 wants (7.18.4)."""
    from pyhanko.pdf_utils.generic import DictionaryObject, NumberObject, pdf_name

    def tag(kind: str, **entries: Any) -> Any:
        named = {pdf_name(f"/{key}"): value for key, value in entries.items()}
        return DictionaryObject({pdf_name("/Type"): pdf_name(kind)} | named)

    if "/StructTreeRoot" not in writer.root:
        return
    tree, fields = writer.root["/StructTreeRoot"], writer.root["/AcroForm"]["/Fields"]
    numbers, document = tree["/ParentTree"]["/Nums"], tree["/K"].raw_get(0)
    children = document.get_object()["/K"]
    for place in range(len(fields)):
        widget = fields[place]
        if not any(float(side) for side in widget["/Rect"]):
            continue
        part = tag("/OBJR", Obj=fields.raw_get(place), Pg=widget.raw_get("/P"))
        form = writer.add_object(tag("/StructElem", S=pdf_name("/Form"), P=document, K=part))
        widget[pdf_name("/StructParent")] = NumberObject(int(numbers[-2]) + 1)
        numbers.extend([widget["/StructParent"], form])
        children.append(form)
        for changed in (widget, numbers, children):
            writer.update_container(changed)


def _written(writer: Any) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _places(writer: Any) -> dict[str, tuple[int, tuple[int, int, int, int]]]:
    """Where the boxes are: each is two named destinations, `x` (top left) and `x-end` (bottom right)."""
    try:
        names = list(writer.root["/Names"]["/Dests"]["/Names"])
    except KeyError:
        return {}
    spots = {str(name): spot for name, spot in zip(names[::2], names[1::2], strict=True)}
    pages = {
        writer.find_page_for_modification(number)[0].idnum: number
        for number in range(int(writer.root["/Pages"]["/Count"]))
    }
    places = {}
    for name, spot in spots.items():
        if end := spots.get(f"{name}-end"):
            left, top, right, bottom = (round(float(value)) for value in (spot[2], spot[3], end[2], end[3]))
            places[name] = (pages[spot.raw_get(0).idnum], (left, bottom, right, top))
    return places


def sign(
    pdf: bytes,
    signer: Signer,
    *,
    authority: Authority,
    field: str,
    name: str,
    reason: str,
    location: str = "",
    at: datetime | None = None,
    appearance: bytes | None = None,
) -> bytes:
    """Sign a prepared field as of a moment: PAdES with time mark and revocation lists, all in one revision.

    `signer` comes from `open_key`. The first signature certifies the paper, the last one locks it; both
    follow from the fields, not from the caller. `appearance` is a one-page PDF drawn into the field's box
    (`paper.stamp`). Takes about 0.1 s. Raises CannotSign.
    """
    from pyhanko.pdf_utils.misc import PdfReadError
    from pyhanko.sign.fields import enumerate_sig_fields
    from pyhanko.sign.general import SigningError
    from pyhanko.sign.timestamps import TimestampRequestError
    from pyhanko_certvalidator.errors import PathError

    try:
        writer = pdfs.writer(pdf)
        fields = {found: value is not None for found, value, _ in enumerate_sig_fields(writer.prev)}
    except PdfReadError as error:
        raise CannotSign("这份文件不能签名：它不是完整的 PDF 文件。") from error
    _in_turn(field, fields)
    at = at or clock.now()
    with _drawn(appearance) as style:
        signing = _pdf_signer(
            _hanko(signer),
            authority,
            at,
            style,
            field_name=field,
            name=name,
            reason=reason,
            location=location or None,
            certify=not any(fields.values()),
            last=list(fields.values()).count(False) == 1,
        )
        try:
            room = None if authority.tsa else SIGNATURE_DIGITS  # what others answer is measured by asking them first
            return bytes(apart(signing.sign_pdf, writer, existing_fields_only=True, bytes_reserved=room).getvalue())
        except (PathError, TimestampRequestError) as error:
            raise CannotSign(f"签名没有完成：时间戳服务的回答不能用，或它的证书不受信任（{error}）。") from error
        except SigningError as error:
            raise CannotSign(f"签名没有完成：证书在这个时间不能使用，或文件已锁定（{error}）。") from error


# ── Signed elsewhere ───────────────────────────────────────────────────────────────────────────────────────

HOLE_BYTES = 32_768
SM3 = "1.2.156.10197.1.401"


@dataclass(frozen=True)
class Hole:
    """A paper made ready to be signed elsewhere: its bytes, where the empty place is, what the signature covers."""

    pdf: bytes
    start: int
    end: int
    covered: bytes

    @property
    def digest(self) -> bytes:
        """SHA-256 of what is covered."""
        return hashlib.sha256(self.covered).digest()


@dataclass(frozen=True)
class Filled:
    """The paper with the signature that was made elsewhere, and whose it is."""

    pdf: bytes
    name: str
    serial: str


def make_hole(
    pdf: bytes, *, field: str, name: str, reason: str, at: datetime, appearance: bytes | None = None
) -> bytes:
    """Put an empty signature in a prepared field: an outside platform signs what lies around it. Raises CannotSign."""
    from pyhanko.sign.fields import enumerate_sig_fields
    from pyhanko.sign.signers import ExternalSigner

    writer = pdfs.writer(pdf)
    fields = {found: value is not None for found, value, _ in enumerate_sig_fields(writer.prev)}
    _in_turn(field, fields)
    certify, last = not any(fields.values()), list(fields.values()).count(False) == 1
    elsewhere = ExternalSigner(signing_cert=None, cert_registry=_store([]), signature_value=bytes(256))
    about = {"field_name": field, "name": name, "reason": reason}
    with _drawn(appearance) as style:
        signing = _pdf_signer(elsewhere, None, at, style, certify=certify, last=last, **about)
        hollow = signing.async_digest_doc_for_signing(writer, existing_fields_only=True, bytes_reserved=HOLE_BYTES)
        _, _, out = apart(asyncio.run, hollow)
    return bytes(out.getvalue())


def hole_in(pdf: bytes) -> Hole:
    """The empty signature of a paper: the last one in it."""
    *_, found = re.finditer(rb"/ByteRange ?\[ ?(\d+) (\d+) (\d+) (\d+) *\]", pdf)
    first, length, second, rest = (int(number) for number in found.groups())
    return Hole(pdf, length, second, pdf[first : first + length] + pdf[second : second + rest])


def fill(hole: Hole, cms: bytes, authority: Authority, *, at: datetime) -> Filled:
    """Put a signature (CMS, DER or PEM, detached) into the hole once it is checked. Raises CannotSign.

    Only what this portal itself can verify is taken in; SM2 with SM3 it cannot, and says so.
    """
    from asn1crypto import cms as asn1
    from asn1crypto import pem
    from pyhanko.sign.validation import validate_pdf_signature

    try:
        der = pem.unarmor(cms)[2] if pem.detect(cms) else cms
        signed = asn1.ContentInfo.load(der, strict=True)["content"]
        algorithm = signed["signer_infos"][0]["digest_algorithm"]["algorithm"].dotted
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise CannotSign("这不是签名文件：需要对待签数据的分离式 CMS 签名（DER 或 PEM）。") from error
    if algorithm == SM3:
        raise CannotSign("这是国密（SM2、SM3）签名，本门户不能核验，所以不嵌入；请由外部平台核验和保管。")
    written = der.hex().encode()
    if len(written) > hole.end - hole.start - 2:
        raise CannotSign("签名文件太大，放不进文件预留的位置。")
    pdf = hole.pdf[: hole.start] + b"<" + written.ljust(hole.end - hole.start - 2, b"0") + b">" + hole.pdf[hole.end :]
    try:
        embedded = pdfs.reader(pdf).embedded_signatures[-1]
        status = apart(validate_pdf_signature, embedded, validation_context(authority, at))
    except Exception as error:  # what comes from outside may fail anywhere in the parser
        raise CannotSign("签名文件的内容不能核验，没有嵌入。") from error
    if not (status.intact and status.valid):
        raise CannotSign("签名与这份文件的待签数据不一致，没有嵌入。请用本页下载的待签数据签名。")
    if not status.trusted:
        raise CannotSign("签名证书不受信任，没有嵌入。请系统管理员把外部平台的根证书加入信任。")
    name = str(embedded.signer_cert.subject.native.get("common_name", ""))
    return Filled(pdf, name, f"{embedded.signer_cert.serial_number:x}")


@dataclass(frozen=True)
class Proof:
    """A file with its archive timestamp, and until when that proves it."""

    pdf: bytes
    until: datetime


def prove(pdf: bytes, authority: Authority, *, at: datetime | None = None) -> Proof:
    """Append validation data and an archive timestamp (PAdES B-LTA) to a file that everybody has signed.

    Again before `until`, it lengthens the proof: the last timestamp is checked and takes its validation data along.
    Takes about 0.1 s. Raises CannotSign: when the proof has already run out it cannot be mended.
    """
    from pyhanko.pdf_utils.misc import PdfReadError
    from pyhanko.sign.general import SigningError
    from pyhanko.sign.signers.pdf_signer import PdfTimeStamper, TimestampDSSContentSettings
    from pyhanko.sign.timestamps import TimestampRequestError
    from pyhanko.sign.validation import validate_pdf_timestamp
    from pyhanko_certvalidator.errors import PathError

    at = at or clock.now()
    stamping = PdfTimeStamper(_timestamper(authority, at), readable_field_name="存档时间戳")
    # The data comes before the timestamp, so that nothing stands behind what it vouches for.
    before = TimestampDSSContentSettings(include_vri=False, update_before_ts=True)
    try:
        marked = b"/DocTimeStamp" in pdf  # reading the whole file for nothing takes a while
        stamps = pdfs.reader(pdf).embedded_timestamp_signatures if marked else []
        if stamps:
            last = apart(validate_pdf_timestamp, stamps[-1], validation_context(authority, at))
            if not (last.intact and last.valid and last.trusted):
                raise CannotSign("上一个存档时间戳的证书已过期，或它本身不成立，不能再续。")
        writer = pdfs.writer(pdf)
        context = _context_of(authority, at, [one.signer_cert for one in stamps[-1:]])
        proven = apart(stamping.timestamp_pdf, writer, "sha256", context, dss_settings=before)
    except (PdfReadError, SigningError, TimestampRequestError, PathError) as error:
        raise CannotSign(f"存档时间戳没有加上：{error}") from error
    if authority.tsa:
        newest = pdfs.reader(proven.getvalue()).embedded_timestamp_signatures[-1]
        until = newest.signer_cert.not_valid_after.astimezone(UTC)
    else:
        until = authority.stamping(at)[0].not_valid_after_utc
    return Proof(proven.getvalue(), until)


def apart(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call pyHanko, which starts an event loop: in a thread of its own where this one already runs one."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return function(*args, **kwargs)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function, *args, **kwargs).result()


def _in_turn(field: str, fields: dict[str, bool]) -> None:
    if field not in fields:
        raise CannotSign(f"文件里没有“{field}”这个签名位置。")
    if fields[field]:
        raise CannotSign("这个位置已经签过名了，请刷新页面查看。")
    unsigned = [name for name, signed in fields.items() if not signed]
    if unsigned[0] != field:
        raise CannotSign("还没有轮到这个签名：请等前面的人先签。")


def _pdf_signer(
    signer: Any,
    authority: Authority | None,
    at: datetime,
    style: Any,
    *,
    certify: bool,
    last: bool,
    **about: Any,
) -> Any:
    from pyhanko.sign import PdfSignatureMetadata, PdfSigner
    from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
    from pyhanko.sign.signers.pdf_signer import DSSContentSettings, SigDSSPlacementPreference

    class SignerAsOf(PdfSigner):
        """pyHanko takes the signing time from the machine's clock; the portal has its own."""

        def init_signing_session(self, *args: Any, **kwargs: Any) -> Any:
            session = super().init_signing_session(*args, **kwargs)
            session.system_time = at.astimezone(clock.SHANGHAI)
            return session

    return SignerAsOf(
        PdfSignatureMetadata(
            md_algorithm="sha256",
            subfilter=SigSeedSubFilter.PADES,
            certify=certify,
            docmdp_permissions=MDPPerm.NO_CHANGES if last else MDPPerm.FILL_FORMS,
            embed_validation_info=authority is not None,
            validation_context=_context_of(authority, at, [signer.signing_cert]) if authority else None,
            dss_settings=DSSContentSettings(
                include_vri=False, placement=SigDSSPlacementPreference.TOGETHER_WITH_SIGNATURE
            ),
            **about,
        ),
        signer,
        timestamper=_timestamper(authority, at) if authority else None,
        stamp_style=style,
    )


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
        trust_roots=[_asn1(one) for one in (authority.root, *outside)],
        other_certs=[_asn1(one) for one in authority.certificates(at)],
        moment=at,
        revocation_mode="soft-fail" if outside else "require",
        retroactive_revinfo=authority.later_lists,
        allow_fetching=False,
        crls=authority.crls(at) if crls is None else crls,
        ocsps=ocsps,
    )


def _context_of(authority: Authority, at: datetime, certificates: Sequence[Any]) -> Any:
    """What pyHanko needs to judge these certificates and the time marks of that moment, and writes into a paper."""
    of = [x509.load_der_x509_certificate(one.dump()) for one in certificates]
    if not authority.tsa:
        of.append(authority.stamping(at)[0])
    if not all(map(_is_asked, of)):
        return validation_context(authority, at)
    return validation_context(authority, at, crls=authority.lasting_lists(), ocsps=authority.answers(of, at))


def _timestamper(authority: Authority, at: datetime) -> Any:
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
        _asn1(certificate),
        None,
        certs_to_embed=_store([authority.issuing]),
        fixed_dt=at.replace(microsecond=0),
        override_md="sha256",
    )


def time_mark(digest: bytes, authority: Authority, *, at: datetime | None = None) -> bytes:
    """A time mark (RFC 3161, DER) on a SHA-256 by the portal's own key."""
    stamper = own_timestamper(authority, at or clock.now())
    return bytes(apart(asyncio.run, stamper.async_timestamp(digest, "sha256")).dump())


def is_marked(digest: bytes, mark: bytes, trust: "Trusted") -> bool:
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


def _hanko(signer: Signer) -> Any:
    """Any Signer in the shape pyHanko asks for."""
    from pyhanko.sign.signers import Signer as HankoSigner

    class Adapter(HankoSigner):
        async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
            return bytes(72) if dry_run else signer.sign(data)

    return Adapter(signing_cert=_asn1(signer.certificate), cert_registry=_store(signer.chain))


def _store(certificates: Sequence[x509.Certificate]) -> Any:
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    store = SimpleCertificateStore()
    store.register_multiple([_asn1(certificate) for certificate in certificates])
    return store


def _asn1(certificate: x509.Certificate) -> Any:
    from asn1crypto import x509 as asn1

    return asn1.Certificate.load(certificate.public_bytes(Encoding.DER))


@contextmanager
def _drawn(appearance: bytes | None) -> Iterator[Any]:
    """Hand a stamp over as a file, the only way pyHanko takes one."""
    from pyhanko.pdf_utils.layout import AxisAlignment, InnerScaling, SimpleBoxLayoutRule
    from pyhanko.stamp import StaticStampStyle

    if appearance is None:
        yield None
        return
    with NamedTemporaryFile(suffix=".pdf") as file:
        file.write(appearance)
        file.flush()
        filling = SimpleBoxLayoutRule(
            AxisAlignment.ALIGN_MID, AxisAlignment.ALIGN_MID, inner_content_scaling=InnerScaling.STRETCH_TO_FIT
        )
        yield StaticStampStyle.from_pdf_file(file.name, border_width=0, background_layout=filling)
