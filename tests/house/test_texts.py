"""What people read: full-width punctuation between Han characters, no script or style in a page, tidy fragments."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SOURCES = sorted((ROOT / "portal").rglob("*.py"))
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,:;()?!][\u4e00-\u9fff]|[\u4e00-\u9fff][,;?!](?:\s|$|<)")
PATTERN = re.compile(r"\\|\||\(\?")  # a regular expression reads Chinese, nobody reads it


def named(file):
    return str(file.relative_to(ROOT))


def without_code(text):
    return re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}|<!--.*?-->", "", text, flags=re.DOTALL)


def offenders(files, faults):
    """Each file with what is wrong in it."""
    found = {named(file): faults(file) for file in files}
    return {name: wrong for name, wrong in found.items() if wrong}


def test_templates_use_full_width_punctuation():
    assert offenders(TEMPLATES, lambda file: HALF_WIDTH.findall(without_code(file.read_text()))) == {}


def half_width(file):
    tree = ast.parse(file.read_text())
    # an English docstring may list Chinese words; the docstring of a rule is read by people
    docstrings = (
        set() if file.stem == "rules" else {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    )
    texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in docstrings]
    return [
        one.value
        for one in texts
        if isinstance(one.value, str) and HALF_WIDTH.search(one.value) and not PATTERN.search(one.value)
    ]


def test_sentences_in_the_code_use_full_width_punctuation():
    assert offenders(SOURCES, half_width) == {}


PAGES = [one for one in TEMPLATES if "paper" not in one.parts]
INLINE = re.compile(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:|hx-on")
ELSEWHERE = re.compile(r"""(?:src|href|action)=["']?(?:https?:)?//""")


def test_a_page_carries_no_script_no_style_and_asks_no_other_host():
    assert offenders(PAGES, lambda file: INLINE.findall(file.read_text()) + ELSEWHERE.findall(file.read_text())) == {}


def test_a_fragment_names_its_variables_in_its_first_line():
    fragments = [one for one in PAGES if one.name.startswith("_")]
    assert offenders(fragments, lambda file: not file.read_text().startswith("{#")) == {}


ASKED_FOR_ALONE = set(re.findall(r'fragment="([^"]+)"', "".join(file.read_text() for file in SOURCES)))


def other_than_one_root(file):
    body = without_code(file.read_text()).strip()
    opening = re.match(r"<([a-z0-9]+)\b[^>]*", body)
    return not opening or "id=" not in opening[0] or not body.endswith(f"</{opening[1]}>")


def test_a_fragment_that_is_asked_for_alone_has_one_root_with_an_id():
    assert offenders((ROOT / "templates" / name for name in ASKED_FOR_ALONE), other_than_one_root) == {}
