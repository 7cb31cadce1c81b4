"""Faults that are seeded into a package, each with the words by which the 四性检测 must name it."""

import hashlib
import io
import json
import zlib
from collections.abc import Callable
from pathlib import Path

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import NameObject, pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from portal.archive.packages.layout import DATA, INDEX, LIST, MARK

FAULTS: dict[str, tuple[Callable[[Path], None], str]] = {}


def fault(words: str) -> Callable[[Callable[[Path], None]], Callable[[Path], None]]:
    """Keep a fault under its name, with what must be said of it."""

    def keep(seed: Callable[[Path], None]) -> Callable[[Path], None]:
        FAULTS[seed.__name__] = (seed, words)
        return seed

    return keep


# ── tools ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def signed(folder: Path) -> Path:
    """The signed minutes of the package."""
    return folder / next(one for one in data(folder)["pieces"] if one["kind"] == "会议纪要")["file"]["path"]


def data(folder: Path) -> dict:
    return json.loads((folder / DATA).read_bytes())


def say(folder: Path, change: Callable[[dict], object]) -> None:
    """Change what package.json says of the minutes, and list the files anew as a careful forger would."""
    whole = data(folder)
    change(next(one for one in whole["pieces"] if one["kind"] == "会议纪要"))
    (folder / DATA).write_text(json.dumps(whole, ensure_ascii=False), encoding="utf-8")
    relist(folder)


