"""Other readers of our signed files: poppler's pdfsig, pyHanko's own long-term validation, and openssl."""

import asyncio
import io
import re
import subprocess
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from asn1crypto import cms
from asn1crypto.ocsp import OCSPResponse
from cryptography import x509
from pyhanko.pdf_utils.reader import PdfFileReader

from portal.documents.pki import authority as pki_authority
from portal.documents.pki import trust
from portal.documents.pki.certificates import as_asn1


def by_pdfsig(pdf: bytes) -> bool:
    """Every person's signature valid, the last one over the whole file; of archive timestamps it knows nothing yet."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "x.pdf").write_bytes(pdf)
        said = _run(folder, "pdfsig", "-nocert", "x.pdf").stdout
    count = said.count("Signature Type: ETSI.CAdES.detached")
    return bool(count) and said.count("Signature is Valid.") == count and "Total document signed" in said


def by_openssl(pdf: bytes, authority: pki_authority.Authority) -> bool:
    """Every signature as CMS over its ranges, every archive timestamp by its digest, as of their own time."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "chain.pem").write_bytes(authority.pem("root", "issuing", "tsa"))
        (place / "root.pem").write_bytes(authority.pem("root"))
        return all(_one_by_openssl(place, pdf, one) for one in PdfFileReader(io.BytesIO(pdf)).embedded_signatures)


def _one_by_openssl(place: Path, pdf: bytes, embedded: Any) -> bool:
    start, first, second, rest = (int(number) for number in embedded.byte_range)
    (place / "content").write_bytes(pdf[start:first] + pdf[second : second + rest])
    (place / "container").write_bytes(cms.ContentInfo.load(embedded.pkcs7_content).dump())
    if embedded.sig_object_type == "/DocTimeStamp":
        at = embedded.signed_data["encap_content_info"]["content"].parsed["gen_time"].native
        words = ["openssl", "ts", "-verify", "-data", "content", "-in", "container", "-token_in"]
        words += ["-CAfile", "root.pem", "-untrusted", "chain.pem", "-attime", str(int(at.timestamp()) + 1)]
    else:
        token = embedded.signer_info["unsigned_attrs"][0]["values"][0]["content"]
        at = token["encap_content_info"]["content"].parsed["gen_time"].native
        words = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "container", "-content", "content"]
        words += ["-CAfile", "chain.pem", "-purpose", "any", "-out", "/dev/null", "-attime", str(int(at.timestamp()))]
    said = _run(str(place), *words)
    return said.returncode == 0 and bool(re.search(r"erification( successful|: OK)", said.stdout + said.stderr))


def by_pyhanko(pdf: bytes, authority: pki_authority.Authority) -> bool:
    """Each signature and each archive timestamp by pyHanko alone, as of the moment it was made."""
    from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp

    verdicts = []
    for one in PdfFileReader(io.BytesIO(pdf)).embedded_signatures:
        is_mark = one.sig_object_type == "/DocTimeStamp"
        token = one.signed_data if is_mark else one.signer_info["unsigned_attrs"][0]["values"][0]["content"]
        context = trust.validation_context(authority, token["encap_content_info"]["content"].parsed["gen_time"].native)
        validate = validate_pdf_timestamp if is_mark else validate_pdf_signature
        status = trust.apart(validate, one, context)
        verdicts.append(status.intact and status.valid and status.trusted and (is_mark or status.docmdp_ok))
    return bool(verdicts) and all(verdicts)


def by_pyhanko_long_term(pdf: bytes, authority: pki_authority.Authority, at: datetime) -> bool:
    """pyHanko's long-term validation (ETSI EN 319 102-1, 5.6) on a day, from the root and the file alone.

    As a program on a network would, it asks about the certificates that are still good that day; what is to be said of
    the others it must find in the file. It reads the machine's clock, which therefore shows that day as well.
    """
    import time_machine

    with time_machine.travel(at, tick=False):
        return _long_term(pdf, authority, at)


def _long_term(pdf: bytes, authority: pki_authority.Authority, at: datetime) -> bool:
    from pyhanko.sign.ades.report import AdESPassed
    from pyhanko.sign.validation import ades
    from pyhanko.sign.validation.policy_decl import (
        CertValidationPolicySpec,
        LocalKnowledge,
        OCSPContainer,
        PdfSignatureValidationSpec,
        SignatureValidationSpec,
    )
    from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
    from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
    from pyhanko_certvalidator.registry import SimpleTrustManager

    policy = CertValidationPolicySpec(
        SimpleTrustManager.build(trust_roots=[as_asn1(authority.root)]), CertRevTrustPolicy(REQUIRE_REVINFO)
    )
    embedded = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    good = [x509.load_der_x509_certificate(one.signer_cert.dump()) for one in embedded]
    good = [one for one in good if one.not_valid_after_utc > at]
    today = [
        answer for one in authority.answers(good, at) for answer in OCSPContainer.load_multi(OCSPResponse.load(one))
    ]
    spec = PdfSignatureValidationSpec(
        SignatureValidationSpec(policy, local_knowledge=LocalKnowledge(known_ocsps=today))
    )
    timing = ValidationTimingInfo(validation_time=at, best_signature_time=at, point_in_time_validation=True)
    people = [
        one for one in PdfFileReader(io.BytesIO(pdf)).embedded_signatures if one.sig_object_type != "/DocTimeStamp"
    ]
    results = [
        trust.apart(asyncio.run, ades.ades_lta_validation(one, pdf_validation_spec=spec, timing_info=timing))
        for one in people
    ]
    return bool(results) and all(one.ades_subindic == AdESPassed.OK for one in results)


def _run(folder: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
