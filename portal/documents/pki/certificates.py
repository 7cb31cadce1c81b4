"""Making and reading certificates (X.509, RFC 5280)."""

import logging
import warnings
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

DISCLAIMER = (
    "本门户使用自建的证书，签名可以证明文件没有被改动、由谁在门户内签署，供单位内部认定责任；"
    "它不是依法设立的电子认证机构签发的，不等同于《电子签名法》所称的可靠电子签名。"
)
# What pyHanko would write to the log is told to the person at hand; that nothing is fetched is on purpose.
for chatty in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(chatty).setLevel(logging.CRITICAL)
warnings.filterwarnings("ignore", "Attribute's length must be")  # it counts bytes, the standard counts characters


ROOT_YEARS, ISSUING_YEARS, STAMP_YEARS, PERSON_YEARS, CRL_DAYS = 60, 15, 6, 3, 30
Extensions = Sequence[tuple[x509.ExtensionType, bool]]


def _usage(*names: str) -> x509.KeyUsage:
    every = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{name: name in names for name in every})


AUTHORITY: Extensions = (
    (x509.BasicConstraints(ca=True, path_length=1), True),
    (_usage("key_cert_sign", "crl_sign"), True),
)
ISSUING: Extensions = (
    (x509.BasicConstraints(ca=True, path_length=0), True),
    (_usage("key_cert_sign", "crl_sign"), True),
)
FOR_SIGNING: Extensions = (
    (x509.BasicConstraints(ca=False, path_length=None), True),
    (_usage("digital_signature", "content_commitment"), True),
)
FOR_TIMESTAMPS: Extensions = (
    (x509.BasicConstraints(ca=False, path_length=None), True),
    (_usage("digital_signature", "content_commitment"), True),
    (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True),
)
FOR_ANSWERS: Extensions = (
    (x509.BasicConstraints(ca=False, path_length=None), True),
    (_usage("digital_signature"), True),
    (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), True),
    (x509.OCSPNoCheck(), False),
)


def certificate_for(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    start: datetime,
    end: datetime,
    issuer_key: ec.EllipticCurvePrivateKey,
    extensions: Extensions,
    issuer_id: x509.AuthorityKeyIdentifier | None = None,
) -> x509.Certificate:
    """A certificate (X.509, version 3) with a random number, signed by the issuer's key."""
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


def key_id(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    """Which key of the issuer signs, as its certificates say (RFC 5280, 4.2.1.1)."""
    own = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)


def name_of(common: str, uid: str = "") -> x509.Name:
    """A name in the portal's own form: country, common name, and the account where there is one."""
    parts = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "首席服务官周例会门户"),
        # 64 characters (X.520); the library counts bytes, which 22 characters of Chinese exceed
        x509.NameAttribute(NameOID.COMMON_NAME, common[:64], _validate=False),
    ]
    return x509.Name([*parts, x509.NameAttribute(NameOID.USER_ID, uid)] if uid else parts)


def asked_at(address: str) -> x509.AuthorityInformationAccess:
    """Where it is asked whether a certificate is good (RFC 5280, 4.2.2.1)."""
    there = x509.UniformResourceIdentifier(address)
    return x509.AuthorityInformationAccess([x509.AccessDescription(AuthorityInformationAccessOID.OCSP, there)])


def is_asked(certificate: x509.Certificate) -> bool:
    """Whether a certificate says where it can be asked about; those made before there was such a place do not."""
    return any(one.access_method == AuthorityInformationAccessOID.OCSP for one in _accesses(certificate))


def _accesses(certificate: x509.Certificate) -> Sequence[x509.AccessDescription]:
    try:
        return list(certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value)
    except x509.ExtensionNotFound:
        return []


def read_pem(path: Path) -> x509.Certificate:
    """The certificate in a file."""
    return x509.load_pem_x509_certificate(path.read_bytes())


def common_name(certificate: x509.Certificate) -> str:
    """Whose certificate it is."""
    return str(certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def time_left(certificate: x509.Certificate, at: datetime) -> timedelta:
    """How long a certificate is still valid at a moment."""
    return certificate.not_valid_after_utc - at


def years(count: int) -> timedelta:
    """So many years, as long as they are on average."""
    return timedelta(days=365.25 * count)


def as_asn1(certificate: x509.Certificate) -> Any:
    """A certificate as pyHanko takes it."""
    from asn1crypto import x509 as asn1

    return asn1.Certificate.load(certificate.public_bytes(Encoding.DER))


def store_of(certificates: Sequence[x509.Certificate]) -> Any:
    """Some certificates as pyHanko takes them."""
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    store = SimpleCertificateStore()
    store.register_multiple([as_asn1(certificate) for certificate in certificates])
    return store
