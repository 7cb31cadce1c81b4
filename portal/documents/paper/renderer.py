"""From a template to an archivable PDF."""

import gc
import io
import logging
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from portal.db import clock
from portal.documents.paper.fonts import font_configuration, printable
from portal.documents.paper.text import by_department, heading_mm, lines, numeral, spread_name, title_lines
from portal.documents.paper.weasy import TEMPLATES, library, one_at_a_time, own_fetcher

MOST_BYTES_A_PAGE = 300_000


def render(
    template: str, /, *, made_at: datetime, attachment: tuple[str, bytes] | None = None, **context: object
) -> bytes:
    """Print a template of templates/paper as PDF/A-3a and PDF/UA-1; the same input gives the same bytes.

    `attachment` is (file name, JSON) and is embedded as the paper's data. Takes 0.2 s for three pages once warm.
    """
    with one_at_a_time:
        try:
            document = _on_an_even_page(template, made_at, context)
            pdf = _written(document, made_at, attachment)
        finally:
            gc.collect()  # without it WeasyPrint keeps hundreds of megabytes
    if len(pdf) > len(document.pages) * MOST_BYTES_A_PAGE + len(attachment[1] if attachment else b""):
        logging.getLogger(__name__).warning(
            "%s: %d bytes on %d pages, a font was embedded whole", template, len(pdf), len(document.pages)
        )
    return pdf


_ENDS_EVEN = frozenset({"minutes.html"})


def _on_an_even_page(template: str, made_at: datetime, context: Mapping[str, object]) -> Any:
    """Lay out; where the 版记 would end on an odd page, move it to the foot of the next even one (7.4, 7.5).

    Usually one leaf more is enough; two where the 版记 did not fit under the text and had moved on by itself.
    """
    document = None
    for leaves in range(3 if template in _ENDS_EVEN else 1):
        document = _laid_out(template, made_at, {**context, "leaves": leaves})
        if len(document.pages) % 2 == 0:
            break
    return document


def _laid_out(template: str, made_at: datetime, context: Mapping[str, object]) -> Any:
    weasyprint = library()
    html = _environment().get_template(template).render(made_at=made_at, **context)
    source = weasyprint.HTML(string=printable(html), base_url=TEMPLATES.as_uri() + "/", url_fetcher=own_fetcher())
    return source.render(stylesheets=[_stylesheet()], font_config=font_configuration(), pdf_variant="pdf/a-3a")


@cache
def _stylesheet() -> Any:
    """paper.css, read once: reading it anew for every paper took a seventh of the time."""
    return library().CSS(
        filename=TEMPLATES / "paper.css",
        base_url=TEMPLATES.as_uri() + "/",
        url_fetcher=own_fetcher(),
        font_config=font_configuration(),
    )


def warm_up() -> None:
    """Bring up all that printing needs, so that whoever prints first does not wait a second for it."""
    with one_at_a_time:
        _stylesheet()


def _written(document: Any, made_at: datetime, attachment: tuple[str, bytes] | None) -> bytes:
    weasyprint = library()
    attachments = []
    if attachment:
        name, content = attachment
        made = clock.local(made_at).replace(tzinfo=None)
        attachments.append(
            weasyprint.Attachment(
                file_obj=io.BytesIO(content),
                name=name,
                description="结构化数据",
                created=made,
                modified=made,
                relationship="Data",
            )
        )
    plain = document.metadata.generate_rdf_metadata

    def with_accessibility(*args: Any) -> bytes:
        return bytes(plain(*args)).replace(b"</rdf:RDF>", _PDF_UA + b"</rdf:RDF>")

    document.metadata.generate_rdf_metadata = with_accessibility
    return bytes(document.write_pdf(pdf_variant="pdf/a-3a", attachments=attachments, dpi=300))


# PDF/UA-1 is declared by one property; PDF/A wants foreign properties described (ISO 19005-3, 6.6.2.3).
_PDF_UA = b"""<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>PDF/UA version</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
"""


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "zh_date": clock.zh_date,
        "zh_datetime": clock.zh_datetime,
        "hm": clock.hm,
        "lines": lines,
        "spread": spread_name,
        "numeral": numeral,
        "grouped": by_department,
        "w3c": lambda at: clock.local(at).isoformat("T", "seconds"),
        "heading_mm": heading_mm,
        "title_lines": title_lines,
    }
    return environment
