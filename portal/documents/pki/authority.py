"""The portal's own certificate authority, in one folder."""

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from portal.db import clock, disk
from portal.documents.pki.certificates import (
    AUTHORITY,
    CRL_DAYS,
    FOR_ANSWERS,
    FOR_SIGNING,
    FOR_TIMESTAMPS,
    ISSUING,
    ISSUING_YEARS,
    PERSON_YEARS,
    ROOT_YEARS,
    STAMP_YEARS,
    Extensions,
    as_asn1,
    asked_at,
    certificate_for,
    common_name,
    key_id,
    name_of,
    read_pem,
    time_left,
    years,
)
from portal.documents.pki.keys import FileSigner, Signer, TokenSigner, locked, make_token_key
from portal.documents.pki.status import LONGEST_NONCE, Question, answer_about, unanswered

# A certificate that others hang on is renewed while this much of its life is left.
ISSUING_LEFT, STAMP_LEFT = 8, 3


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
            name_of(name, uid), key.public_key(), start, not_after or start + years(PERSON_YEARS), FOR_SIGNING
        )
        return PersonKey(
            p12=locked(name, key, certificate, [self.issuing, self.root], pin),
            certificate_pem=certificate.public_bytes(Encoding.PEM),
            serial=f"{certificate.serial_number:x}",
            fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
        )

    def certify(self, name: str, uid: str, key: ec.EllipticCurvePublicKey, *, at: datetime) -> x509.Certificate:
        """A certificate for a key that lies elsewhere, as on a token."""
        return self._certify(name_of(name, uid), key, at, at + years(PERSON_YEARS), FOR_SIGNING)

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
        builder = builder.add_extension(key_id(self.issuing), critical=False)
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
        numbers = [one.serial_number for one in ours]
        return [
            answer_about(Question(one), self.issuing, responder, key, at, revoked.get(f"{one:x}")) for one in numbers
        ]

    def renew(self, at: datetime | None = None) -> list[str]:
        """Renew what others hang on before it runs out; names what cannot be renewed for want of the root's key."""
        at = at or clock.now()
        with self._alone():
            wanting = [] if time_left(self._newest("issuing"), at) > years(ISSUING_LEFT) else self._renew_issuing(at)
            if time_left(self._newest("tsa"), at) <= years(STAMP_LEFT):
                self._make_stamp(at)
        return wanting

    def _renew_issuing(self, at: datetime) -> list[str]:
        """Certify the same issuing key anew, so that what it has signed stays under it."""
        if not self._path("root.key").exists():
            return ["签发证书"]
        root_key, older = self.key("root.key"), self._newest("issuing")
        end = min(at + years(ISSUING_YEARS), self.root.not_valid_after_utc)
        renewed = certificate_for(
            older.subject, self.root.subject, self.key("issuing.key").public_key(), at, end, root_key, ISSUING,
            issuer_id=key_id(self.root),
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
            about, above, nonce = one["req_cert"], as_asn1(self.issuing), question.nonce_value
            hashed, serial = about["hash_algorithm"]["algorithm"].native, f"{about['serial_number'].native:x}"
            right = about["issuer_key_hash"].native == getattr(above.public_key, hashed)
        except (ValueError, TypeError, KeyError, AttributeError):
            return unanswered("malformed_request")
        if not right or not (is_ours(serial) or serial in {f"{one.serial_number:x}" for one in self.own}):
            return unanswered("unauthorized")
        responder, key = self._responding(at)
        told = Question(int(serial, 16), hashed, nonce if nonce and len(nonce.native) <= LONGEST_NONCE else None)
        return answer_about(told, self.issuing, responder, key, at, self._revocations().get(serial))

    def _make_stamp(self, at: datetime) -> None:
        """A fresh key for time marks; the older ones go on proving what they marked."""
        self._make_own("tsa", "首席服务官周例会门户时间标记", FOR_TIMESTAMPS, at)

    def _make_own(self, name: str, called: str, extensions: Extensions, at: datetime) -> None:
        """A fresh key of the authority's own with its certificate, which is written last."""
        number = len(self._generations(name, "pem")) + 1
        file = name if number == 1 else f"{name}-{number:02}"
        key, end = ec.generate_private_key(ec.SECP256R1()), self._newest("issuing").not_valid_after_utc
        end = min(at + years(STAMP_YEARS), end)
        certificate = self._certify(name_of(called), key.public_key(), at, end, extensions)
        _write(self._path(f"{file}.key"), _pem(key))
        _write(self._path(f"{file}.pem"), certificate.public_bytes(Encoding.PEM))

    def _responding(self, at: datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        """Who says whether certificates are good at a moment, made on first use and anew before it runs out."""
        with self._alone():
            known = self._generations("status", "pem")
            if not known or time_left(read_pem(known[-1]), at) <= years(STAMP_LEFT):
                self._make_own("status", "首席服务官周例会门户证书状态", FOR_ANSWERS, at)
        return self._valid_then("status", at)

    def _valid_then(self, name: str, at: datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        """The newest certificate of this name that was valid at a moment, and its key."""
        valid = [path for path in self._generations(name, "pem") if time_left(read_pem(path), at) > timedelta()]
        began = [one for one in valid if read_pem(one).not_valid_before_utc <= at]
        path = began[-1] if began else valid[0]
        return read_pem(path), self.key(path.with_suffix(".key").name)

    def stamping(self, at: datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        """The certificate and the key of the time marks made at a moment: the newest that was valid then."""
        self.renew(at)
        return self._valid_then("tsa", at)

    def certificates(self, at: datetime) -> list[x509.Certificate]:
        """The authority's own certificates a chain may run through at a moment."""
        known = [read_pem(path) for name in ("issuing", "tsa") for path in self._generations(name, "pem")]
        return [one for one in known if one.not_valid_before_utc <= at <= one.not_valid_after_utc]

    @property
    def later_lists(self) -> bool:
        """Our own lists are made as of any moment."""
        return False

    @cached_property
    def own(self) -> list[x509.Certificate]:
        """Every certificate the authority ever had for itself."""
        return [read_pem(path) for name in ("root", "issuing", "tsa") for path in self._generations(name, "pem")]

    @cached_property
    def outside_roots(self) -> list[x509.Certificate]:
        """The certificates an outside timestamp authority is trusted by."""
        return x509.load_pem_x509_certificates(self.outside.read_bytes()) if self.outside else []

    def office_seal(self, name: str, at: datetime | None = None) -> Signer:
        """The office's own seal (印章): a key of the portal's, made anew when the name changes or it runs out."""
        at = at or clock.now()
        with self._alone():
            known = self._generations("seal", "pem")
            last = read_pem(known[-1]) if known else None
            if last is None or common_name(last) != name[:64] or time_left(last, at) <= timedelta():
                number = len(known) + 1
                file = "seal" if number == 1 else f"seal-{number:02}"
                certificate = self.certify(name, "", self._seal_key(file), at=at)
                _write(self._path(f"{file}.pem"), certificate.public_bytes(Encoding.PEM))
            newest = self._generations("seal", "pem")[-1]
        certificate, chain, key = read_pem(newest), [self.issuing, self.root], newest.with_suffix(".key")
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
        return read_pem(self._generations(name, "pem")[-1])

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
        name = name_of("首席服务官周例会门户根证书")
        root = certificate_for(name, name, root_key.public_key(), since, since + years(ROOT_YEARS), root_key, AUTHORITY)
        issuing = certificate_for(
            name_of("首席服务官周例会门户签发证书"),
            root.subject,
            issuing_key.public_key(),
            since,
            since + years(ISSUING_YEARS),
            root_key,
            ISSUING,
            issuer_id=key_id(root),
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
        crl = crl.next_update(since + years(ISSUING_YEARS)).add_extension(key_id(root), critical=False)
        crl = crl.add_extension(x509.CRLNumber(number), critical=False)
        return crl.sign(root_key, hashes.SHA256()).public_bytes(Encoding.DER)

    def _certify(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePublicKey,
        start: datetime,
        end: datetime,
        extensions: Extensions,
    ) -> x509.Certificate:
        return certificate_for(
            subject,
            self.issuing.subject,
            key,
            start,
            end,
            self.key("issuing.key"),
            (*extensions, (asked_at(self.status), False)),
            issuer_id=key_id(self.issuing),
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
