"""A pytest plugin that takes one guard away before the tests run: the one that ``STROMA_TESTS_MUTANT`` names.

``guards`` takes away, in each test that tries a guard of the database, that very guard, and writes into the file
``STROMA_TESTS_VERDICTS`` which tests failed.
"""

import functools
import importlib
import inspect
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stroma.protocols.domain.blocker import Blocker

# Read at once: the tests' own settings take every STROMA_ variable away.
MUTANT = os.environ.get("STROMA_TESTS_MUTANT", "")
VERDICTS = os.environ.get("STROMA_TESTS_VERDICTS", "")
_failed: dict[str, bool] = {}


def pytest_collection_finish(session: pytest.Session) -> None:
    """Everything is imported now, so every name of the guard can be given another meaning."""
    kind, _, rest = MUTANT.partition(":")
    if kind == "rule":
        module, _, code = rest.rpartition(":")
        silence(module, code)
    elif kind == "authorize":
        module_named = importlib.import_module(rest)
        module_named.authorize = lambda *_args, **_kwargs: None  # type: ignore[attr-defined]  # the mutation


def silence(module: str, code: str) -> None:
    """Let no function of a module give a reason whose code is, or ends in, ``code``."""
    rules = importlib.import_module(module)
    for name, function in list(vars(rules).items()):
        if inspect.isfunction(function) and function.__module__ == module:
            _replace_everywhere(function, _without(function, code), name)


def _without(function: Any, code: str) -> Any:
    @functools.wraps(function)
    def mutated(*args: Any, **kwargs: Any) -> Any:
        given = function(*args, **kwargs)
        if isinstance(given, list) and any(isinstance(one, Blocker) for one in given):
            return [one for one in given if not (isinstance(one, Blocker) and _is(one.code, code))]
        if isinstance(given, Iterator) and inspect.isgenerator(given):
            return (one for one in given if not (isinstance(one, Blocker) and _is(one.code, code)))
        return given

    return mutated


def _is(given: str, code: str) -> bool:
    return given == code or (code.startswith("_") and given.endswith(code))


def _replace_everywhere(function: Any, mutated: Any, name: str) -> None:
    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").startswith(("stroma", "tests")):
            for other, value in list(vars(module).items()):
                if value is function:
                    setattr(module, other, mutated)


@pytest.fixture(autouse=True)
def _without_its_guard(request: pytest.FixtureRequest) -> None:
    """In a run of ``guards``: the guard that a case tries is gone before it is tried."""
    callspec = getattr(request.node, "callspec", None)
    case = callspec.params.get("case") if callspec else None
    if MUTANT == "guards" and hasattr(case, "guard"):
        from tests.never.unguarded import take_away

        request.getfixturevalue("world")
        take_away(case.guard)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember which tests failed."""
    if report.when == "call":
        _failed[report.nodeid] = report.failed


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Say it."""
    if VERDICTS:
        Path(VERDICTS).write_text(json.dumps(_failed), encoding="utf-8")
