"""The rules of every style sheet and template: five sizes, tokens only, nothing inline."""

import re
from pathlib import Path

import pytest

import stroma.look

WEB = Path(stroma.look.__file__).parent
SHEETS = sorted((WEB / "static/look/css").glob("*.css"))
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
ENTRY = WEB / "static/look/css/stroma.css"


def test_every_style_sheet_is_loaded_into_a_layer() -> None:
    imports = re.findall(
        r'@import url\("([a-z]+\.css)"\) layer\((?:tokens|base|components|pages)\);', ENTRY.read_text()
    )
    assert sorted(imports) == sorted(sheet.name for sheet in SHEETS if sheet != ENTRY)


def test_there_are_five_sizes_of_type() -> None:
    tokens = (WEB / "static/look/css/tokens.css").read_text()
    assert re.findall(r"--size-(\d): ", tokens) == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize("sheet", [s for s in SHEETS if s.name != "tokens.css"], ids=lambda sheet: sheet.name)
def test_a_style_sheet_takes_its_sizes_and_colors_from_the_tokens(sheet: Path) -> None:
    css = re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.DOTALL)
    screen = re.sub(r"@media print \{.*", "", css, flags=re.DOTALL)
    sizes = {size for size in re.findall(r"font-size: ([^;]+);", screen) if "var(--size-" not in size}
    # 100% is the reader's own setting; a chart's 14 px are units of its drawing.
    assert sizes <= {"100%", "14px"}
    assert re.findall(r"#[0-9a-f]{3,8}\b|\brgb\(|\bhsl\(", css) == []
    assert set(re.findall(r"oklch\([^)]*\)", css)) <= {
        "oklch(0.15 0.01 262 / 0.6)"
    }  # the veil behind a dialog


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_every_token_that_is_used_is_defined(sheet: Path) -> None:
    everything = "\n".join(s.read_text() for s in SHEETS)
    defined = set(re.findall(r"(--[a-z0-9-]+):", everything))
    assert set(re.findall(r"var\((--[a-z0-9-]+)", sheet.read_text())) - defined == set()


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_a_template_has_nothing_inline(template: Path) -> None:
    html = template.read_text()
    assert re.findall(r"\sstyle=|\son[a-z]+=|<style|<script(?![^>]*\ssrc=)", html) == []
