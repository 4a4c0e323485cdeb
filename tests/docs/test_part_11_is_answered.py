"""``docs/reference/part-11.md`` has every clause of the rule, and the tests that it names exist."""

import ast
import re
from functools import cache

import pytest

from tests.docs.made import CHECKOUT

TEXT = (CHECKOUT / "docs" / "reference" / "part-11.md").read_text(encoding="utf-8")
ROWS = re.findall(
    r"^\| (?P<clause>11\.\S+) \| (?P<asks>.+?) \| (?P<answer>.+?) \| ?(?P<tests>.*?) ?\|$",
    TEXT,
    flags=re.MULTILINE,
)
CLAUSES = [
    *(f"11.10({letter})" for letter in "abcdefghijk"),
    "11.30",
    *(f"11.50({letter})" for letter in "ab"),
    "11.70",
    *(f"11.100({letter})" for letter in "abc"),
    *(f"11.200(a)({number})" for number in (1, 2, 3)),
    "11.200(b)",
    *(f"11.300({letter})" for letter in "abcde"),
]
OPEN = ("**the site's own procedure**", "**not met**")


@cache
def functions_of(file: str) -> set[str]:
    """The names of the test functions that a file defines."""
    tree = ast.parse((CHECKOUT / file).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_clause_has_its_row_once_and_in_order() -> None:
    assert [row[0] for row in ROWS] == CLAUSES


@pytest.mark.parametrize(
    ("clause", "answer", "tests"), [(r[0], r[2], r[3]) for r in ROWS], ids=[r[0] for r in ROWS]
)
def test_a_clause_is_shown_by_tests_that_exist_or_says_that_it_is_open(
    clause: str, answer: str, tests: str
) -> None:
    named = re.findall(r"`([^`]+)`", tests)
    assert named or any(words in answer.lower() for words in OPEN), clause
    for test in named:
        file, _, name = test.partition("::")
        assert name in functions_of(file), test


def test_a_test_that_does_not_exist_would_be_missed() -> None:
    assert "test_nobody_wrote_this" not in functions_of("tests/docs/test_part_11_is_answered.py")
