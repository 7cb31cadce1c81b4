import io
from datetime import timedelta

import pypdfium2
import pytest
import sqlalchemy as sa
import time_machine

from portal.db import clock
from portal.db.engine import db
from portal.db.journal import JournalEntry
from portal.documents import registry, verdicts, verify
from portal.documents.pki import keys as pki_keys
from portal.documents.pki import signing as pki_signing
from portal.errors import Refused
from portal.files import store
from portal.people.keys import operations as keys
from portal.people.keys import queries, signing
from portal.people.models.keys import KeyState, SigningKey
from portal.people.sessions import operations as sessions

PIN, OTHER_PIN, PASSWORD = "246810", "135791", "river-stone-lamp"


def blank_pdf():
    pdf = pypdfium2.PdfDocument.new()
    pdf.new_page(595, 842)
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


@pytest.fixture
def signers(people):
    """A recorder and a chair with keys."""
    for user in (people.recorder, people.chair):
        keys.make_key(user, PIN, by=user)
    db.session.commit()
    return people


@pytest.fixture
def document(signers):
    """Minutes that the recorder and then the chair are to sign."""
    fields = [("recorder", "记录人", signers.recorder), ("chair", "主持人", signers.chair)]
    pdf = pki_signing.prepare_fields(blank_pdf(), [pki_signing.Field(name, label) for name, label, _ in fields])
    made = registry.enter(
        registry.PaperKind.minutes, "周例会纪要", "〔2026〕1号", pdf,
        [registry.Signer(user, label, name) for name, label, user in fields], by=None,
    )  # fmt: skip
    db.session.commit()
    return made


@pytest.fixture
def officer(people):
    sessions.set_password(people.officer, PASSWORD, by=None)
    db.session.commit()
    return people.officer


def make(browser, **changes):
    return browser.post("/account/signature", data={"pin": PIN, "again": PIN, "current": PASSWORD, **changes})


def key_of(user):
    db.session.rollback()
    db.session.expire_all()
    return queries.signing_key(user)


def test_everybody_signs_in_turn_and_the_paper_is_ours(document, signers):
    signing.sign_paper(document, pin=PIN, by=signers.recorder)
    signing.sign_paper(document, pin=PIN, by=signers.chair)
    db.session.commit()
    assert document.is_complete
    assert [one.serial for one in document.signatures] == [
        queries.signing_key(user).serial for user in (signers.recorder, signers.chair)
    ]
    assert [one.label for one in document.states] == [
        "生成", "记录人 记录示例 签名", "主持人 主持示例 签名", "存档时间戳",
    ]  # fmt: skip
    verdict = verify.examine(store.read(document.file), trust=queries.authority(), registered=None)
    assert verdict.word is verdicts.Word.VALID


def test_nobody_signs_out_of_turn(document, signers):
    with pytest.raises(Refused, match="现在轮到记录示例签名，还没有轮到您。"):
        signing.sign_paper(document, pin=PIN, by=signers.chair)


def test_a_finished_paper_is_not_signed_again(document, signers):
    for user in (signers.recorder, signers.chair):
        signing.sign_paper(document, pin=PIN, by=user)
    with pytest.raises(Refused, match="已经全部完成"):
        signing.sign_paper(document, pin=PIN, by=signers.chair)


def test_the_mark_is_drawn_on_other_papers(signers):
    from portal.documents.paper import content, renderer

    sheet = content.RecordPaper(
        title="会议记录", date=clock.today(), time_text="09:00", place="301会议室",
        chair="主持示例", recorder="记录示例",
        items=[content.RecordItem("上次交办事项", said=[("张示例", "已办结。")])],
    )  # fmt: skip
    pdf = renderer.render("record.html", paper=sheet, made_at=clock.now())
    pdf = pki_signing.prepare_fields(pdf, [pki_signing.Field("recorder", "记录人", anchor="sign-recorder")])
    signer = registry.Signer(signers.recorder, "记录人", "recorder")
    document = registry.enter(registry.PaperKind.record, "会议记录", "", pdf, [signer], by=None)
    signing.sign_paper(document, pin=PIN, by=signers.recorder)
    assert document.is_complete


