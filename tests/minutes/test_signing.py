"""Who signs minutes: several in order on one file, a deputy, the office's seal, a platform elsewhere; the data."""

import io
import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from importlib.resources import files
from time import sleep

import jsonschema
import pytest
from cast import by_itself
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from fixed_clock import at_its_hand
from minutes_stage import PIN, drafted, reviewed, with_key

from portal.db import clock
from portal.db.engine import db
from portal.db.office import office
from portal.documents import registry, verify
from portal.documents.pki import authority as pki_authority
from portal.documents.pki import keys
from portal.documents.registry import SignatureState
from portal.errors import Refused
from portal.files import store
from portal.minutes import data
from portal.minutes.models.minutes import MinutesState
from portal.minutes.reading import queries as reading_queries
from portal.minutes.signing import operations as signing
from portal.minutes.signing import signers
from portal.minutes.signoff import operations as signoff
from portal.minutes.text import live
from portal.minutes.text import operations as text
from portal.minutes.text import queries as text_queries
from portal.people.deputies import operations as deputies
from portal.people.keys import signing as keys_signing
from portal.people.keys.queries import authority
from portal.people.models.roles import Part
from portal.records.decisions import queries as records


def laid_out(minutes, people):
    reviewed(minutes, people)
    by_itself("minutes.render")
    return drafted(minutes.meeting)


def verdict(minutes):
    return verify.examine(store.read(minutes.document.file), trust=authority(), registered=None)


@pytest.mark.long
def test_several_sign_in_order_and_the_seal_stands_last(minutes, people, series):
    signers.set_signing(series, [people.chair], visible=True, sealed=True, by=people.secretary)
    minutes = laid_out(minutes, people)
    for person in (people.chair, people.signatory):
        with_key(person)
    db.session.commit()
    with pytest.raises(Refused, match="现在轮到主持示例签名"):
        signing.sign(minutes, PIN, by=people.signatory)
    db.session.rollback()
    minutes = drafted(minutes.meeting)
    assert [one.id for one in reading_queries.awaiting(people.chair)] == [minutes.id]
    assert not reading_queries.awaiting(people.signatory)
    signing.sign(minutes, PIN, by=people.chair)
    assert minutes.state is MinutesState.to_sign
    assert [one.id for one in reading_queries.awaiting(people.signatory)] == [minutes.id]
    signing.sign(minutes, PIN, by=people.signatory)
    db.session.commit()
    assert minutes.state is MinutesState.signed
    assert [(one.role, one.name) for one in minutes.document.signatures] == [
        ("会签人", "主持示例"), ("签发人", "签发示例"), (registry.SEAL, office.organisation),
    ]  # fmt: skip
    found = verdict(minutes)
    assert found.valid, found.reasons
    assert [one.field for one in found.signatures][:3] == ["sign-further-1", "sign-signatory", "sign-seal"]
    assert [one.role for one in minutes.sheet.opinions] == ["审核人", "会签人", "签发人"]


@pytest.mark.long
def test_who_countersigns_is_asked_to_countersign_and_learns_who_is_next(minutes, people, series, as_):
    signers.set_signing(series, [people.chair], visible=False, sealed=False, by=people.secretary)
    minutes = laid_out(minutes, people)
    with_key(people.chair)
    chair, page = as_(people.chair), f"/minutes/{minutes.id}"
    for address, words in ((page, "阅读并会签"), (f"{page}/signature", "会签纪要"), ("/", "请会签：")):
        assert (address, words in chair.get(address).text) == (address, True)
    assert chair.post(f"{page}/signature", data={"pin": PIN, "version": minutes.version}).status_code == 303
    assert "已签名，转签发人签发示例。" in chair.get(page).text
    signatory = as_(people.signatory).get(page).text
    assert ("阅读并签发" in signatory, "阅读并会签" in signatory) == (True, False)


def test_who_signs_last_is_not_asked_to_sign_before(people, series):
    with pytest.raises(Refused, match="不用再列为会签人"):
        signers.set_signing(series, [people.signatory], visible=False, sealed=False, by=people.secretary)
    with pytest.raises(Refused, match="只能签一次"):
        signers.set_signing(series, [people.chair, people.chair], visible=False, sealed=False, by=people.secretary)


