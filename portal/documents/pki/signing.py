"""Signature fields, and PAdES signatures in them."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from tempfile import NamedTemporaryFile
from typing import Any

from portal.db import clock
from portal.documents import pdfs
from portal.documents.pki.authority import Authority
from portal.documents.pki.certificates import as_asn1, store_of
from portal.documents.pki.errors import CannotSign
from portal.documents.pki.keys import Signer
from portal.documents.pki.timemarks import timestamper
from portal.documents.pki.trust import apart, context_of

# What a signature with our own time mark takes in the file, in hexadecimal: 4.5 KB with the longest names, and room.
SIGNATURE_DIGITS = 12_288


@dataclass(frozen=True)
class Field:
    """A signature field: invisible, or over the box the paper names `anchor` (`paper.SignatureBox`)."""

    name: str
    label: str = ""  # what a screen reader says
    anchor: str = ""


def prepare_fields(pdf: bytes, fields: Sequence[Field]) -> bytes:
    """Give an unsigned PDF all its signature fields, in signing order; the last one locks the paper."""
    from pyhanko.sign.fields import (
        FieldMDPAction,
        FieldMDPSpec,
        MDPPerm,
        SigFieldSpec,
        append_signature_field,
    )

    writer = pdfs.writer(pdf)
    places = _places(writer)
    for one in fields:
        if one.anchor and one.anchor not in places:
            raise CannotSign(f"文件里没有名为“{one.anchor}”的签名位置。")
        page, box = places[one.anchor] if one.anchor else (0, None)
        last = one == fields[-1]
        append_signature_field(
            writer,
            SigFieldSpec(
                sig_field_name=one.name,
                on_page=page,
                box=box,
                readable_field_name=one.label or one.name,
                field_mdp_spec=FieldMDPSpec(FieldMDPAction.ALL) if last else None,
                doc_mdp_update_value=MDPPerm.NO_CHANGES if last else None,
            ),
        )
    _tag_visible(writer)
    return _written(writer)


def _tag_visible(writer: Any) -> None:
    """Nest each visible field in a Form tag of the document's structure, as PDF/UA-1 wants (7.18.4)."""
    from pyhanko.pdf_utils.generic import DictionaryObject, NumberObject, pdf_name

    def tag(kind: str, **entries: Any) -> Any:
        named = {pdf_name(f"/{key}"): value for key, value in entries.items()}
        return DictionaryObject({pdf_name("/Type"): pdf_name(kind)} | named)

    if "/StructTreeRoot" not in writer.root:
        return
    tree, fields = writer.root["/StructTreeRoot"], writer.root["/AcroForm"]["/Fields"]
    numbers, document = tree["/ParentTree"]["/Nums"], tree["/K"].raw_get(0)
    children = document.get_object()["/K"]
    for place in range(len(fields)):
        widget = fields[place]
        if not any(float(side) for side in widget["/Rect"]):
            continue
        part = tag("/OBJR", Obj=fields.raw_get(place), Pg=widget.raw_get("/P"))
        form = writer.add_object(tag("/StructElem", S=pdf_name("/Form"), P=document, K=part))
        widget[pdf_name("/StructParent")] = NumberObject(int(numbers[-2]) + 1)
        numbers.extend([widget["/StructParent"], form])
        children.append(form)
        for changed in (widget, numbers, children):
            writer.update_container(changed)


def _written(writer: Any) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _places(writer: Any) -> dict[str, tuple[int, tuple[int, int, int, int]]]:
    """Where the boxes are: each is two named destinations, `x` (top left) and `x-end` (bottom right)."""
    try:
        names = list(writer.root["/Names"]["/Dests"]["/Names"])
    except KeyError:
        return {}
    spots = {str(name): spot for name, spot in zip(names[::2], names[1::2], strict=True)}
    pages = {
        writer.find_page_for_modification(number)[0].idnum: number
        for number in range(int(writer.root["/Pages"]["/Count"]))
    }
    places = {}
    for name, spot in spots.items():
        if end := spots.get(f"{name}-end"):
            left, top, right, bottom = (round(float(value)) for value in (spot[2], spot[3], end[2], end[3]))
            places[name] = (pages[spot.raw_get(0).idnum], (left, bottom, right, top))
    return places


