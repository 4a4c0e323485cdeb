"""Every key of a TOML text is found on the line it was written on."""

import json
import re
import tomllib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stroma.protocols.domain.locator import locate_keys, nearest_line, place_text

KEYS = st.one_of(
    st.from_regex(r"[a-zA-Z0-9_-]{1,6}", fullmatch=True), st.text("a.b \"'#=[]{}\\é\t\n", max_size=5)
)
TEXTS = st.text("ab \"'\\#[]{}=,\n", max_size=12)
SCALARS = st.one_of(TEXTS, st.integers(-99, 99), st.booleans())
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(
    KEYS, VALUES | st.lists(st.dictionaries(KEYS, VALUES, max_size=2), max_size=3), max_size=4
)


class Writer:
    """Writes a document as TOML in shapes that ``choose`` picks, and notes the line of every key and item."""

    def __init__(self, choose: Callable[[list[str]], str]) -> None:
        self.choose = choose
        self.text = ""
        self.lines: dict[tuple[str | int, ...], int] = {(): 1}

    def note(self, place: tuple[str | int, ...]) -> None:
        self.lines.setdefault(place, self.text.count("\n") + 1)

    def key(self, name: str) -> str:
        shapes = ["basic"]
        if re.fullmatch(r"[A-Za-z0-9_-]+", name):
            shapes.append("bare")
        if not re.search(r"['\n]", name):
            shapes.append("literal")
        shape = self.choose(shapes)
        return {"basic": json.dumps(name), "bare": name, "literal": f"'{name}'"}[shape]

    def table(self, content: dict[str, Any], place: tuple[str | int, ...], header: list[str]) -> None:
        later = []
        for name, value in content.items():
            shape = self.choose(self.shapes(value))
            written = self.key(name)
            if shape in ("header", "items"):
                later.append((name, written, value, shape))
            elif shape == "dotted":
                for inner_name, inner in value.items():
                    self.text += self.choose(["", "  "])
                    self.note((*place, name))
                    self.note((*place, name, inner_name))
                    self.text += f"{written}{self.choose(['.', ' . '])}{self.key(inner_name)} = "
                    self.value(inner, (*place, name, inner_name))
                    self.text += "\n"
            else:
                self.note((*place, name))
                self.text += f"{written} = "
                self.value(value, (*place, name))
                self.text += self.choose(["\n", "  # [no.table]\n", "\n\n", "\r\n"])
        for name, written, value, shape in later:
            if shape == "header":
                self.note((*place, name))
                self.text += f"[{'.'.join([*header, written])}]\n"
                self.table(value, (*place, name), [*header, written])
            else:
                for number, item in enumerate(value):
                    self.note((*place, name))
                    self.note((*place, name, number))
                    self.text += f"[[ {' . '.join([*header, written])} ]] # next\n"
                    self.table(item, (*place, name, number), [*header, written])

    def shapes(self, value: Any) -> list[str]:
        shapes = ["inline"]
        if isinstance(value, dict):
            shapes.append("header")
            if value:
                shapes.append("dotted")
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            shapes.append("items")
        return shapes

    def value(self, value: Any, place: tuple[str | int, ...]) -> None:
        if isinstance(value, dict):
            self.text += "{"
            for number, (name, inner) in enumerate(value.items()):
                self.text += ", " if number else " "
                self.note((*place, name))
                self.text += f"{self.key(name)} = "
                self.value(inner, (*place, name))
            self.text += " }"
        elif isinstance(value, list):
            self.text += "["
            for number, inner in enumerate(value):
                self.text += self.choose(["", "\n  ", " # ], [\n"])
                self.note((*place, number))
                self.value(inner, (*place, number))
                self.text += self.choose([",", ",", " ,\n"])
            self.text += "]"
        elif isinstance(value, str):
            self.text += self.string(value)
        else:
            self.text += json.dumps(value)

    def string(self, value: str) -> str:
        shapes = ["basic", "long basic"]
        if not re.search(r"['\n]", value):
            shapes.append("literal")
        if "'''" not in value and not value.endswith("'''"):
            shapes.append("long literal")
        escaped = value.replace("\\", "\\\\").replace('"""', '""\\"')
        return {
            "basic": json.dumps(value),
            "long basic": f'"""\n{escaped}"""',
            "literal": f"'{value}'",
            "long literal": f"'''\n{value}'''",
        }[self.choose(shapes)]


@given(DOCUMENTS, st.data())
def test_every_key_is_found_on_the_line_it_was_written_on(
    document: dict[str, Any], data: st.DataObject
) -> None:
    writer = Writer(lambda shapes: data.draw(st.sampled_from(shapes)))
    writer.table(document, (), [])
    assert tomllib.loads(writer.text) == document
    assert locate_keys(writer.text) == writer.lines


HARD_TO_READ = '''\
# [not.a.table]
a = "x # no comment" # comment

"quoted.key" = 1
dotted.'deep key'.last = [
    1, # one ]
    { x = "}", y = [2,
       3] },
]
text = """
b = 1
[c]
"" two quotes, and three at the end: """""
raw = \'\'\'
[[d]]\'\'\'\'
when = 1979-05-27 07:32:00
[[list]]
name = 1
[[list.inner]]
z = 1
[[list]]
[[list.inner]]
[list.inner.table]
w = 2
[ up . "per" ]
'''


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ((), 1),
        (("a",), 2),
        (("quoted.key",), 4),
        (("dotted",), 5),
        (("dotted", "deep key", "last"), 5),
        (("dotted", "deep key", "last", 0), 6),
        (("dotted", "deep key", "last", 1, "y"), 7),
        (("dotted", "deep key", "last", 1, "y", 1), 8),
        (("text",), 10),
        (("raw",), 14),
        (("when",), 16),
        (("list",), 17),
        (("list", 0, "name"), 18),
        (("list", 0, "inner", 0, "z"), 20),
        (("list", 1), 21),
        (("list", 1, "inner"), 22),
        (("list", 1, "inner", 0, "table", "w"), 24),
        (("up", "per"), 25),
    ],
)
def test_a_key_in_an_awkward_place_is_found(place: tuple[str | int, ...], line: int) -> None:
    assert locate_keys(HARD_TO_READ)[place] == line


def test_a_key_that_was_not_written_is_told_at_the_nearest_one_around_it() -> None:
    lines = locate_keys("a = 1\n\n[b]\nc = 2\n")
    assert [nearest_line(lines, place) for place in [("b", "d"), ("b", "c", "e", 0), ("z",)]] == [3, 4, 1]


def test_a_place_reads_as_a_person_would_write_it() -> None:
    assert place_text(("criteria", 3, "limit")) == "criteria[3].limit"
    assert place_text(("a", "b c")) == 'a."b c"'
    assert place_text(()) == ""
