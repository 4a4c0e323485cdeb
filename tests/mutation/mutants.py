"""What is taken away: a rule's reason, the question who may, or a guard of the database.

A mutant's name says all of it: ``rule:MODULE:CODE``, ``authorize:MODULE`` or ``guard:NAME``.
"""

import ast
import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
SPECIFICATION = "stroma.release.domain.specification"
VERDICTS = ("_below_limit", "_above_limit", "_pending", "_detected", "_failed")
"""The endings of the specification's reasons; the beginnings are the protocol's own."""

ROUND_THE_DATABASE = tuple(
    sorted(str(path.relative_to(CHECKOUT)) for path in CHECKOUT.glob("tests/never/test_round_the_*.py"))
)
"""Every file of cases that go round the actions, so that none is forgotten when one is added."""

LEFT_OUT = {"browser", "mutation", "model", "peers"}
"""Folders whose tests take too long here, or keep what a rule once said."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A guard to be taken away and the test files that should notice."""

    name: str
    tests: tuple[str, ...]


def rule_mutants() -> Iterator[Mutant]:
    """Every reason that a pure rule gives, with the test files that speak of it, the quickest first."""
    for path in sorted(CHECKOUT.glob("stroma/*/domain/**/*.py")):
        module = ".".join(path.relative_to(CHECKOUT).with_suffix("").parts)
        codes = VERDICTS if module == SPECIFICATION else tuple(sorted(codes_in(path)))
        for code in codes:
            yield Mutant(f"rule:{module}:{code}", tests_that_mention(code, step=path.parts[-3]))


def codes_in(path: Path) -> set[str]:
    """The codes of the reasons that a module of rules gives: ``Blocker("code", …)``, and those it takes from a table.

    A rule may hold its checks as a table, in whatever form, and make a reason of each row that applies: then every text
    of the module that has a sentence is a code, but for those that it only looks for.
    """
    module = ast.parse(path.read_text(encoding="utf-8"))
    calls = [
        node.args[0]
        for node in ast.walk(module)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Blocker"
        and node.args
    ]
    read = _only_read(module)
    texts = {
        node.value for node in ast.walk(module) if isinstance(node, ast.Constant) and id(node) not in read
    }
    # Beside a code may stand the code of another sentence, in whose words the reason is said.
    texts -= {
        value.value
        for node in ast.walk(module)
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant) and key.value == "wording" and isinstance(value, ast.Constant)
    }
    codes = {first.value for first in calls if isinstance(first, ast.Constant)}
    if any(not isinstance(first, ast.Constant) for first in calls):
        codes |= texts & _sentences()
    return {code for code in codes if isinstance(code, str) and code.isidentifier()}


def _only_read(module: ast.Module) -> set[int]:
    """The texts that a module compares with, or holds in a set: it looks for them in what another has given."""
    looked_at = [node for node in ast.walk(module) if isinstance(node, ast.Compare | ast.Set)]
    return {id(node) for one in looked_at for node in ast.walk(one) if isinstance(node, ast.Constant)}


@cache
def _sentences() -> frozenset[str]:
    """The codes of every step: one may give a reason whose sentence is another's."""
    steps = [path.parent.name for path in CHECKOUT.glob("stroma/*/messages.py")]
    return frozenset(
        code for step in steps for code in importlib.import_module(f"stroma.{step}.messages").MESSAGES
    )


@cache
def _test_texts() -> dict[str, str]:
    files = [
        path
        for path in CHECKOUT.glob("tests/**/test_*.py")
        if not LEFT_OUT & set(path.relative_to(CHECKOUT).parts)
    ]
    return {str(path.relative_to(CHECKOUT)): path.read_text(encoding="utf-8") for path in sorted(files)}


@cache
def _tables() -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in CHECKOUT.glob("tests/spec/*.txt")}


def tests_that_mention(code: str, *, step: str) -> tuple[str, ...]:
    """The test files that speak of a code, or read a clinician's table that does: those without a database first."""
    tables = [name for name, text in _tables().items() if code in text]
    found = [
        file
        for file, text in _test_texts().items()
        if code in text or any(f'"{table}"' in text for table in tables)
    ]

    return tuple(sorted(found, key=lambda file: (needs_database(file), f"tests/{step}/" not in file, file)))


def needs_database(file: str) -> bool:
    """Whether a test file works on a database, and so takes seconds instead of milliseconds."""
    return "django_db" in _test_texts()[file] or "/never/" in file


def authorize_mutants() -> Iterator[Mutant]:
    """Every module of actions that asks who may."""
    for path in sorted([*CHECKOUT.glob("stroma/*/actions.py"), *CHECKOUT.glob("stroma/*/actions/*.py")]):
        if "authorize(" in path.read_text(encoding="utf-8"):
            module = ".".join(path.relative_to(CHECKOUT).with_suffix("").parts).removesuffix(".__init__")
            yield Mutant(f"authorize:{module}", ("tests/never/test_who_may_do_what.py",))


def guard_mutants() -> Iterator[Mutant]:
    """Every trigger that a case of ``tests/never`` tries. Needs Django."""
    modules = [
        importlib.import_module(file.removesuffix(".py").replace("/", ".")) for file in ROUND_THE_DATABASE
    ]
    for name in sorted({case.guard for module in modules for case in module.CASES}):
        yield Mutant(f"guard:{name}", ROUND_THE_DATABASE)
