"""The authority, people's keys and signatures; read back by poppler's pdfsig, which shares no code with us."""

import asyncio
import io
import re
import stat
import subprocess
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from PIL import Image
from pyhanko.pdf_utils.reader import PdfFileReader

from portal.documents import verify
from portal.documents.paper import content, pdf_pages, renderer
from portal.documents.paper import stamps as paper_stamps
from portal.documents.pki import authority as pki_authority
from portal.documents.pki import errors, keys, signing, timemarks
from portal.documents.pki import proof as pki_proof

FOUNDED = datetime(2025, 1, 6, 1, 0, tzinfo=UTC)
SIGNED = datetime(2025, 3, 3, 1, 30, tzinfo=UTC)
PIN = "246810"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return pki_authority.Authority.at(tmp_path_factory.mktemp("authority"), since=FOUNDED)


@pytest.fixture(scope="module")
def chair(authority):
    return authority.issue_person("王示例", "wang", PIN, not_before=FOUNDED)


@pytest.fixture(scope="module")
def recorder(authority):
    return authority.issue_person("李示例", "li", "135790", not_before=FOUNDED)


@pytest.fixture(scope="module")
def record():
    sheet = content.RecordPaper(
        title="第一小组例会会议记录",
        date=FOUNDED.date(),
        time_text="09:00",
        place="301会议室",
        chair="王示例",
        recorder="李示例",
        items=[content.RecordItem("上次交办事项", said=[("张示例", "已办结。")])],
    )
    return renderer.render("record.html", paper=sheet, made_at=SIGNED)


FIELDS = (
    signing.Field("recorder", "记录人", anchor="sign-recorder"),
    signing.Field("chair", "主持人", anchor="sign-chair"),
)


def signed(pdf, authority, key, field, pin=PIN, **more):
    return signing.sign(
        pdf,
        keys.open_key(key.p12, pin),
        authority=authority,
        field=field,
        name="王示例",
        reason="同意",
        location="开封",
        at=SIGNED,
        **more,
    )


def pdfsig(pdf, tmp_path):
    path = tmp_path / "signed.pdf"
    path.write_bytes(pdf)
    return subprocess.run(
        ["pdfsig", "-nocert", str(path)], capture_output=True, text=True, check=False, env={"TZ": "Asia/Shanghai"}
    ).stdout


def test_the_authority_is_made_once_and_its_files_are_nobody_elses(authority):
    before = authority.fingerprint
    assert pki_authority.Authority.at(authority.folder).fingerprint == before
    assert {stat.S_IMODE(path.stat().st_mode) for path in authority.folder.glob("*.*") if path.name != ".lock"} == {
        0o600
    }
    assert stat.S_IMODE(authority.folder.stat().st_mode) == 0o700


def test_a_person_is_certified_by_root_and_issuing_certificate(authority, chair):
    certificate = x509.load_pem_x509_certificate(chair.certificate_pem)
    certificate.verify_directly_issued_by(authority.issuing)
    authority.issuing.verify_directly_issued_by(authority.root)
    assert f"{certificate.serial_number:x}" == chair.serial
    assert certificate.subject.rfc4514_string() == "UID=wang,CN=王示例,O=首席服务官周例会门户,C=CN"
    assert certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False


def test_only_the_right_pin_opens_a_key(chair):
    assert keys.check_pin(chair.p12, PIN)
    for wrong in ("", "246811", "２４６８１０"):
        assert not keys.check_pin(chair.p12, wrong)
    with pytest.raises(errors.WrongPin):
        keys.open_key(chair.p12, "000000")


def test_a_new_pin_opens_the_same_key(chair):
    changed = keys.change_pin(chair.p12, PIN, "新口令8642")
    assert not keys.check_pin(changed, PIN)
    assert keys.open_key(changed, "新口令8642").certificate == keys.open_key(chair.p12, PIN).certificate
    with pytest.raises(errors.WrongPin):
        keys.change_pin(chair.p12, "000000", "1")


def test_pdfsig_reads_one_signature_as_valid(authority, chair, record, tmp_path):
    fields = signing.prepare_fields(record, [signing.Field("only")])
    said = pdfsig(signed(fields, authority, chair, "only"), tmp_path)
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    assert "Signer Certificate Common Name: 王示例" in said
    assert "Signing Time: Mar 03 2025 09:30:00" in said
    assert "ETSI.CAdES.detached" in said


