"""The seal cabinet: the portal's own small authority, people's signing keys, and PAdES signatures on PDFs.

A self-run authority gives integrity and internal accountability; it is no licensed one (《电子签名法》
第十三、十六条).
"""

import logging
import warnings

from portal.seal.authority import Authority, PersonKey
from portal.seal.certificates import CRL_DAYS
from portal.seal.errors import CannotSign, WrongPin
from portal.seal.keys import FileSigner, Signer, TokenSigner, change_pin, check_pin, make_token_key, open_key
from portal.seal.outside import Filled, Hole, fill, hole_in, make_hole
from portal.seal.proof import Proof, prove
from portal.seal.signing import Field, prepare_fields, sign
from portal.seal.status import ask_later
from portal.seal.timemarks import is_marked, own_timestamper, time_mark
from portal.seal.trust import Trusted, apart, validation_context

__all__ = [
    "CRL_DAYS",
    "DISCLAIMER",
    "Authority",
    "CannotSign",
    "Field",
    "FileSigner",
    "Filled",
    "Hole",
    "PersonKey",
    "Proof",
    "Signer",
    "TokenSigner",
    "Trusted",
    "WrongPin",
    "apart",
    "ask_later",
    "change_pin",
    "check_pin",
    "fill",
    "hole_in",
    "is_marked",
    "make_hole",
    "make_token_key",
    "open_key",
    "own_timestamper",
    "prepare_fields",
    "prove",
    "sign",
    "time_mark",
    "validation_context",
]

DISCLAIMER = (
    "本门户使用自建的证书，签名可以证明文件没有被改动、由谁在门户内签署，供单位内部认定责任；"
    "它不是依法设立的电子认证机构签发的，不等同于《电子签名法》所称的可靠电子签名。"
)
# What pyHanko would write to the log is told to the person at hand; that nothing is fetched is on purpose.
for chatty in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(chatty).setLevel(logging.CRITICAL)
warnings.filterwarnings("ignore", "Attribute's length must be")  # it counts bytes, the standard counts characters