def test_a_deputy_signs_in_the_signatorys_stead_and_that_is_shown(minutes, people, as_):
    minutes = laid_out(minutes, people)
    deputies.name_deputy(
        people.signatory, people.chair, starts=clock.today(), ends=clock.today() + timedelta(days=3),
        parts=[Part.sign], by=people.signatory,
    )  # fmt: skip
    with_key(people.chair)
    db.session.commit()
    assert "您代签发示例签发" in as_(people.chair).get(f"/minutes/{minutes.id}/signature").text
    assert "您代" not in as_(people.signatory).get(f"/minutes/{minutes.id}/signature").text
    db.session.expire_all()
    signing.sign(minutes, PIN, by=people.chair)
    signature = minutes.document.signatures[0]
    assert (signature.name, signature.for_name, signature.user_id) == ("主持示例", "签发示例", people.signatory.id)
    assert "签发人 主持示例 代签发示例签名" in [one.label for one in minutes.document.states]
    assert verdict(minutes).valid


def test_after_the_last_day_the_deputy_signs_no_more(minutes, people):
    minutes = laid_out(minutes, people)
    deputies.name_deputy(
        people.signatory, people.chair, starts=clock.today(), ends=clock.today() + timedelta(days=1),
        parts=[Part.sign], by=people.signatory,
    )  # fmt: skip
    with_key(people.chair)
    db.session.commit()
    db.session.expire_all()
    with clock.at(clock.now() + timedelta(days=2)), pytest.raises(Refused, match="还没有轮到您"):
        signing.sign(minutes, PIN, by=people.chair)


def test_what_is_given_back_is_refused_in_the_register(minutes, people):
    minutes = laid_out(minutes, people)
    document = minutes.document
    signoff.return_(minutes, "第二段不妥。", by=people.signatory)
    assert (document.withdrawn, document.signatures[0].state) == (True, SignatureState.refused)


# ── a platform elsewhere ───────────────────────────────────────────────────────────────────────────────────────────


class Platform:
    """Another house with its own authority; OpenSSL signs what it is handed."""

    def __init__(self, folder):
        self.folder = folder
        self.house = pki_authority.Authority.at(folder / "house", since=clock.now() - timedelta(days=30))

    def sign(self, data, name):
        made = keys.open_key(self.house.issue_person(name, "x", PIN).p12, PIN)
        key = made.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        for file, content in (
            ("data", data), ("key", key), ("certificate", made.certificate.public_bytes(Encoding.PEM)),
            ("chain", self.house.issuing.public_bytes(Encoding.PEM)),
        ):  # fmt: skip
            (self.folder / file).write_bytes(content)
        files = "-in data -signer certificate -inkey key -certfile chain"
        command = f"openssl cms -sign -binary {files} -outform DER -cades"
        return subprocess.run(at_its_hand(*command.split()), cwd=self.folder, check=True, capture_output=True).stdout


def brought(minutes, cms, *, by):
    """Signatures that were made elsewhere, checked and put in."""
    return signing.sign_outside(minutes, signing.begin_outside(minutes, cms, by=by).made(), by=by)


@pytest.fixture
def platform(tmp_path, monkeypatch):
    made = Platform(tmp_path)
    trusted = pki_authority.Authority(authority().folder, outside=made.house.folder / "root.pem")
    monkeypatch.setattr("portal.people.keys.queries.authority", lambda: trusted)
    return made


def test_a_platform_elsewhere_signs_what_it_is_handed(minutes, people, platform):
    minutes = laid_out(minutes, people)
    signing.prepare_outside(minutes, by=people.signatory)
    holes = keys_signing.hole_of(minutes.sheet.document), keys_signing.hole_of(minutes.document)
    signed = [platform.sign(hole.covered, "签发示例") for hole in holes]
    brought(minutes, signed, by=people.signatory)
    assert minutes.state is MinutesState.signed
    trust = pki_authority.Authority(authority().folder, outside=platform.house.folder / "root.pem")
    for document in (minutes.document, minutes.sheet.document):
        found = verify.examine(store.read(document.file), trust=trust, registered=None)
        assert found.valid, found.reasons


