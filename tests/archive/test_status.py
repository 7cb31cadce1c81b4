"""What other programs are told: whether a certificate is good, and that a renewed paper still is after ten years."""

import base64
import io
import subprocess
import threading
from datetime import UTC, datetime, timedelta

import pypdfium2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.dss import DocumentSecurityStore
from readers import by_pyhanko_long_term
from werkzeug.serving import make_server

from portal.archive.verifying import operations
from portal.db import clock
from portal.db.engine import db
from portal.documents.pki import authority as pki_authority
from portal.documents.pki import certificates, keys, proof, signing
from portal.jobs import worker
from portal.people.keys import operations as persons
from portal.people.keys.queries import authority, signing_key

SIGNED = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
PIN = "135790"


def asked(client, certificate, issuer):
    question = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1()).build()  # noqa: S303
    written = base64.b64encode(question.public_bytes(Encoding.DER)).decode()
    answer = client.get(f"/verify/status/{written}")
    assert (answer.status_code, answer.mimetype) == (200, "application/ocsp-response")
    return ocsp.load_der_ocsp_response(answer.data)


def test_a_program_asks_where_the_certificate_says_and_learns_when_it_was_withdrawn(client, people):
    persons.make_key(people.signatory, PIN, by=people.signatory)
    db.session.commit()
    own, certificate = authority(), x509.load_pem_x509_certificate(signing_key(people.signatory).certificate.encode())
    (access,) = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    assert access.access_location.value.endswith("/verify/status")
    good = asked(client, certificate, own.issuing)
    assert (good.certificate_status, good.serial_number) == (ocsp.OCSPCertStatus.GOOD, certificate.serial_number)
    assert good.next_update_utc - good.this_update_utc == timedelta(days=certificates.CRL_DAYS)
    own.revoke(f"{certificate.serial_number:x}")
    assert asked(client, certificate, own.issuing).certificate_status is ocsp.OCSPCertStatus.REVOKED


def test_of_certificates_of_others_nothing_is_said(client, people, tmp_path):
    others = pki_authority.Authority.at(tmp_path / "others")
    theirs = others.issue_person("签发示例", "s", PIN)
    certificate = x509.load_pem_x509_certificate(theirs.certificate_pem)
    for issuer in (others.issuing, authority().issuing):
        assert asked(client, certificate, issuer).response_status is ocsp.OCSPResponseStatus.UNAUTHORIZED
    for nonsense in ("MAo=", "不是", "AAAA/../x", "%00"):
        answer = client.get(f"/verify/status/{nonsense}")
        if answer.status_code == 200:
            said = ocsp.load_der_ocsp_response(answer.data).response_status
            assert said is ocsp.OCSPResponseStatus.MALFORMED_REQUEST
        else:
            assert answer.status_code in (400, 404)


OCSP = "application/ocsp-request"


@pytest.fixture
def address(app):
    """Where the portal answers other programs."""
    app.config["WTF_CSRF_ENABLED"] = True  # they know of no token
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.port}/verify/status"
    server.shutdown()
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.mark.parametrize("words", [[], ["-sha256"], ["-no_nonce"]])
def test_openssl_asks_by_post_and_trusts_the_answer(address, people, tmp_path, words):
    own = authority()
    for name in ("root", "issuing"):
        (tmp_path / f"{name}.pem").write_bytes(own.pem(name))
    persons.make_key(people.signatory, PIN, by=people.signatory)
    (tmp_path / "signer.pem").write_text(signing_key(people.signatory).certificate)
    db.session.commit()

    def openssl():
        asking = [
            "openssl", "ocsp", "-url", address, "-CAfile", "root.pem", "-issuer", "issuing.pem", *words,
            "-cert", "signer.pem",
        ]  # fmt: skip
        return subprocess.run(asking, cwd=tmp_path, capture_output=True, text=True, check=False)

    good = openssl()
    assert good.stdout.startswith("signer.pem: good"), good
    assert good.stderr.strip() == "Response verify OK"
    own.revoke(signing_key(people.signatory).serial)
    assert openssl().stdout.startswith("signer.pem: revoked")


