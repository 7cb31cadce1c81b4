"""QR codes that lead from paper to the portal."""

import io


def qr(address: str) -> str:
    """An address as a QR code, in a `data:` URI for `MinutesPaper.qr`."""
    import segno

    return str(segno.make(address, error="m", micro=False).svg_data_uri(border=0, omitsize=True))


def qr_picture(address: str) -> bytes:
    """An address as a QR code, black on white with its quiet zone: an SVG picture that fills what it is put into."""
    import segno

    target = io.BytesIO()
    segno.make(address, error="m", micro=False).save(target, kind="svg", border=4, omitsize=True, light="#fff")
    return target.getvalue()
