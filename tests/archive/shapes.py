"""Shapes of attack on a signed paper: each takes the good file and another good one, and gives back a forged file."""

import io
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import NameObject, NumberObject, pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

from portal.db import clock
from portal.documents.pki import authority, keys, proof, signing

Shape = Callable[[bytes, bytes], bytes]
SHAPES: dict[str, Shape] = {}


def shape(attack: Shape) -> Shape:
    """Keep an attack under its name."""
    SHAPES[attack.__name__] = attack
    return attack


def updated(pdf: bytes, change: Callable[[IncrementalPdfFileWriter], Any]) -> bytes:
    """Apply a change as an appended update, as every PDF editor does."""
    writer, out = IncrementalPdfFileWriter(io.BytesIO(pdf)), io.BytesIO()
    change(writer)
    writer.write(out)
    return out.getvalue()


def name(text: str) -> Any:
    return pdf_name(text)


def dictionary(**entries: Any) -> Any:
    return generic.DictionaryObject({pdf_name(f"/{key}"): value for key, value in entries.items()})


def signatures(pdf: bytes) -> list[Any]:
    return PdfFileReader(io.BytesIO(pdf)).embedded_signatures


def ranges(signature: Any) -> list[int]:
    """What it vouches for: from, length, from, length."""
    return [int(number) for number in signature.byte_range]


def objects(writer: IncrementalPdfFileWriter) -> Iterator[tuple[Any, Any]]:
    """Every object of the file with its reference."""
    reader = writer.prev
    for number in range(1, int(reader.trailer["/Size"])):
        reference = generic.Reference(number, 0, pdf=reader)
        try:
            yield reference, reader.get_object(reference)
        except Exception:  # noqa: BLE001, S112 - a freed object
            continue


# ── bytes ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@shape
def a_byte_of_the_content(pdf, _other):
    middle = pdf.index(b"stream") + 40
    return pdf[:middle] + bytes([pdf[middle] ^ 1]) + pdf[middle + 1 :]


@shape
def a_digit_of_the_signature(pdf, _other):
    value = signatures(pdf)[-1].signer_info["signature"].native.hex().upper().encode()
    place = pdf.rindex(value) + 20
    return pdf[:place] + (b"0" if pdf[place : place + 1] != b"0" else b"1") + pdf[place + 1 :]


@shape
def a_digit_of_a_certificate(pdf, _other):
    """Of the certificates in the last container, which no signature covers."""
    last = signatures(pdf)[-1]
    certificate = last.signed_data["certificates"][0].chosen.dump().hex().upper().encode()
    place = pdf.index(certificate, ranges(last)[1]) + len(certificate) - 9
    return pdf[:place] + (b"0" if pdf[place : place + 1] != b"0" else b"1") + pdf[place + 1 :]


@shape
def a_digit_of_the_padding(pdf, _other):
    place = ranges(signatures(pdf)[-1])[2] - 40
    return pdf[:place] + b"1" + pdf[place + 1 :]


@shape
def small_letters_in_the_container(pdf, _other):
    start, end = ranges(signatures(pdf)[-1])[1:3]
    return pdf[:start] + pdf[start:end].lower() + pdf[end:]


@shape
def cut_short(pdf, _other):
    return pdf[:-200]


@shape
def junk_behind_the_end(pdf, _other):
    return pdf + b"\n% nobody reads this\n%%EOF\n"


@shape
def junk_before_the_beginning(pdf, _other):
    return b"% nobody reads this\n" + pdf


@shape
def another_file_behind_it(pdf, other):
    return pdf + other


@shape
def written_anew(pdf, _other):
    writer, out = copy_into_new_writer(PdfFileReader(io.BytesIO(pdf))), io.BytesIO()
    writer.write(out)
    return out.getvalue()


# ── the signature itself ───────────────────────────────────────────────────────────────────────────────────────────


@shape
def rolled_back_before_the_last_signature(pdf, _other):
    person = [one for one in signatures(pdf) if one.sig_object_type != "/DocTimeStamp"][-1]
    return pdf[: pdf.rindex(b"%%EOF", 0, ranges(person)[1]) + 6]


@shape
def the_signature_of_another_paper(pdf, other):
    start, end = ranges(signatures(pdf)[-1])[1:3]
    start_other, end_other = ranges(signatures(other)[-1])[1:3]
    borrowed = other[start_other + 1 : end_other - 1].rstrip(b"0").ljust(end - start - 2, b"0")
    return pdf[:start] + b"<" + borrowed[: end - start - 2] + b">" + pdf[end:]


@shape
def a_hole_in_the_signed_range(pdf, _other):
    """The range ends early, so that what stands behind is free (universal signature forgery)."""
    last = signatures(pdf)[-1]
    start = pdf.rindex(b"/ByteRange", 0, ranges(last)[1])
    end = pdf.index(b"]", start) + 1
    first, second, rest = ranges(last)[1:4]
    return pdf[:start] + f"/ByteRange [0 {first} {second} {rest - 99}]".encode().ljust(end - start) + pdf[end:]


@shape
def the_signature_taken_out(pdf, _other):
    def change(writer):
        field = writer.root["/AcroForm"]["/Fields"][0]
        field.pop(name("/V"), None)
        writer.update_container(field)

    return updated(pdf, change)