def test_what_is_no_question_is_answered_shortly(client, people):
    assert client.post("/verify/status", data={"file": "x"}).status_code == 415
    assert client.post("/verify/status", data=b"0" * 9000, content_type=OCSP).status_code == 413
    said = ocsp.load_der_ocsp_response(client.post("/verify/status", data=b"\0\1", content_type=OCSP).data)
    assert said.response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST


def test_who_asks_too_often_is_told_to_ask_later(client, people):
    def said(**more):
        return ocsp.load_der_ocsp_response(client.post("/verify/status", data=b"\0", content_type=OCSP, **more).data)

    with clock.at(clock.now() + timedelta(hours=1)):
        for _ in range(operations.MOST_QUESTIONS):
            assert said().response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST
        assert said().response_status is ocsp.OCSPResponseStatus.TRY_LATER
        by_get = ocsp.load_der_ocsp_response(client.get("/verify/status/MAo=").data)
        assert by_get.response_status is ocsp.OCSPResponseStatus.TRY_LATER
        elsewhere = said(environ_base={"REMOTE_ADDR": "10.1.1.1"})
        assert elsewhere.response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST
    with clock.at(clock.now() + timedelta(hours=1, minutes=1)):
        assert said().response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST


def test_the_list_is_made_once_a_day_and_when_a_certificate_is_withdrawn(client, people):
    def serials():
        listed = x509.load_der_x509_crl(client.get("/verify/certificates/issuing.crl").data)
        return listed.last_update_utc, [f"{one.serial_number:x}" for one in listed]

    key = authority().issue_person("签发示例", "s", PIN)
    first, withdrawn = serials()
    assert serials() == (first, withdrawn)
    authority().revoke(key.serial)
    assert serials()[1] == [*withdrawn, key.serial]
    with clock.at(clock.now() + timedelta(days=1)):
        worker.run("archive.publish")
        assert serials()[0] > first


def small_paper(own):
    document, out = pypdfium2.PdfDocument.new(), io.BytesIO()
    document.new_page(200, 200)
    document.save(out)
    key = keys.open_key(own.issue_person("签发示例", "s", PIN, not_before=SIGNED).p12, PIN)
    pdf = signing.prepare_fields(out.getvalue(), [signing.Field("signatory")])
    return signing.sign(pdf, key, authority=own, field="signatory", name="签发示例", reason="同意", at=SIGNED)


def test_renewed_each_year_another_program_proves_it_by_the_file_alone_after_ten_years(tmp_path):
    own = pki_authority.Authority.at(tmp_path, since=SIGNED)
    states = [small_paper(own)]
    for year in range(10):
        at = SIGNED + timedelta(days=366 * year, hours=1)
        states.append(proof.prove(states[-1], pki_authority.Authority.at(tmp_path), at=at).pdf)
    own, later = pki_authority.Authority.at(tmp_path), SIGNED + timedelta(days=366 * 9 + 100)
    carried = DocumentSecurityStore.read_dss(PdfFileReader(io.BytesIO(states[-1])))
    assert len(carried.ocsps) >= 10
    assert by_pyhanko_long_term(states[-1], own, later)
    assert not by_pyhanko_long_term(states[1], own, later)  # what nobody renewed


def test_a_certificate_from_before_there_was_such_a_place_still_signs(tmp_path, monkeypatch):
    own = pki_authority.Authority.at(tmp_path, since=SIGNED)
    monkeypatch.setattr("portal.documents.pki.trust.is_asked", lambda _certificate: False)
    pdf = proof.prove(small_paper(own), own, at=SIGNED).pdf
    assert not DocumentSecurityStore.read_dss(PdfFileReader(io.BytesIO(pdf))).ocsps