def test_two_people_sign_in_turn_and_the_last_one_locks(authority, chair, recorder, record, tmp_path):
    prepared = signing.prepare_fields(record, FIELDS)
    with pytest.raises(errors.CannotSign, match="还没有轮到"):
        signed(prepared, authority, chair, "chair")
    once = signed(prepared, authority, recorder, "recorder", pin="135790")
    with pytest.raises(errors.CannotSign, match="已经签过名"):
        signed(once, authority, recorder, "recorder", pin="135790")
    twice = signed(once, authority, chair, "chair")
    assert twice.startswith(once)
    assert once.startswith(prepared)
    said = pdfsig(twice, tmp_path)
    assert said.count("Signature is Valid") == 2
    assert said.count("Total document signed") == 1


def test_there_is_no_signing_what_has_no_such_place(authority, chair, record):
    with pytest.raises(errors.CannotSign, match="没有“nobody”"):
        signed(signing.prepare_fields(record, FIELDS), authority, chair, "nobody")
    with pytest.raises(errors.CannotSign, match="签名位置"):
        signing.prepare_fields(record, [signing.Field("x", anchor="nowhere")])
    with pytest.raises(errors.CannotSign, match="完整的 PDF"):
        signed(b"%PDF-1.7 nothing", authority, chair, "x")


def test_a_certificate_cannot_sign_before_it_was_issued(authority, record):
    late = authority.issue_person("赵示例", "zhao", PIN, not_before=SIGNED + timedelta(days=1))
    with pytest.raises(errors.CannotSign, match="这个时间不能使用"):
        signed(signing.prepare_fields(record, FIELDS), authority, late, "recorder")


def test_a_withdrawn_certificate_signs_no_more(tmp_path, record):
    authority = pki_authority.Authority.at(tmp_path / "other", since=FOUNDED)
    gone = authority.issue_person("孙示例", "sun", PIN, not_before=FOUNDED)
    authority.revoke(gone.serial, at=SIGNED - timedelta(days=1))
    with pytest.raises(errors.CannotSign):
        signed(signing.prepare_fields(record, FIELDS), authority, gone, "recorder")


def test_a_visible_signature_stands_in_its_box(authority, recorder, record):
    mark = paper_stamps.stamp("李示例", "记录人", SIGNED)
    pdf = signed(signing.prepare_fields(record, FIELDS), authority, recorder, "recorder", pin="135790", appearance=mark)
    field = PdfFileReader(io.BytesIO(pdf)).root["/AcroForm"]["/Fields"][0]
    left, bottom, right, top = (float(number) * 25.4 / 72 for number in field["/Rect"])
    assert (right - left, top - bottom) == pytest.approx((44, 14), abs=0.5)
    picture = Image.open(io.BytesIO(list(pdf_pages.pictures(pdf, dpi=144))[-1])).convert("L")
    corners = (left + 1, 297 - top + 1, right - 1, 297 - bottom - 1)
    inside = picture.crop([round(side * 144 / 25.4) for side in corners])
    assert inside.getextrema()[0] < 100


def test_pages_hashes_and_revocation_lists_are_all_inside_one_revision(authority, chair, record):
    fields = signing.prepare_fields(record, [signing.Field("only")])
    pdf = signed(fields, authority, chair, "only")
    assert pdf.count(b"%%EOF") == fields.count(b"%%EOF") + 1
    start, _, second, rest = (
        int(number) for number in re.search(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+)\s*\]", pdf).groups()
    )
    assert (start, second + rest) == (0, len(pdf))
    assert len(pdf) - len(fields) < 40_000


def test_signing_and_verifying_work_where_an_event_loop_is_running(authority, chair, record):
    fields = signing.prepare_fields(record, [signing.Field("only")])

    async def busy():
        return verify.examine(signed(fields, authority, chair, "only"), trust=authority, registered=None)

    assert asyncio.run(busy()).valid


def test_a_signature_takes_a_fifth_of_a_second_at_most(authority, chair, record):
    fields = signing.prepare_fields(record, [signing.Field("only")])
    signed(fields, authority, chair, "only")
    before = time.process_time()
    signed(fields, authority, chair, "only")
    assert time.process_time() - before < 0.2


# ── Archive timestamps ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def finished(authority, chair, record):
    return signed(signing.prepare_fields(record, [signing.Field("only")]), authority, chair, "only")


def test_an_archive_timestamp_is_appended_and_changes_nothing_before_it(authority, finished):
    proof = pki_proof.prove(finished, authority, at=SIGNED)
    assert proof.pdf.startswith(finished)
    assert SIGNED + timedelta(days=365 * 3) < proof.until < SIGNED + timedelta(days=365 * 6)
    verdict = verify.examine(proof.pdf, trust=authority, registered=None)
    assert verdict.valid
    assert [fact.archival for fact in verdict.signatures] == [False, True]
    assert "1 个签名全部完好" in verdict.reasons[0]


