"""The verifier against the attacks of real life, with the register on and switched off."""

import hashlib
import io
import random
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import NameObject, pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

from portal.db import clock
from portal.documents import verdicts, verify
from portal.documents.paper import content as paper_content
from portal.documents.paper import renderer, stamps
from portal.documents.pki import authority, keys, proof, signing
from portal.documents.verdicts import ExpectedSigner, Registered, Word
from portal.documents.verify import examine

FOUNDED = datetime(2025, 1, 6, 1, 0, tzinfo=UTC)
SIGNED = datetime(2025, 3, 3, 1, 30, tzinfo=UTC)
NOW = SIGNED + timedelta(days=30)
PIN = "246810"


class World:
    """One authority, two signers, and a 会议记录 in its three states, of which the register knows the last."""

    def __init__(self, folder):
        self.authority = authority.Authority.at(folder, since=FOUNDED)
        self.recorder, self.chair = (
            self.authority.issue_person(name, name, PIN, not_before=FOUNDED) for name in ("李示例", "王示例")
        )
        sheet = paper_content.RecordPaper(
            title="第一小组例会会议记录",
            date=FOUNDED.date(),
            time_text="09:00",
            place="301会议室",
            chair="王示例",
            recorder="李示例",
            items=[paper_content.RecordItem(f"议题{n}", said=[("张示例", "汇报。" * 300)]) for n in range(3)],
        )
        fields = (signing.Field("recorder", anchor="sign-recorder"), signing.Field("chair"))
        self.unsigned = signing.prepare_fields(renderer.render("record.html", paper=sheet, made_at=SIGNED), fields)
        self.half = self.sign(self.unsigned, "recorder", self.recorder)
        self.done = self.sign(self.half, "chair", self.chair)
        self.entry = Registered(
            sha256=sha(self.done),
            kind="会议记录",
            title="第一小组例会",
            states=(sha(self.unsigned), sha(self.half)),
            signers=(
                ExpectedSigner("recorder", "李示例", self.recorder.serial),
                ExpectedSigner("chair", "王示例", self.chair.serial),
            ),
        )

    def sign(self, pdf, field, key, at=SIGNED):
        return signing.sign(
            pdf, keys.open_key(key.p12, PIN), authority=self.authority, field=field, name="x", reason="属实", at=at
        )

    def register(self, sha256):
        return self.entry if sha256 in (self.entry.sha256, *self.entry.states) else None

    def judge(self, pdf, **more):
        with clock.at(NOW):
            return examine(pdf, **{"trust": self.authority, "registered": self.register} | more)


def sha(pdf):
    return hashlib.sha256(pdf).hexdigest()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return World(tmp_path_factory.mktemp("authority"))


# ── Attacks: each takes the finished file and gives back a changed one ─────────────────────────────────────