@shape
def signed_under_another_authority_of_the_same_name(pdf, _other):
    with tempfile.TemporaryDirectory() as folder:
        theirs = authority.Authority.at(Path(folder))
        key = theirs.issue_person("签发示例", "x", "135790")
        bare = pdf[: pdf.index(b"%%EOF", pdf.index(b"%%EOF") + 5) + 6]
        field = next(one.field_name for one in signatures(pdf) if one.sig_object_type != "/DocTimeStamp")
        signer = keys.open_key(key.p12, "135790")
        forged = signing.sign(
            bare, signer, authority=theirs, field=field, name="签发示例", reason="同意", at=clock.now()
        )
        return proof.prove(forged, theirs).pdf


@shape
def a_new_empty_field(pdf, _other):
    return updated(pdf, lambda writer: append_signature_field(writer, SigFieldSpec("extra")))


# ── what is seen and what is run ───────────────────────────────────────────────────────────────────────────────────


@shape
def an_annotation(pdf, _other):
    def change(writer):
        page = writer.find_page_for_modification(0)[0].get_object()
        box = generic.ArrayObject(map(NumberObject, (90, 700, 400, 760)))
        note = dictionary(
            Type=name("/Annot"), Subtype=name("/FreeText"), Rect=box, Contents=generic.pdf_string("改为三千万元")
        )
        page["/Annots"] = generic.ArrayObject([writer.add_object(note)])
        writer.update_container(page)

    return updated(pdf, change)


@shape
def painted_over(pdf, _other):
    def change(writer):
        stream = generic.StreamObject(stream_data=b"q 1 0 0 rg 90 400 300 60 re f Q")
        writer.add_stream_to_page(0, writer.add_object(stream))

    return updated(pdf, change)


def kids_changed(pdf, change):
    def kids_of(writer):
        pages = writer.root["/Pages"]
        kids = pages["/Kids"]
        change(kids)
        pages["/Count"] = NumberObject(len(kids))
        writer.update_container(kids)
        writer.update_container(pages)

    return updated(pdf, kids_of)


@shape
def pages_in_another_order(pdf, _other):
    return kids_changed(pdf, lambda kids: kids.append(kids.raw_get(0)) if len(kids) < 2 else kids.reverse())


@shape
def a_page_taken_out(pdf, _other):
    return kids_changed(pdf, lambda kids: kids.pop())


@shape
def a_script_on_opening(pdf, _other):
    def change(writer):
        script = dictionary(S=NameObject("/JavaScript"), JS=generic.pdf_string("app.alert(1)"))
        writer.root["/OpenAction"] = writer.add_object(script)
        writer.update_root()

    return updated(pdf, change)


@shape
def another_title(pdf, _other):
    return updated(
        pdf, lambda writer: writer.set_info(writer.add_object(dictionary(Title=generic.pdf_string("另一份"))))
    )


@shape
def another_description(pdf, _other):
    """The metadata that say who made it and what it is called."""

    def change(writer):
        stated = generic.StreamObject(
            {name("/Type"): name("/Metadata"), name("/Subtype"): name("/XML")}, stream_data=b"<x>another</x>"
        )
        writer.root["/Metadata"] = writer.add_object(stated)
        writer.update_root()

    return updated(pdf, change)


@shape
def letters_that_look_like_others(pdf, _other):
    """A font object is shadowed, so that the same codes draw other glyphs."""

    def change(writer):
        for reference, thing in objects(writer):
            if isinstance(thing, dict) and thing.get("/Type") == "/Font":
                changed = generic.DictionaryObject(dict(thing.items()))
                changed[name("/BaseFont")] = name("/Shadow")
                writer.objects[(0, reference.idnum)] = changed
                return

    return updated(pdf, change)


@shape
def other_data_inside(pdf, _other):
    """The embedded minutes for machines say something else than the page; or the first stream does."""

    def change(writer):
        streams = [one for one in objects(writer) if isinstance(one[1], generic.StreamObject)]
        embedded = [one for one in streams if one[1].get("/Type") == "/EmbeddedFile"] or streams
        writer.objects[(0, embedded[0][0].idnum)] = generic.StreamObject(
            {name("/Type"): name("/EmbeddedFile")}, stream_data=b'{"text": "another"}'
        )

    return updated(pdf, change)


@shape
def a_signature_box_over_the_text(pdf, _other):
    def change(writer):
        field = writer.root["/AcroForm"]["/Fields"][0]
        field["/Rect"] = generic.ArrayObject(map(NumberObject, (60, 60, 540, 780)))
        writer.update_container(field)

    return updated(pdf, change)


@shape
def the_pages_of_another_paper(pdf, other):
    """The catalogue points to pages of another paper (shadow attack: replace)."""

    def change(writer):
        foreign = PdfFileReader(io.BytesIO(other))
        writer.root["/Pages"] = writer.add_object(writer.import_object(foreign.root["/Pages"]))
        writer.update_root()

    return updated(pdf, change)


@shape
def the_proofs_taken_out(pdf, _other):
    def change(writer):
        writer.root.pop(name("/DSS"), None)
        writer.root[name("/Lang")] = generic.pdf_string("zh")
        writer.update_root()

    return updated(pdf, change)