def test_what_comes_back_is_checked_before_it_is_put_in(minutes, people, platform):
    minutes = laid_out(minutes, people)
    with pytest.raises(Refused, match="重新准备待签数据"):
        brought(minutes, [b"x", b"x"], by=people.signatory)
    db.session.rollback()
    minutes = drafted(minutes.meeting)
    signing.prepare_outside(minutes, by=people.signatory)
    db.session.commit()
    covered = keys_signing.hole_of(minutes.document).covered
    of_sheet = platform.sign(keys_signing.hole_of(minutes.sheet.document).covered, "签发示例")
    (platform.folder / "stranger").mkdir()
    stranger = Platform(platform.folder / "stranger")
    for cms, sentence in (
        (b"nothing", "这不是签名文件"),
        (platform.sign(b"another text", "签发示例"), "与这份文件的待签数据不一致"),
        (platform.sign(covered, "外人示例"), "与您的姓名不一致"),
        (stranger.sign(covered, "签发示例"), "签名证书不受信任"),
    ):
        with pytest.raises(Refused, match=sentence):
            brought(minutes, [of_sheet, cms], by=people.signatory)
        db.session.rollback()
        minutes = drafted(minutes.meeting)
        assert minutes.state is MinutesState.to_sign


@pytest.mark.long
def test_the_reviewer_signs_an_opinion_on_a_platform_elsewhere(minutes, people, platform, as_):
    signoff.submit(minutes, by=people.recorder)
    db.session.commit()
    by_itself("minutes.render_sheet")
    reviewer, page = as_(people.reviewer), f"/minutes/{minutes.id}/outside"
    assert page in reviewer.get(f"/minutes/{minutes.id}/review").get_data(as_text=True)
    assert reviewer.get(f"{page}/sheet/data").status_code == 409
    too_long = reviewer.post(f"{page}/preparation", data={"text": "同意。" * 500})
    assert (too_long.status_code, "同意。" * 500 in too_long.get_data(as_text=True)) == (409, True)
    assert reviewer.post(f"{page}/preparation", data={"text": "内容属实，同意送签。"}).status_code == 303
    shown = reviewer.get(page).get_data(as_text=True)
    assert ("内容属实，同意送签。" in shown, "纪要的签名文件" in shown) == (True, False)
    cms = platform.sign(reviewer.get(f"{page}/sheet/data").data, "审核示例")
    assert as_(people.signatory).get(page).status_code == 403
    answer = reviewer.post(f"{page}/signature", data={"sheet": (io.BytesIO(cms), "审签单.p7s"), "version": 1})
    assert "有变动" in answer.get_data(as_text=True)
    version = drafted(minutes.meeting).version
    answer = reviewer.post(f"{page}/signature", data={"sheet": (io.BytesIO(cms), "审签单.p7s"), "version": version})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    db.session.expire_all()
    minutes = drafted(minutes.meeting)
    assert (minutes.state, minutes.number) == (MinutesState.to_sign, 1)
    assert [(one.role, one.text) for one in minutes.sheet.opinions] == [("审核人", "内容属实，同意送签。")]
    trust = pki_authority.Authority(authority().folder, outside=platform.house.folder / "root.pem")
    [signature] = verify.examine(store.read(minutes.sheet.document.file), trust=trust, registered=None).signatures
    assert (signature.name, signature.reason) == ("审核示例", "审核人，审核通过：内容属实，同意送签。")


@pytest.fixture
def handed_out(minutes, people):
    """Minutes whose reviewer has an opinion lying with a platform elsewhere."""
    signoff.submit(minutes, by=people.recorder)
    db.session.commit()
    by_itself("minutes.render_sheet")
    signing.prepare_outside(drafted(minutes.meeting), "同意送签。", by=people.reviewer)
    db.session.commit()
    return drafted(minutes.meeting)