def updated(pdf, change):
    """Apply a change as an appended update, as every PDF editor does."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def byte_flipped(pdf):
    middle = pdf.index(b"stream") + 40
    return pdf[:middle] + bytes([pdf[middle] ^ 1]) + pdf[middle + 1 :]


def signature_value_flipped(pdf):
    value = PdfFileReader(io.BytesIO(pdf)).embedded_signatures[-1].signer_info["signature"].native.hex().encode()
    place = pdf.lower().rindex(value) + 20
    return pdf[:place] + (b"0" if pdf[place : place + 1] != b"0" else b"1") + pdf[place + 1 :]


def annotated(pdf):
    def change(writer):
        page, _ = writer.find_page_for_modification(0)
        note = generic.DictionaryObject(
            {
                pdf_name("/Type"): pdf_name("/Annot"),
                pdf_name("/Subtype"): pdf_name("/FreeText"),
                pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (90, 700, 400, 760))),
                pdf_name("/Contents"): generic.pdf_string("改为三千万元"),
                pdf_name("/DA"): generic.pdf_string("/Helv 12 Tf"),
            }
        )
        page.get_object()["/Annots"] = generic.ArrayObject([writer.add_object(note)])
        writer.update_container(page.get_object())

    return updated(pdf, change)


def overprinted(pdf):
    def change(writer):
        stream = generic.StreamObject(stream_data=b"q 1 0 0 rg 90 400 300 60 re f Q")
        writer.add_stream_to_page(0, writer.add_object(stream))

    return updated(pdf, change)


def swapped(pdf):
    def change(writer):
        pages = writer.root["/Pages"]
        kids = pages["/Kids"]
        assert len(kids) > 1
        kids.reverse()
        writer.update_container(kids)

    return updated(pdf, change)


def scripted(pdf):
    def change(writer):
        script = generic.DictionaryObject(
            {pdf_name("/S"): NameObject("/JavaScript"), pdf_name("/JS"): generic.pdf_string("app.alert(1)")}
        )
        writer.root["/OpenAction"] = writer.add_object(script)
        writer.update_root()

    return updated(pdf, change)


def retitled(pdf):
    def change(writer):
        writer.set_info(writer.add_object(generic.DictionaryObject({pdf_name("/Title"): generic.pdf_string("另一份")})))

    return updated(pdf, change)


def with_new_field(pdf):
    return updated(pdf, lambda writer: append_signature_field(writer, SigFieldSpec("extra")))


def with_junk(pdf):
    return pdf + b"\n% nobody reads this\n%%EOF\n"


ATTACKS = {
    byte_flipped: Word.INVALID,
    signature_value_flipped: Word.INVALID,
    annotated: Word.APPENDED,
    overprinted: Word.APPENDED,
    swapped: Word.APPENDED,
    scripted: Word.APPENDED,
    retitled: Word.APPENDED,
    with_new_field: Word.APPENDED,
    with_junk: Word.APPENDED,
}


@pytest.mark.parametrize(("attack", "word"), ATTACKS.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_an_attack_is_seen_with_the_register_and_without(world, attack, word):
    changed = attack(world.done)
    assert changed != world.done
    with_register, without = world.judge(changed), world.judge(changed, registered=None)
    assert (with_register.word, without.word) == (word, word), (with_register.reasons, without.reasons)
    assert with_register.alone is without.word
    assert with_register.reasons[0].startswith(f"{word}：")
    assert with_register.ours is (word is Word.APPENDED)


def test_what_was_appended_to_is_named_and_counted(world):
    reasons = world.judge(with_junk(world.done)).reasons
    assert reasons == [
        "签后有追加：最后一个签名之后，文件又被加上了 27 个字节，这部分没有人签名。",
        "前面签过名的部分就是本门户的会议记录《第一小组例会》，请以门户里的原件为准。",
    ]
    assert world.judge(annotated(world.done)).reasons[2:] == [
        "追加的内容涉及：批注、文件信息、页面。",
        "追加的内容改动了页面、批注、签名位置或文件信息，签署人并不允许。",
    ]


def test_one_flipped_byte_anywhere_is_seen(world):
    for place in range(0, len(world.done), len(world.done) // 12):
        changed = world.done[:place] + bytes([world.done[place] ^ 1]) + world.done[place + 1 :]
        assert world.judge(changed).word is not Word.VALID, place


# ── Our own files ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_finished_file_is_valid_and_says_who_signed_when(world):
    verdict = world.judge(world.done)
    assert (verdict.word, verdict.ours) == (Word.VALID, True)
    assert verdict.reasons == ["有效：与登记簿中的会议记录《第一小组例会》逐字节一致。", "2 个签名全部完好。"]
    assert [(fact.field, fact.name, fact.at, fact.ok) for fact in verdict.signatures] == [
        ("recorder", "李示例", SIGNED, True),
        ("chair", "王示例", SIGNED, True),
    ]
    assert verdict.signatures[0].serial == world.recorder.serial
    assert verdict.signatures[0].sentence == (
        "李示例（属实）于2025年3月3日 09:30签署，签名完好，证书由本门户签发；签署时间由门户的时间标记证明。"
    )


def test_a_quick_look_answers_by_the_hash_alone(world):
    verdict = world.judge(world.done, deep=False)
    assert (verdict.word, verdict.ours, verdict.signatures) == (Word.VALID, True, [])


def test_without_the_register_a_good_file_is_valid_but_not_known_to_be_final(world):
    verdict = world.judge(world.done, registered=None)
    assert (verdict.word, verdict.ours) == (Word.VALID, True)
    assert verdict.reasons[1] == "没有与登记簿比对，是否为最终版本无法确定。"


def test_a_rollback_is_refused_with_the_name_that_is_missing(world):
    assert (
        world.judge(world.half).reasons[0] == "无效：这是会议记录《第一小组例会》签署完成前的版本，还缺王示例的签名。"
    )
    assert world.judge(world.half).ours
    assert world.judge(world.unsigned).word is Word.INVALID
    without = world.judge(world.half, registered=None)
    assert (without.word, without.reasons) == (Word.INVALID, ["无效：签署没有完成，还有 1 个签名位置是空的。"])


def test_an_older_state_with_every_signature_stays_valid(world):
    newer = Registered(
        sha256="0" * 64, kind="会议记录", title="第一小组例会", signers=world.entry.signers, states=(sha(world.done),)
    )
    verdict = world.judge(world.done, registered=lambda _: newer)
    assert (verdict.word, verdict.ours) == (Word.VALID, True)
    assert "较早状态" in verdict.reasons[0]


def test_signed_by_us_but_not_registered_is_not_valid(world):
    other = world.sign(world.half, "chair", world.chair, at=SIGNED + timedelta(hours=1))
    verdict = world.judge(other)
    assert (verdict.word, verdict.ours) == (Word.INVALID, False)
    assert verdict.reasons[0] == "无效：登记簿里没有这份文件。"
    assert all(fact.ok for fact in verdict.signatures)


def test_somebody_else_in_the_expected_place_is_refused(world):
    swapped_names = world.sign(world.half, "chair", world.recorder)
    entry = Registered(sha256=sha(swapped_names), kind="会议记录", title="第一小组例会", signers=world.entry.signers)
    verdict = world.judge(swapped_names, registered=lambda _: entry)
    assert verdict.word is Word.INVALID
    assert "还缺王示例的签名" in verdict.reasons[0]


def test_another_authority_of_the_same_name_is_not_ours(world, tmp_path):
    theirs = World(tmp_path / "theirs")
    verdict = world.judge(theirs.done)
    assert (verdict.word, verdict.ours) == (Word.INVALID, False)
    trouble = "证书不是本门户或受信任的机构签发的，或在签署时不在有效期内。"
    assert verdict.signatures[0].sentence == f"李示例的签名无效：{trouble}"


def test_a_note_in_the_register_is_passed_on(world):
    entry = Registered(
        sha256=sha(world.done),
        kind="会议记录",
        title="第一小组例会",
        signers=world.entry.signers,
        note="已由〔2026〕13号更正",
    )
    assert world.judge(world.done, registered=lambda _: entry).reasons[-1] == "请注意：已由〔2026〕13号更正。"


# ── Time ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_expired_certificate_does_not_spoil_an_old_signature(world):
    with clock.at(SIGNED + timedelta(days=365 * 5)):
        for register in (world.register, None):
            assert examine(world.done, trust=world.authority, registered=register).word is Word.VALID


def test_what_nobody_lengthened_in_time_can_no_longer_be_proved(world):
    with clock.at(SIGNED + timedelta(days=365 * 9)):
        for register in (world.register, None):
            verdict = examine(world.done, trust=world.authority, registered=register)
            assert (verdict.word, verdict.ours) == (Word.INVALID, True)
            assert verdict.reasons[0] == "无效：已经不能再证明签名是在证书有效期内作出的。"


@pytest.mark.long
def test_lengthened_each_year_it_is_valid_after_ten_years_and_each_state_stays_ours(tmp_path):
    own = World(tmp_path / "own")
    states = [own.done]
    for year in range(0, 10, 2):
        states.append(proof.prove(states[-1], own.authority, at=SIGNED + timedelta(days=365 * year)).pdf)
    entry = replace(own.entry, sha256=sha(states[-1]), states=tuple(map(sha, states[:-1])))
    with clock.at(SIGNED + timedelta(days=365 * 10)):
        verdict = examine(states[-1], trust=own.authority, registered=lambda _: entry)
        assert verdict.reasons[:2] == [
            "有效：与登记簿中的会议记录《第一小组例会》逐字节一致。",
            "2 个签名全部完好。另有 5 个存档时间戳，均完好。",
        ]
        assert examine(states[-1], trust=own.authority, registered=None).word is Word.VALID
        older = examine(states[-2], trust=own.authority, registered=lambda _: entry)
        assert (older.word, "较早状态" in older.reasons[0]) == (Word.VALID, True)
        assert examine(states[1], trust=own.authority, registered=lambda _: entry).word is Word.INVALID


@pytest.mark.long
def test_no_flipped_bit_in_a_place_of_a_signature_is_overlooked_without_the_register(world):
    """Certificates, padding and version numbers in it are covered by no signature."""
    last = PdfFileReader(io.BytesIO(world.done)).embedded_signatures[-1]
    start, end = int(last.byte_range[1]), int(last.byte_range[2])
    chance = random.Random(7)  # noqa: S311 - the same places each time
    for _ in range(25):
        place, bit = chance.randrange(start, end), 1 << chance.randrange(8)
        changed = world.done[:place] + bytes([world.done[place] ^ bit]) + world.done[place + 1 :]
        assert world.judge(changed, registered=None).word is not Word.VALID, (place, bit)


def test_a_paper_of_another_portal_is_known_by_the_certificates_that_came_with_it(world, tmp_path):
    theirs = World(tmp_path / "theirs")
    own = theirs.authority
    foreign = verdicts.Foreign(own.own)
    assert world.judge(theirs.done, registered=theirs.register).word is Word.INVALID
    verdict = world.judge(theirs.done, registered=theirs.register, foreign=[foreign])
    assert verdict.word is Word.VALID, verdict.reasons
    assert world.judge(world.done, foreign=[foreign]).word is Word.VALID
    assert world.judge(with_junk(theirs.done), registered=None, foreign=[foreign]).word is Word.APPENDED


def test_withdrawing_a_certificate_spoils_only_what_comes_after(tmp_path):
    own = World(tmp_path / "own")
    own.authority.revoke(own.chair.serial, at=SIGNED + timedelta(days=1))
    assert own.judge(own.done).word is Word.VALID
    own.authority.revoke(own.recorder.serial, at=SIGNED - timedelta(days=1))
    verdict = own.judge(own.done)
    assert verdict.word is Word.INVALID
    assert "证书在签署时已被吊销" in verdict.signatures[0].sentence


def test_a_signature_from_the_future_is_refused(world):
    with clock.at(SIGNED - timedelta(days=2)):
        verdict = examine(world.done, trust=world.authority, registered=world.register)
    assert verdict.word is Word.INVALID
    assert "签署时间在将来" in verdict.signatures[0].sentence


# ── What is no signed paper at all ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "无效：这不是 PDF 文件，请上传门户下载的 PDF 原件。"),
        (b"<html>%PDF</html>", "无效：这不是 PDF 文件，请上传门户下载的 PDF 原件。"),
        (b"%PDF-1.7\n" + b"x" * 500, "无效：文件已损坏或不是完整的 PDF 文件，无法读取其中的签名。"),
        (b"%PDF-1.7" + bytes(verify.LARGEST), "无效：文件太大：核验最大支持 50 MB 的文件。"),
    ],
)
def test_what_cannot_be_read_says_why(world, content, reason):
    verdict = world.judge(content)
    assert (verdict.word, verdict.ours, verdict.reasons) == (Word.INVALID, False, [reason])


def test_cut_off_anywhere_the_file_is_invalid_and_nothing_breaks(world):
    for length in range(1000, len(world.done), len(world.done) // 17):
        assert world.judge(world.done[:length]).word is not Word.VALID


def test_an_encrypted_file_is_refused(world):
    from pyhanko.pdf_utils.writer import copy_into_new_writer

    writer = copy_into_new_writer(PdfFileReader(io.BytesIO(world.unsigned)))
    writer.encrypt("secret")
    out = io.BytesIO()
    writer.write(out)
    assert world.judge(out.getvalue()).reasons == ["无效：文件加了密，无法核验。门户签发的文件从不加密。"]


def test_a_bomb_is_refused_at_once(world):
    packed = zlib.compress(bytes(210 * 1024 * 1024), 9)
    bomb = world.done + b"9999 0 obj\n<</Filter /FlateDecode>>\nstream\n" + packed + b"\nendstream\nendobj\n%%EOF\n"
    assert world.judge(bomb).reasons == ["无效：文件解压后过大，可能是恶意文件，已停止核验。"]


def test_a_pdf_without_signatures_is_no_proof(world):
    plain = stamps.stamp("李示例", "记录人", SIGNED)
    assert world.judge(plain).reasons == ["无效：这份 PDF 没有电子签名，登记簿里也没有它。"]
    assert world.judge(plain, registered=None).reasons == ["无效：这份 PDF 没有电子签名。"]


def test_a_registered_paper_that_needs_no_signature_is_valid(world):
    plain = stamps.stamp("李示例", "记录人", SIGNED)
    entry = Registered(sha256=sha(plain), kind="会议通知", title="例会")
    assert world.judge(plain, registered=lambda _: entry).reasons[1] == "这份文件无须签名。"
