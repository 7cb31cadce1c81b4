"""A key on a token (PKCS#11) signs like one in a file; played with SoftHSM, a token made of software."""

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from portal.documents import verify
from portal.documents.paper import content, renderer
from portal.documents.pki import authority as pki_authority
from portal.documents.pki import errors, keys, signing

PLACES = (Path("/usr/lib/softhsm/libsofthsm2.so"), Path("/usr/local/lib/softhsm/libsofthsm2.so"))
MODULE = next((str(path) for path in PLACES if path.exists()), "")
NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
PIN = "24681012"

pytestmark = pytest.mark.skipif(not MODULE, reason="needs softhsm2")
pytest.importorskip("pkcs11")


@pytest.fixture(scope="module")
def token(tmp_path_factory):
    folder = tmp_path_factory.mktemp("token")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\n")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    command = ["softhsm2-util", "--init-token", "--free", "--label", "portal", "--pin", PIN, "--so-pin", PIN]
    subprocess.run(command, check=True, capture_output=True)
    yield "portal"
    del os.environ["SOFTHSM2_CONF"]


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return pki_authority.Authority.at(tmp_path_factory.mktemp("authority"), since=NOW)


@pytest.fixture(scope="module")
def fields():
    sheet = content.RecordPaper(
        title="会议记录", date=NOW.date(), time_text="09:00", place="301会议室", chair="王示例", recorder="李示例",
        items=[],
    )  # fmt: skip
    return signing.prepare_fields(renderer.render("record.html", paper=sheet, made_at=NOW), [signing.Field("chair")])


def test_a_key_on_a_token_signs_and_never_leaves_it(token, authority, fields):
    public = keys.make_token_key(MODULE, token, PIN, "chair")
    certificate = authority.certify("王示例", "wang", public, at=NOW)
    signer = keys.TokenSigner(MODULE, token, PIN, "chair", certificate, [authority.issuing, authority.root])
    pdf = signing.sign(fields, signer, authority=authority, field="chair", name="王示例", reason="主持人", at=NOW)
    found = verify.examine(pdf, trust=authority, registered=None)
    assert found.valid, found.reasons
    assert [one.name for one in found.signatures] == ["王示例"]


def test_the_offices_seal_can_lie_on_the_token(token, authority, fields):
    ours = pki_authority.Authority(authority.folder, token={"module": MODULE, "token": token, "pin": PIN})
    stamp = ours.office_seal("示例市专班办公室", NOW)
    pdf = signing.sign(fields, stamp, authority=ours, field="chair", name="示例市专班办公室", reason="印章", at=NOW)
    assert verify.examine(pdf, trust=authority, registered=None).valid
    assert not list(authority.folder.glob("seal*.key"))


def test_a_wrong_pin_and_a_missing_key_are_told_apart(token, authority):
    certificate = authority.issuing
    with pytest.raises(errors.WrongPin):
        keys.TokenSigner(MODULE, token, "00000000", "chair", certificate, []).sign(b"x")
    with pytest.raises(errors.CannotSign, match="没有这把密钥"):
        keys.TokenSigner(MODULE, token, PIN, "nobody", certificate, []).sign(b"x")
    with pytest.raises(errors.CannotSign, match="没有应答"):
        keys.TokenSigner("/nowhere.so", token, PIN, "chair", certificate, []).sign(b"x")
