"""What could be changed or hidden in a signature's container, which no signature covers: none of it passes."""

import io
from datetime import UTC, datetime
from types import SimpleNamespace

import pypdfium2
import pytest
from asn1crypto import algos, cms, core, crl, x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp

from portal.documents import containers
from portal.documents.pki import authority, keys, proof, signing, timemarks, trust

SIGNED = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
PERSON, MARK = 0, 1


@pytest.fixture(scope="module")
def signed(tmp_path_factory):
    """A blank page that one person signed and that carries an archive timestamp."""
    own, others = (authority.Authority.at(tmp_path_factory.mktemp(name), since=SIGNED) for name in ("own", "others"))
    document, out = pypdfium2.PdfDocument.new(), io.BytesIO()
    document.new_page(200, 200)
    document.save(out)
    pdf = signing.prepare_fields(out.getvalue(), [signing.Field("signatory")])
    key = keys.open_key(own.issue_person("签发示例", "s", "135790", not_before=SIGNED).p12, "135790")
    pdf = signing.sign(pdf, key, authority=own, field="signatory", name="签发示例", reason="同意", at=SIGNED)
    return SimpleNamespace(pdf=proof.prove(pdf, own, at=SIGNED).pdf, own=own, others=others)


def one(pdf, which):
    return PdfFileReader(io.BytesIO(pdf)).embedded_signatures[which]


def hole(pdf, which):
    """Where the place of a signature begins and ends."""
    _, start, end, _ = map(int, one(pdf, which).byte_range)
    return start, end


def is_plain(signed, pdf, which, *, outside=False):
    known = [certificate.public_bytes(Encoding.DER) for certificate in signed.own.own]
    return containers.is_plain(pdf, one(pdf, which), known, outside=outside)


def said_by_a_validator(signed, pdf, which):
    """What pyHanko alone says of a signature, the changes behind it left aside."""
    validate = validate_pdf_timestamp if which == MARK else validate_pdf_signature
    status = validate(one(pdf, which), trust.validation_context(signed.own, SIGNED), skip_diff=True)
    return status.intact and status.valid and status.trusted


def put(pdf, which, container):
    """The file with another container in the place of a signature."""
    start, end = hole(pdf, which)
    assert 2 * len(container) <= end - start - 2
    return pdf[:start] + b"<" + container.hex().upper().encode().ljust(end - start - 2, b"0") + b">" + pdf[end:]


def settled(container):
    """The same as if it had just been read: of what was changed each level is written twice."""
    return cms.ContentInfo.load(container.dump())


def changed(signed, which, change):
    container = cms.ContentInfo.load(one(signed.pdf, which).pkcs7_content)
    change(container["content"], signed)
    return put(signed.pdf, which, container.dump())


# ── changes: each takes the signed data of a container ─────────────────────────────────────────────────────────────


def _strange(signed):
    return x509.Certificate.load(signed.others.root.public_bytes(Encoding.DER))


def a_certificate_of_nobody(data, signed):
    data["certificates"].append(cms.CertificateChoices("certificate", _strange(signed)))


def a_certificate_twice(data, _signed):
    data["certificates"].append(data["certificates"][0])


def a_revocation_list(data, signed):
    listed = crl.CertificateList.load(signed.others.crls(SIGNED)[0])
    data["crls"] = [cms.RevocationInfoChoice("crl", listed)]


def another_attribute(data, _signed):
    attributes = data["signer_infos"][0]["unsigned_attrs"]
    attributes.append({"type": "1.3.6.1.4.1.99999.1", "values": [core.UTF8String("藏在这里")]})


def a_second_time_mark(data, signed):
    token = cms.ContentInfo.load(timemarks.time_mark(bytes(32), signed.own, at=SIGNED))
    token["content"]["certificates"] = []  # else it does not fit
    token = settled(token)
    data["signer_infos"][0]["unsigned_attrs"][0]["values"].append(token)


def a_mark_on_the_mark(data, signed):
    """Behind the archive timestamp's own signature nobody looks."""
    token = cms.ContentInfo.load(timemarks.time_mark(bytes(32), signed.own, at=SIGNED))
    token["content"]["certificates"] = []  # else it does not fit
    token = settled(token)
    attribute = {"type": "signature_time_stamp_token", "values": [token]}
    data["signer_infos"][0]["unsigned_attrs"] = cms.CMSAttributes([attribute])


def a_mark_on_the_mark_of_a_signature(data, signed):
    values = data["signer_infos"][0]["unsigned_attrs"][0]["values"]
    mark = settled(values[0])
    a_mark_on_the_mark(mark["content"], signed)
    values[0] = settled(mark)


