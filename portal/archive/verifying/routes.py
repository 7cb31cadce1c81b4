"""Verification, which needs no account."""

import base64
import binascii

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.archive.blueprint import bp
from portal.archive.verifying import forms, operations, queries
from portal.db.engine import reading
from portal.documents import reading as documents_reading
from portal.documents.pki.certificates import DISCLAIMER
from portal.documents.registry import Document
from portal.documents.verdicts import Word
from portal.documents.verify import LARGEST
from portal.people.keys.queries import authority
from portal.web import responses, wording
from portal.web.error_handlers import respond
from portal.web.guards import me, public

STATUS, LONGEST_QUESTION = "/verify/status", 8 * 1024
COLOURS = {Word.VALID.value: "green", Word.APPENDED.value: "amber", Word.INVALID.value: "red"}


@bp.route("/verify", methods=["GET", "POST"])
@public
def bring() -> ResponseReturnValue:
    """核验文件。"""
    form = forms.Bring()
    return _brought(form, None) or responses.show("archive/verifying/verify.html", form=form, disclaimer=DISCLAIMER)


@bp.route("/v/<code>", methods=["GET", "POST"])
@public
def of_code(code: str) -> ResponseReturnValue:
    """扫码核验：这个核验码对应的登记文件。"""
    document = queries.document_of_code(wording.visible(code).upper())
    if document is None:
        return respond("没有这个核验码。请核对文件上的二维码是否完整，或上传文件核验。", 404)
    form = forms.Bring()
    return _brought(form, document) or responses.show(
        "archive/verifying/of_code.html",
        form=form,
        document=document,
        note=queries.note_on(document),
        readable=_may_read(document),
    )


def _brought(form: forms.Bring, sought: Document | None) -> Response | None:
    """Where the answer to a file that was just brought will stand, or None where nothing fitting was."""
    upload = form.file.data
    if not form.ready() or upload is None:
        return None
    examination = form.attempt(
        operations.bring, upload.stream, upload.filename or "", by=me() if current_user.is_authenticated else None,
        address=request.remote_addr or "", once=form.once.data or "", sought=sought,
    )  # fmt: skip
    return responses.done(url_for("archive.show_answer", code=examination.code)) if examination else None


@bp.get("/verify/answers/<code>")
@public
def show_answer(code: str) -> ResponseReturnValue:
    """核验结果。"""
    examination = queries.examination(wording.visible(code))
    if examination is None:
        return respond("没有这次核验，请重新上传文件。", 404)
    return responses.show(
        "archive/verifying/answer.html",
        fragment="archive/verifying/_answer.html",
        examination=examination,
        colour=COLOURS.get(examination.answer.get("word", ""), ""),
        readable=_may_read(examination.document),
        disclaimer=DISCLAIMER,
    )


def _may_read(document: Document | None) -> bool:
    return bool(document is not None and current_user.is_authenticated and documents_reading.read(me(), document))


@bp.get("/verify/how")
@public
def explain() -> ResponseReturnValue:
    """怎样用别的软件核验。"""
    return responses.show("archive/verifying/explain.html", fingerprint=authority().fingerprint, disclaimer=DISCLAIMER)


CERTIFICATES = {
    "root.pem": lambda: authority().pem("root"),
    "chain.pem": lambda: authority().pem("root", "issuing"),
    "issuing.crl": lambda: authority().published(),
    "root.crl": lambda: authority().lasting_lists()[-1],
}


@bp.get("/verify/certificates/<name>")
@public
def certificate(name: str) -> ResponseReturnValue:
    """下载核验用的证书或吊销列表。"""
    if name not in CERTIFICATES:
        return respond("没有这个证书。", 404)
    media_type = "application/pkix-crl" if name.endswith(".crl") else "application/x-pem-file"
    return responses.download(CERTIFICATES[name](), name, media_type)


@bp.get("/verify/status/<path:asked>")
@public
def status(asked: str) -> ResponseReturnValue:
    """证书状态：供其他软件查询一个证书是否已被吊销。"""
    try:
        question = base64.b64decode(asked + "=" * (-len(asked) % 4), validate=True)
    except (ValueError, binascii.Error):
        question = b""
    return _told(question)


@bp.post(STATUS)
@public
def ask_status() -> ResponseReturnValue:
    """证书状态，查询写在正文里（RFC 6960，附录 A.1）。"""
    if request.mimetype != "application/ocsp-request":
        return respond("这个地址只供软件查询证书状态；核验文件请打开“核验文件”。", 415)
    with reading():  # nothing is written, so nobody has to wait for it
        return _told(request.get_data())


def _told(question: bytes) -> Response:
    return responses.download(
        operations.answer_about(question, request.remote_addr or ""), "status.ors", "application/ocsp-response"
    )


def limit_what_is_brought() -> None:
    """A file to verify is far smaller than the biggest upload; nobody needs an account to send one."""
    if request.method == "POST" and request.path.startswith(("/verify", "/v/")):
        request.max_content_length = LONGEST_QUESTION if request.path == STATUS else LARGEST + 64 * 1024
