"""Keys under a PIN: in a file, or on a token (PKCS#11)."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import PrivateFormat, load_der_public_key, pkcs12
from cryptography.x509.oid import NameOID

from portal.documents.pki.errors import CannotSign, WrongPin


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
    return locked(str(common), opened.key, opened.certificate, opened.chain, new)


def locked(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    pin: str,
) -> bytes:
    """A key with its certificates as PKCS#12 under a PIN."""
    if not pin:
        raise ValueError("a signing key is never kept without a PIN")
    builder = PrivateFormat.PKCS12.encryption_builder()
    builder = builder.key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC).hmac_hash(hashes.SHA256())
    return pkcs12.serialize_key_and_certificates(name.encode(), key, certificate, chain, builder.build(pin.encode()))
