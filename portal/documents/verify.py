"""The verifier: says of any PDF whether it is ours and whether its signatures hold, in plain words.

The register comes first (SHA-256, expected signers), then pyHanko; neither alone is enough. pyHanko accepts a
rollback, bytes after `%%EOF` and a changed title; most PDF viewers accept any appended update.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from portal.db import clock
from portal.documents.pki.authority import Authority
from portal.documents.verdicts import ExpectedSigner, Foreign, Register, Registered, SignatureFact, Verdict, Word
from portal.documents.verify_file import Reading, read_file

LARGEST = 50 * 1024 * 1024


def examine(
    pdf: bytes, *, trust: Authority, registered: Register | None, deep: bool = True, foreign: Sequence[Foreign] = ()
) -> Verdict:
    """Judge a PDF. `registered=None` switches the register off: then only what the file itself proves counts.

    `foreign` are the authorities of portals whose packages were taken over here.
    With `deep=False` a file the register knows as the latest state is answered at once, by its hash alone (0.3 ms);
    otherwise the signatures are checked too (up to two seconds for ten pages: in a job, not in a request).
    """
    if len(pdf) > LARGEST:
        return _no(f"文件太大：核验最大支持 {LARGEST // 1024 // 1024} MB 的文件。")
    sha256 = hashlib.sha256(pdf).hexdigest()
    found = registered(sha256) if registered else None
    if found and found.brought:
        said = [_same_bytes(found), "这是本门户登记的补录件，未经本门户签名。", *_notes(found)]
        return Verdict(Word.VALID, False, said, [], found, sha256)
    if found and found.sha256 == sha256 and not deep:
        return Verdict(Word.VALID, True, [_same_bytes(found), *_notes(found)], [], found, sha256)
    return _judge(read_file(pdf, (trust, *foreign), known=found is not None), pdf, sha256, found, registered)


def _judge(reading: Reading, pdf: bytes, sha256: str, found: Registered | None, register: Register | None) -> Verdict:
    if reading.broken:
        return Verdict(Word.INVALID, False, [f"无效：{reading.broken}"], [], None, sha256, Word.INVALID)
    origin = found or _origin(reading, pdf, register)
    word, reasons = _reasons(reading, pdf, sha256, found, origin, asked=register is not None)
    ours = origin is not None or (register is None and reading.signed and all(fact.ok for fact in reading.facts))
    notes = _notes(origin) if origin else []
    return Verdict(word, ours, [*reasons, *notes], reading.facts, origin, sha256, _alone(reading, pdf, sha256))


def _alone(reading: Reading, pdf: bytes, sha256: str) -> Word:
    """The word with the register switched off: valid only if a signature covers every byte, or nothing else fits there.

    Whether the paper was ever issued the file cannot tell.
    """
    return Word.INVALID if reading.leaned else _reasons(reading, pdf, sha256, None, None, asked=False)[0]


def _origin(reading: Reading, pdf: bytes, register: Register | None) -> Registered | None:
    """The registered document something was appended to, when the signed part of the file is one of ours."""
    if register is None or not 0 < reading.covered < len(pdf):
        return None
    return register(hashlib.sha256(pdf[: reading.covered]).hexdigest())


def _reasons(
    reading: Reading, pdf: bytes, sha256: str, found: Registered | None, origin: Registered | None, *, asked: bool
) -> tuple[Word, list[str]]:
    failed = [fact.sentence for fact in reading.facts if not fact.ok]
    if failed:
        return Word.INVALID, ["无效：文件中有无效签名，文件被改动过或不是本门户签发的。", *failed]
    if reading.faded is not None:
        return Word.INVALID, _unprovable(reading.faded, found)
    if found:
        return _registered(reading, len(pdf), sha256, found)
    if not reading.signed:
        where = "，登记簿里也没有它" if asked else ""
        return Word.INVALID, [f"无效：这份 PDF 没有电子签名{where}。"]
    if reading.covered != len(pdf):
        return Word.APPENDED, _appended(reading, len(pdf) - reading.covered, origin)
    return _unregistered(reading, asked=asked)


def _unprovable(since: datetime, found: Registered | None) -> list[str]:
    reasons = [
        "无效：已经不能再证明签名是在证书有效期内作出的。",
        f"时间标记的证书已于{clock.zh_date(since)}到期，到期之前没有续加存档时间戳；签名本身没有被改动的迹象。",
    ]
    if found:
        reasons.append(f"文件与登记簿中的{found.called}逐字节一致，其效力请由档案员依登记簿认定。")
    return reasons


def _registered(reading: Reading, size: int, sha256: str, found: Registered) -> tuple[Word, list[str]]:
    missing = [signer for signer in found.signers if not _stands(signer, reading.facts)]
    if missing:
        names = "、".join(signer.name for signer in missing)
        return Word.INVALID, [
            f"无效：这是{found.called}签署完成前的版本，还缺{names}的签名。",
            "请使用门户里下载的最新版本。",
        ]
    if reading.signed and reading.covered != size:  # a register that came with a package may say anything
        return Word.APPENDED, _appended(reading, size - reading.covered, found)
    if not reading.allowed:
        return Word.INVALID, ["无效：两次签名之间有签署人不允许的改动。"]
    if sha256 != found.sha256:
        return Word.VALID, [
            f"有效：与登记簿中{found.called}的较早状态逐字节一致，{_count(reading)}",
            "门户里已有更新的状态（补充了时间证明等），内容没有改变。",
        ]
    return Word.VALID, [_same_bytes(found), _count(reading)]


def _stands(signer: ExpectedSigner, facts: list[SignatureFact]) -> bool:
    return any(
        fact.ok and fact.field == signer.field and fact.name == signer.name and signer.serial in ("", fact.serial)
        for fact in facts
    )


def _appended(reading: Reading, size: int, origin: Registered | None) -> list[str]:
    reasons = [f"签后有追加：最后一个签名之后，文件又被加上了 {size} 个字节，这部分没有人签名。"]
    if origin:
        reasons.append(f"前面签过名的部分就是本门户的{origin.called}，请以门户里的原件为准。")
    if reading.appended:
        reasons.append(f"追加的内容涉及：{'、'.join(reading.appended)}。")
    if not reading.allowed:
        reasons.append("追加的内容改动了页面、批注、签名位置或文件信息，签署人并不允许。")
    return reasons


def _unregistered(reading: Reading, *, asked: bool) -> tuple[Word, list[str]]:
    if not reading.allowed:
        return Word.INVALID, ["无效：两次签名之间有签署人不允许的改动。"]
    if reading.empty_fields:
        return Word.INVALID, [f"无效：签署没有完成，还有 {reading.empty_fields} 个签名位置是空的。"]
    if asked:
        return Word.INVALID, [
            "无效：登记簿里没有这份文件。",
            "文件里的签名本身完好，但门户没有登记过这样的版本，它可能被退回到了较早的状态，或不是正式印发的文件。",
        ]
    return Word.VALID, [f"有效：{_count(reading)}", "没有与登记簿比对，是否为最终版本无法确定。"]


def _same_bytes(found: Registered) -> str:
    return f"有效：与登记簿中的{found.called}逐字节一致。"


def _count(reading: Reading) -> str:
    signatures = sum(not fact.archival for fact in reading.facts)
    marks = len(reading.facts) - signatures
    proof = f"另有 {marks} 个存档时间戳，均完好。" if marks else ""
    return f"{signatures} 个签名全部完好。{proof}" if signatures else "这份文件无须签名。"


def _notes(found: Registered) -> list[str]:
    return [f"请注意：{found.note}。"] if found.note else []


def _no(sentence: str) -> Verdict:
    return Verdict(Word.INVALID, False, [f"无效：{sentence}"])