def another_name_of_the_algorithm(data, _signed):
    data["digest_algorithms"].append(algos.DigestAlgorithm({"algorithm": "sha512"}))


def another_version(data, _signed):
    data["version"] = "v5"


OVERLOOKED = (  # a validator by itself calls each of them a good signature
    (a_certificate_of_nobody, PERSON), (a_certificate_of_nobody, MARK), (a_certificate_twice, PERSON),
    (a_revocation_list, PERSON), (a_revocation_list, MARK), (another_attribute, PERSON),
    (a_mark_on_the_mark, MARK), (a_mark_on_the_mark_of_a_signature, PERSON),
    (another_name_of_the_algorithm, PERSON), (another_version, PERSON), (another_version, MARK),
)  # fmt: skip


def test_what_the_portal_wrote_is_plain(signed):
    for which in (PERSON, MARK):
        assert is_plain(signed, signed.pdf, which)
        assert said_by_a_validator(signed, signed.pdf, which)


@pytest.mark.parametrize(("change", "which"), OVERLOOKED)
def test_what_a_validator_overlooks_is_seen(signed, change, which):
    forged = changed(signed, which, change)
    assert forged != signed.pdf
    assert said_by_a_validator(signed, forged, which)
    assert not is_plain(signed, forged, which)


def test_a_second_time_mark_is_refused(signed):
    assert not is_plain(signed, changed(signed, PERSON, a_second_time_mark), PERSON)


def test_content_of_its_own_is_refused(signed):
    def change(data, _signed):
        data["encap_content_info"] = {"content_type": "data", "content": b"another content"}

    assert not is_plain(signed, changed(signed, PERSON, change), PERSON)


def test_a_time_mark_in_the_place_of_a_signature_is_refused(signed):
    token = timemarks.time_mark(bytes(32), signed.own, at=SIGNED)
    assert not is_plain(signed, put(signed.pdf, PERSON, token), PERSON)


def test_the_same_written_at_greater_length_is_refused(signed):
    """BER leaves a choice of how to write a length; the portal writes DER."""
    container = cms.ContentInfo.load(one(signed.pdf, PERSON).pkcs7_content).dump()
    assert container[:2] == b"\x30\x82"
    longer = b"\x30\x83\x00" + container[2:]
    assert not is_plain(signed, put(signed.pdf, PERSON, longer), PERSON)


def test_bytes_behind_the_container_and_other_letters_are_refused(signed):
    start, end = hole(signed.pdf, PERSON)
    place = signed.pdf[start:end]
    for other in (place.lower(), place[:-9] + b"1" + place[-8:], place[:-9] + b" " + place[-8:]):
        forged = signed.pdf[:start] + other + signed.pdf[end:]
        assert said_by_a_validator(signed, forged, PERSON)
        assert not is_plain(signed, forged, PERSON)


def test_our_own_time_mark_is_held_to_its_form_where_another_house_makes_them_now(signed):
    forged = changed(signed, PERSON, a_mark_on_the_mark_of_a_signature)
    assert is_plain(signed, signed.pdf, PERSON, outside=True)
    assert not is_plain(signed, forged, PERSON, outside=True)
    assert not is_plain(signed, changed(signed, MARK, a_mark_on_the_mark), MARK, outside=True)


def test_a_time_mark_of_another_house_is_taken_as_it_is_only_where_such_are_asked(signed):
    def change(data, signed):
        token = cms.ContentInfo.load(timemarks.time_mark(bytes(32), signed.others, at=SIGNED))
        data["signer_infos"][0]["unsigned_attrs"][0]["values"] = [token]

    forged = changed(signed, PERSON, change)
    assert is_plain(signed, forged, PERSON, outside=True)
    assert not is_plain(signed, forged, PERSON)


def test_a_mark_that_stands_alone_is_held_to_its_form(signed):
    known = [certificate.public_bytes(Encoding.DER) for certificate in signed.own.own]
    mark = timemarks.time_mark(bytes(32), signed.own, at=SIGNED)
    container = cms.ContentInfo.load(mark)
    assert containers.is_own(mark, known)
    a_mark_on_the_mark(container["content"], signed)
    assert not containers.is_own(container.dump(), known)
    assert not containers.is_own(mark + b"\x00", known)


@pytest.mark.parametrize("length", ["81 80", "82 01 80", "83 01 00 80"])
def test_a_length_that_ends_like_an_indefinite_one_is_a_length(length):
    contents = b"\x05\x00" * (int.from_bytes(bytes.fromhex(length)[1:]) // 2)
    raw = b"\x30" + bytes.fromhex(length) + contents
    read = core.SequenceOf.load(raw, spec=core.Null)
    assert read.dump() == raw
    assert read.children is None, "it was written anew from its parts"