def test_a_wrong_pin_signs_nothing(document, signers):
    with pytest.raises(Refused, match="签名口令不正确，还可以再试 4 次。"):
        signing.sign_paper(document, pin="000000", by=signers.recorder)
    assert document.next_signature.name == "记录示例"


def test_without_a_key_one_is_told_where_to_make_it(document, signers):
    document.signatures[0].user_id = signers.officer.id
    with pytest.raises(Refused, match="您还没有设置签名。"):
        signing.sign_paper(document, pin=PIN, by=signers.officer)


def test_an_expired_certificate_does_not_sign(document, signers):
    with (
        time_machine.travel(clock.now() + timedelta(days=4 * 366), tick=False),
        pytest.raises(Refused, match="您的签名证书已到期。"),
    ):
        signing.sign_paper(document, pin=PIN, by=signers.recorder)


@pytest.mark.parametrize("htmx", [False, True])
def test_a_person_makes_a_key_on_the_account_page(officer, as_, htmx):
    browser = as_(officer, htmx=htmx)
    assert make(browser).status_code == (204 if htmx else 303)
    key = key_of(officer)
    assert pki_keys.check_pin(key.p12, PIN)
    assert "BEGIN CERTIFICATE" in as_(officer).get("/account").text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"current": "wrong"}, "当前密码不正确，请重新输入。"),
        ({"again": "111111"}, "两次填写的不一致，请重新填写。"),
        ({"pin": "12345", "again": "12345"}, "至少 6 位。"),
        ({"pin": PASSWORD, "again": PASSWORD}, "签名口令不能与登录密码相同，请换一个。"),
    ],
)
def test_a_key_is_not_made_carelessly(officer, as_, changes, sentence):
    answer = make(as_(officer), **changes)
    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert key_of(officer) is None


def test_a_new_key_withdraws_the_old_one(officer, as_):
    browser = as_(officer)
    make(browser)
    first = key_of(officer)
    make(browser, pin=OTHER_PIN, again=OTHER_PIN)
    second = key_of(officer)
    assert second.id != first.id
    assert db.session.get(SigningKey, first.id).state is KeyState.replaced
    assert first.serial in queries.authority()._revocations()


def test_the_pin_is_changed(officer, as_):
    browser = as_(officer)
    make(browser)
    data = {"old": PIN, "pin": OTHER_PIN, "again": OTHER_PIN}
    assert browser.post("/account/signature/pin", data=data).status_code == 303
    key = key_of(officer)
    assert (pki_keys.check_pin(key.p12, PIN), pki_keys.check_pin(key.p12, OTHER_PIN)) == (False, True)


def test_five_wrong_pins_lock_the_key_until_a_new_one_is_made(officer, as_):
    browser = as_(officer)
    make(browser)
    wrong, right = ({"old": pin, "pin": OTHER_PIN, "again": OTHER_PIN} for pin in ("000000", PIN))
    answers = [browser.post("/account/signature/pin", data=wrong) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [422] * 5
    assert "还可以再试 1 次。" in answers[3].text
    assert "签名已锁定" in answers[4].text
    assert key_of(officer).state is KeyState.locked
    assert browser.post("/account/signature/pin", data=right).status_code == 409
    refusals = sa.select(sa.func.count()).where(JournalEntry.deed == "people.try_pin", JournalEntry.refused)
    assert db.session.scalar(refusals) == 5
    make(browser)
    assert key_of(officer).state is KeyState.ready


def test_a_right_pin_forgets_the_wrong_ones(officer, as_):
    browser = as_(officer)
    make(browser)
    for _ in range(4):
        browser.post("/account/signature/pin", data={"old": "000000", "pin": OTHER_PIN, "again": OTHER_PIN})
    assert key_of(officer).tries == 4
    browser.post("/account/signature/pin", data={"old": PIN, "pin": OTHER_PIN, "again": OTHER_PIN})
    assert key_of(officer).tries == 0