def test_nobody_waits_while_what_was_signed_elsewhere_is_checked(app, handed_out, people, platform, as_):
    """The platform's root certificate is read through a pipe: the check lasts until the test has written it."""
    cms = platform.sign(keys_signing.hole_of(handed_out.sheet.document).covered, "审核示例")
    root, page = platform.house.folder / "root.pem", f"/minutes/{handed_out.id}"
    certificate = root.read_bytes()
    root.unlink()
    os.mkfifo(root)
    reviewer, recorder = as_(people.reviewer), as_(people.recorder)
    bringing = {"sheet": (io.BytesIO(cms), "审签单.p7s"), "version": handed_out.version}

    def bring():
        with app.app_context():
            return reviewer.post(f"{page}/outside/signature", data=bringing)

    db.session.remove()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(bring)
        with os.fdopen(opened_for_reader(root, answer), "wb") as pipe:
            meanwhile = recorder.post(f"{page}/comments", data={"place": 1, "text": "此处请再核。"})
            pipe.write(certificate)
        assert (meanwhile.status_code, answer.result().status_code) == (303, 409)
    assert "还有 1 条批注没有处理" in answer.result().text
    assert reading_queries.minutes(handed_out.id).state is MinutesState.in_review


def opened_for_reader(pipe, until):
    """A pipe to write to, once somebody reads from it."""
    while not until.done():
        with suppress(OSError):
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        sleep(0.01)
    pytest.fail(f"nobody reads it: {until.result()}")


def test_what_was_prepared_anew_while_the_signature_was_checked_is_not_signed(handed_out, people, platform):
    cms = platform.sign(keys_signing.hole_of(handed_out.sheet.document).covered, "审核示例")
    acted = signing.begin_outside(handed_out, [cms], by=people.reviewer).made()
    signing.prepare_outside(handed_out, "另有意见。", by=people.reviewer)
    with pytest.raises(Refused, match="待签数据重新准备过"):
        signing.sign_outside(handed_out, acted, by=people.reviewer)
    assert handed_out.state is MinutesState.in_review


def test_what_lies_with_a_platform_elsewhere_counts_only_for_the_text_it_was_about(minutes, people, platform):
    assert live.is_live(minutes.text)
    signoff.submit(minutes, by=people.recorder)
    db.session.commit()
    by_itself("minutes.render_sheet")
    minutes = drafted(minutes.meeting)
    signing.prepare_outside(minutes, by=people.reviewer)
    cms = platform.sign(keys_signing.hole_of(minutes.sheet.document).covered, "审核示例")
    action = records.actions_of(minutes.meeting)[0]
    action.title = "补办全部土地手续"
    db.session.commit()
    minutes = drafted(minutes.meeting)
    with pytest.raises(Refused, match="有了变动，没有签上"):
        brought(minutes, [cms], by=people.reviewer)
    db.session.rollback()
    assert drafted(minutes.meeting).state is MinutesState.in_review


def test_the_record_is_read_back_from_its_paper_and_fits_its_schema(minutes, people):
    text.edit(minutes, minutes.text, None, by=people.recorder, attachments="清单\n台账")
    minutes = laid_out(minutes, people)
    pdf = store.read(minutes.document.file)
    content = data.embedded_in(pdf)
    jsonschema.validate(json.loads(content), json.loads((files("portal.minutes") / "minutes.schema.json").read_text()))
    facts = data.read_back(pdf)
    meeting = minutes.meeting
    assert facts == data.read(content)
    assert (facts.number, facts.title, facts.series, facts.day) == (
        minutes.number_text, minutes.title, meeting.series.name, meeting.day,
    )  # fmt: skip
    assert (facts.text, facts.attachments) == (text_queries.words(minutes), ("清单", "台账"))
    assert [(one.title, one.outcome) for one in facts.items] == [(one.title, one.state.value) for one in meeting.items]
    [task] = [task for item in facts.items for task in item.tasks]
    assert (task.lead, task.support, task.responsible, task.decision) == (
        "市工业和信息化局", ("市司法局",), "服务示例", "同意补办土地手续",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"{", "数据损坏"),
        (b"[]", "数据损坏"),
        (b'{"schema": "minutes/1"}', "请用相应版本"),
        (b'{"schema": "minutes/2"}', "缺少 meeting"),
    ],
)
def test_what_cannot_be_read_back_says_why(content, sentence):
    with pytest.raises(data.Unreadable, match=sentence):
        data.read(content)


def test_a_paper_of_others_carries_no_minutes():
    with pytest.raises(data.Unreadable, match="打不开"):
        data.read_back(b"%PDF-1.7")
