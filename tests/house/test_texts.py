"""What people read: full-width punctuation between Han characters, no script or style in a page, tidy fragments."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SOURCES = sorted((ROOT / "portal").rglob("*.py"))
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,:;()?!][\u4e00-\u9fff]|[\u4e00-\u9fff][,;?!](?:\s|$|<)")
PATTERN = re.compile(r"\\|\||\(\?")  # a regular expression reads Chinese, nobody reads it


def named(file):
    return str(file.relative_to(ROOT))


def without_code(text):
    return re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}|<!--.*?-->", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("file", TEMPLATES, ids=named)
def test_templates_use_full_width_punctuation(file):
    assert HALF_WIDTH.findall(without_code(file.read_text())) == []


@pytest.mark.parametrize("file", SOURCES, ids=named)
def test_sentences_in_the_code_use_full_width_punctuation(file):
    tree = ast.parse(file.read_text())
    # an English docstring may list Chinese words; the docstring of a rule is read by people
    docstrings = (
        set() if file.stem == "rules" else {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    )
    texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in docstrings]
    assert [
        one.value
        for one in texts
        if isinstance(one.value, str) and HALF_WIDTH.search(one.value) and not PATTERN.search(one.value)
    ] == []


@pytest.mark.parametrize("file", [one for one in TEMPLATES if "paper" not in one.parts], ids=named)
def test_a_page_carries_no_script_no_style_and_asks_no_other_host(file):
    text = file.read_text()
    assert not re.search(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:|hx-on", text)
    assert not re.search(r"""(?:src|href|action)=["']?(?:https?:)?//""", text)


FRAGMENTS = [one for one in TEMPLATES if one.name.startswith("_") and "paper" not in one.parts]
ASKED_FOR_ALONE = set(re.findall(r'fragment="([^"]+)"', "".join(file.read_text() for file in SOURCES)))


@pytest.mark.parametrize("file", FRAGMENTS, ids=named)
def test_a_fragment_names_its_variables(file):
    assert file.read_text().startswith("{#"), "the first line is a comment that names the variables"


@pytest.mark.parametrize("name", sorted(ASKED_FOR_ALONE))
def test_a_fragment_that_is_asked_for_alone_has_one_root_with_an_id(name):
    text = (ROOT / "templates" / name).read_text()
    body = without_code(text).strip()
    opening = re.match(r"<([a-z0-9]+)\b[^>]*", body)
    assert opening, "one root element"
    assert "id=" in opening[0]
    assert body.endswith(f"</{opening[1]}>")