def test_each_renewal_proves_for_longer_and_what_ran_out_cannot_be_mended(tmp_path, record):
    authority = pki_authority.Authority.at(tmp_path / "long", since=FOUNDED)
    key = authority.issue_person("王示例", "wang", PIN, not_before=FOUNDED)
    pdf = signed(signing.prepare_fields(record, FIELDS[:1]), authority, key, "recorder")
    proof = pki_proof.prove(pdf, authority, at=SIGNED)
    first = proof
    for years in (4, 8, 12, 16):
        before, proof = proof, pki_proof.prove(proof.pdf, authority, at=SIGNED + timedelta(days=365 * years))
        assert proof.until > before.until
        assert proof.pdf.startswith(before.pdf)
    with pytest.raises(errors.CannotSign, match="已过期"):
        pki_proof.prove(first.pdf, authority, at=SIGNED + timedelta(days=365 * 12))


def test_the_authority_renews_itself_and_what_it_signed_stays_under_it(tmp_path):
    authority = pki_authority.Authority.at(tmp_path / "renewed", since=FOUNDED)
    key = authority.issue_person("王示例", "wang", PIN, not_before=FOUNDED)
    later = FOUNDED + timedelta(days=365 * 10)
    assert authority.renew(later) == []
    renewed = pki_authority.Authority.at(authority.folder)
    assert renewed.issuing.not_valid_after_utc > later + timedelta(days=365 * 10)
    x509.load_pem_x509_certificate(key.certificate_pem).verify_directly_issued_by(renewed.issuing)
    assert renewed.stamping(later)[0] != renewed.stamping(FOUNDED + timedelta(days=1))[0]


def test_without_the_roots_key_the_authority_says_what_it_cannot_renew(tmp_path):
    authority = pki_authority.Authority.at(tmp_path / "away", since=FOUNDED)
    (authority.folder / "root.key").rename(tmp_path / "in the safe")
    assert authority.renew(FOUNDED + timedelta(days=365 * 10)) == ["签发证书"]
    assert authority.issuing.not_valid_after_utc < FOUNDED + timedelta(days=366 * 15)


# ── An outside timestamp authority ─────────────────────────────────────────────────────────────────────────


class Stamper(BaseHTTPRequestHandler):
    """A timestamp authority by RFC 3161 over HTTP, run by another house."""

    authority: pki_authority.Authority

    def do_POST(self):
        asked = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
        answer = timemarks.own_timestamper(self.authority, SIGNED).request_tsa_response(asked).dump()
        self.send_response(200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


@pytest.fixture
def other_house(tmp_path):
    Stamper.authority = pki_authority.Authority.at(tmp_path / "other house", since=FOUNDED)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stamper)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/tsa"
    server.shutdown()
    server.server_close()


def _roots(tmp_path, *authorities):
    bundle = tmp_path / "roots.pem"
    bundle.write_bytes(b"".join((one.folder / "root.pem").read_bytes() for one in authorities))
    return bundle


def test_an_outside_timestamp_authority_says_when(other_house, tmp_path, authority, chair, record):
    ours = pki_authority.Authority(authority.folder, tsa=other_house, outside=_roots(tmp_path, Stamper.authority))
    pdf = signed(signing.prepare_fields(record, [signing.Field("only")]), ours, chair, "only")
    proof = pki_proof.prove(pdf, ours, at=SIGNED)
    verdict = verify.examine(proof.pdf, trust=ours, registered=None)
    assert verdict.valid, verdict.reasons
    stamps = {one.signer_cert.dump() for one in PdfFileReader(io.BytesIO(proof.pdf)).embedded_timestamp_signatures}
    assert stamps == {Stamper.authority.stamping(SIGNED)[0].public_bytes(Encoding.DER)}


def test_a_timestamp_of_a_house_we_do_not_trust_is_refused(other_house, authority, chair, record):
    ours = pki_authority.Authority(authority.folder, tsa=other_house)
    with pytest.raises(errors.CannotSign):
        signed(signing.prepare_fields(record, [signing.Field("only")]), ours, chair, "only")


def test_a_timestamp_authority_that_does_not_answer_leaves_the_paper_unsigned(authority, chair, record):
    ours = pki_authority.Authority(authority.folder, tsa="http://127.0.0.1:9/tsa")
    with pytest.raises(errors.CannotSign, match="没有应答"):
        signed(signing.prepare_fields(record, [signing.Field("only")]), ours, chair, "only")