def sign(
    pdf: bytes,
    signer: Signer,
    *,
    authority: Authority,
    field: str,
    name: str,
    reason: str,
    location: str = "",
    at: datetime | None = None,
    appearance: bytes | None = None,
) -> bytes:
    """Sign a prepared field as of a moment: PAdES with time mark and revocation lists, all in one revision.

    `signer` comes from `open_key`. The first signature certifies the paper, the last one locks it; both
    follow from the fields, not from the caller. `appearance` is a one-page PDF drawn into the field's box
    (`paper.stamp`). Takes about 0.1 s. Raises CannotSign.
    """
    from pyhanko.pdf_utils.misc import PdfReadError
    from pyhanko.sign.fields import enumerate_sig_fields
    from pyhanko.sign.general import SigningError
    from pyhanko.sign.timestamps import TimestampRequestError
    from pyhanko_certvalidator.errors import PathError

    try:
        writer = pdfs.writer(pdf)
        fields = {found: value is not None for found, value, _ in enumerate_sig_fields(writer.prev)}
    except PdfReadError as error:
        raise CannotSign("这份文件不能签名：它不是完整的 PDF 文件。") from error
    check_turn(field, fields)
    at = at or clock.now()
    with drawn(appearance) as style:
        signing = pdf_signer(
            _hanko(signer),
            authority,
            at,
            style,
            field_name=field,
            name=name,
            reason=reason,
            location=location or None,
            certify=not any(fields.values()),
            last=list(fields.values()).count(False) == 1,
        )
        try:
            room = None if authority.tsa else SIGNATURE_DIGITS  # what others answer is measured by asking them first
            return bytes(apart(signing.sign_pdf, writer, existing_fields_only=True, bytes_reserved=room).getvalue())
        except (PathError, TimestampRequestError) as error:
            raise CannotSign(f"签名没有完成：时间戳服务的回答不能用，或它的证书不受信任（{error}）。") from error
        except SigningError as error:
            raise CannotSign(f"签名没有完成：证书在这个时间不能使用，或文件已锁定（{error}）。") from error


def check_turn(field: str, fields: dict[str, bool]) -> None:
    """Refuse to sign a field that is not there, is signed, or is not next."""
    if field not in fields:
        raise CannotSign(f"文件里没有“{field}”这个签名位置。")
    if fields[field]:
        raise CannotSign("这个位置已经签过名了，请刷新页面查看。")
    unsigned = [name for name, signed in fields.items() if not signed]
    if unsigned[0] != field:
        raise CannotSign("还没有轮到这个签名：请等前面的人先签。")


def pdf_signer(
    signer: Any,
    authority: Authority | None,
    at: datetime,
    style: Any,
    *,
    certify: bool,
    last: bool,
    **about: Any,
) -> Any:
    """What signs a field as of a moment; without an authority neither time mark nor validation data is added."""
    from pyhanko.sign import PdfSignatureMetadata, PdfSigner
    from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
    from pyhanko.sign.signers.pdf_signer import DSSContentSettings, SigDSSPlacementPreference

    class SignerAsOf(PdfSigner):
        """pyHanko takes the signing time from the machine's clock; the portal has its own."""

        def init_signing_session(self, *args: Any, **kwargs: Any) -> Any:
            session = super().init_signing_session(*args, **kwargs)
            session.system_time = at.astimezone(clock.SHANGHAI)
            return session

    return SignerAsOf(
        PdfSignatureMetadata(
            md_algorithm="sha256",
            subfilter=SigSeedSubFilter.PADES,
            certify=certify,
            docmdp_permissions=MDPPerm.NO_CHANGES if last else MDPPerm.FILL_FORMS,
            embed_validation_info=authority is not None,
            validation_context=context_of(authority, at, [signer.signing_cert]) if authority else None,
            dss_settings=DSSContentSettings(
                include_vri=False, placement=SigDSSPlacementPreference.TOGETHER_WITH_SIGNATURE
            ),
            **about,
        ),
        signer,
        timestamper=timestamper(authority, at) if authority else None,
        stamp_style=style,
    )


def _hanko(signer: Signer) -> Any:
    """Any Signer in the shape pyHanko asks for."""
    from pyhanko.sign.signers import Signer as HankoSigner

    class Adapter(HankoSigner):
        async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
            return bytes(72) if dry_run else signer.sign(data)

    return Adapter(signing_cert=as_asn1(signer.certificate), cert_registry=store_of(signer.chain))


@contextmanager
def drawn(appearance: bytes | None) -> Iterator[Any]:
    """Hand a stamp over as a file, the only way pyHanko takes one."""
    from pyhanko.pdf_utils.layout import AxisAlignment, InnerScaling, SimpleBoxLayoutRule
    from pyhanko.stamp import StaticStampStyle

    if appearance is None:
        yield None
        return
    with NamedTemporaryFile(suffix=".pdf") as file:
        file.write(appearance)
        file.flush()
        filling = SimpleBoxLayoutRule(
            AxisAlignment.ALIGN_MID, AxisAlignment.ALIGN_MID, inner_content_scaling=InnerScaling.STRETCH_TO_FIT
        )
        yield StaticStampStyle.from_pdf_file(file.name, border_width=0, background_layout=filling)
