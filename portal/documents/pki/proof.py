"""Archive timestamps (PAdES B-LTA), and renewing them."""

from dataclasses import dataclass
from datetime import UTC, datetime

from portal.db import clock
from portal.documents import pdfs
from portal.documents.pki.authority import Authority
from portal.documents.pki.errors import CannotSign
from portal.documents.pki.timemarks import timestamper
from portal.documents.pki.trust import apart, context_of, validation_context


@dataclass(frozen=True)
class Proof:
    """A file with its archive timestamp, and until when that proves it."""

    pdf: bytes
    until: datetime


def prove(pdf: bytes, authority: Authority, *, at: datetime | None = None) -> Proof:
    """Append validation data and an archive timestamp (PAdES B-LTA) to a file that everybody has signed.

    Again before `until`, it lengthens the proof: the last timestamp is checked and takes its validation data along.
    Takes about 0.1 s. Raises CannotSign: when the proof has already run out it cannot be mended.
    """
    from pyhanko.pdf_utils.misc import PdfReadError
    from pyhanko.sign.general import SigningError
    from pyhanko.sign.signers.pdf_signer import PdfTimeStamper, TimestampDSSContentSettings
    from pyhanko.sign.timestamps import TimestampRequestError
    from pyhanko.sign.validation import validate_pdf_timestamp
    from pyhanko_certvalidator.errors import PathError

    at = at or clock.now()
    stamping = PdfTimeStamper(timestamper(authority, at), readable_field_name="存档时间戳")
    # The data comes before the timestamp, so that nothing stands behind what it vouches for.
    before = TimestampDSSContentSettings(include_vri=False, update_before_ts=True)
    try:
        marked = b"/DocTimeStamp" in pdf  # reading the whole file for nothing takes a while
        stamps = pdfs.reader(pdf).embedded_timestamp_signatures if marked else []
        if stamps:
            last = apart(validate_pdf_timestamp, stamps[-1], validation_context(authority, at))
            if not (last.intact and last.valid and last.trusted):
                raise CannotSign("上一个存档时间戳已过期或无效，不能续加。")
        writer = pdfs.writer(pdf)
        context = context_of(authority, at, [one.signer_cert for one in stamps[-1:]])
        proven = apart(stamping.timestamp_pdf, writer, "sha256", context, dss_settings=before)
    except (PdfReadError, SigningError, TimestampRequestError, PathError) as error:
        raise CannotSign(f"存档时间戳没有加上：{error}") from error
    if authority.tsa:
        newest = pdfs.reader(proven.getvalue()).embedded_timestamp_signatures[-1]
        until = newest.signer_cert.not_valid_after.astimezone(UTC)
    else:
        until = authority.stamping(at)[0].not_valid_after_utc
    return Proof(proven.getvalue(), until)