def relist(folder: Path) -> None:
    """List every file with its present hash; the time mark on the list is beyond a forger."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    lines = [
        f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names
        if name not in (LIST, MARK)
    ]  # fmt: skip
    (folder / LIST).write_text("".join(lines), encoding="utf-8")


def put(folder: Path, content: bytes) -> None:
    """Other minutes in the place of the signed ones, with everything that names their hash brought in line."""
    path = signed(folder)
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    after, size = hashlib.sha256(content).hexdigest(), path.stat().st_size
    path.write_bytes(content)
    description = next((folder / "metadata").glob(f"{path.name[: path.name.rindex('-')]}*.xml"))
    text = description.read_text(encoding="utf-8").replace(before, after).replace(f">{size}<", f">{len(content)}<")
    description.write_text(text, encoding="utf-8")

    def told(piece: dict) -> None:
        piece["file"] |= {"sha256": after, "size": len(content)}
        piece["document"]["states"][-1]["sha256"] = after

    say(folder, told)


def updated(pdf: bytes, change: Callable[[IncrementalPdfFileWriter], object]) -> bytes:
    writer, out = IncrementalPdfFileWriter(io.BytesIO(pdf)), io.BytesIO()
    change(writer)
    writer.write(out)
    return out.getvalue()


# ── the files themselves ───────────────────────────────────────────────────────────────────────────────────────────


@fault("的内容与清单中的校验值不一致")
def one_flipped_bit(folder):
    content = bytearray(signed(folder).read_bytes())
    content[len(content) // 2] ^= 1
    signed(folder).write_bytes(content)


@fault("的内容与清单中的校验值不一致")
def cut_off(folder):
    signed(folder).write_bytes(signed(folder).read_bytes()[:-500])


@fault("的内容与清单中的校验值不一致")
def emptied(folder):
    signed(folder).write_bytes(b"")


@fault("不在封装包里")
def missing_file(folder):
    signed(folder).unlink()


@fault("清单没有列出的“files/多出来的.pdf”")
def stray_file(folder):
    (folder / "files" / "多出来的.pdf").write_bytes(signed(folder).read_bytes())


@fault("“files/多出来的.pdf”没有著录")
def stray_file_that_is_listed(folder):
    (folder / "files" / "多出来的.pdf").write_bytes(signed(folder).read_bytes())
    relist(folder)


@fault("的内容与清单中的校验值不一致")
def two_files_swapped(folder):
    one, other = sorted((folder / "files").rglob("*.pdf"))[:2]
    content = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(content)


@fault("不在封装包里")
def renamed(folder):
    signed(folder).rename(signed(folder).with_name("改名.pdf"))


@fault("的内容与清单中的校验值不一致")
def linked_elsewhere(folder):
    path = signed(folder)
    path.unlink()
    path.symlink_to("/etc/hostname")


# ── lists, marks, certificates ─────────────────────────────────────────────────────────────────────────────────────


@fault("没有可读的校验清单")
def list_missing(folder):
    (folder / LIST).unlink()


@fault("清单的签章无效")
def list_written_anew(folder):
    say(folder, lambda piece: piece.update(text="另一份正文"))


@fault("清单的签章无效")
def mark_of_another_list(folder):
    mark = bytearray((folder / MARK).read_bytes())
    mark[len(mark) // 3] ^= 1
    (folder / MARK).write_bytes(mark)


@fault("没有可读的证书或吊销列表")
def certificate_broken(folder):
    (folder / "validation" / "root.pem").write_text("没有证书", encoding="utf-8")
    relist(folder)


# ── what is said of the files ──────────────────────────────────────────────────────────────────────────────────────


@fault("package.json 读不出来")
def data_broken(folder):
    (folder / DATA).write_text("{", encoding="utf-8")
    relist(folder)


@fault("XML 描述不在，或读不出来")
def description_broken(folder):
    next((folder / "metadata").glob("*.xml")).write_text("<电子文件封装包>", encoding="utf-8")
    relist(folder)


@fault("XML 描述中“题名”与登记的不一致")
def other_title(folder):
    say(folder, lambda piece: piece.update(title="另一个题名"))


@fault("XML 描述中“保管期限”与登记的不一致")
def other_retention_in_the_description(folder):
    for path in (folder / "metadata").glob("*.xml"):
        path.write_text(path.read_text(encoding="utf-8").replace(">30年<", ">10年<"), encoding="utf-8")
    relist(folder)


@fault("著录不全，缺少：责任者")
def nobody_responsible(folder):
    say(folder, lambda piece: piece.update(responsible=""))


@fault("出现了不止一次")
def number_given_twice(folder):
    numbers = [one["number"] for one in data(folder)["pieces"]]
    say(folder, lambda piece: piece.update(number=next(one for one in numbers if one != piece["number"])))


@fault("不合规范")
def number_out_of_form(folder):
    say(folder, lambda piece: piece.update(number="随便编的号"))


@fault("与日期不符")
def wrong_year(folder):
    say(folder, lambda piece: piece.update(year=piece["year"] - 1))


@fault("登记的是 99 页")
def wrong_number_of_pages(folder):
    say(folder, lambda piece: piece.update(pages=99))


@fault("看不见的字符")
def hidden_characters_in_a_title(folder):
    say(folder, lambda piece: piece.update(title=piece["title"] + "\u202e"))


@fault("目录 index.html 里有脚本")
def script_in_the_index(folder):
    with (folder / INDEX).open("a", encoding="utf-8") as index:
        index.write("<script>alert(1)</script>")
    relist(folder)


# ── signatures and content, with every hash brought in line ────────────────────────────────────────────────────────


@fault("签名核验：签后有追加：")
def annotated(folder):
    def note(writer):
        page, _ = writer.find_page_for_modification(0)
        box = generic.ArrayObject(map(generic.NumberObject, (90, 700, 400, 760)))
        annotation = {
            pdf_name("/Type"): pdf_name("/Annot"), pdf_name("/Subtype"): pdf_name("/FreeText"),
            pdf_name("/Rect"): box, pdf_name("/Contents"): generic.pdf_string("改"),
        }  # fmt: skip
        page.get_object()["/Annots"] = generic.ArrayObject([writer.add_object(generic.DictionaryObject(annotation))])
        writer.update_container(page.get_object())

    put(folder, updated(signed(folder).read_bytes(), note))


@fault("签名核验：无效")
def rolled_back_before_the_signature(folder):
    pdf = signed(folder).read_bytes()
    first = PdfFileReader(io.BytesIO(pdf)).embedded_signatures[0]
    put(folder, pdf[: pdf.rindex(b"%%EOF", 0, int(first.byte_range[1])) + 6])


@fault("签名核验：无效")
def signed_by_somebody_else(folder):
    say(folder, lambda piece: piece["document"]["signatures"][0].update(name="别人示例"))


@fault("带有脚本")
def scripted(folder):
    def script(writer):
        action = {pdf_name("/S"): NameObject("/JavaScript"), pdf_name("/JS"): generic.pdf_string("app.alert(1)")}
        writer.root["/OpenAction"] = writer.add_object(generic.DictionaryObject(action))
        writer.update_root()

    put(folder, updated(signed(folder).read_bytes(), script))


@fault("不是登记的格式")
def another_kind_of_file(folder):
    put(folder, b"PK\x03\x04" + zlib.compress(b"no paper at all"))


@fault("末尾有多余的内容")
def something_behind_the_end(folder):
    put(folder, signed(folder).read_bytes() + b"something that nobody reads, far from the end of the file" * 3)
