"""A pytest plugin that takes guards away one after the other, in one run: see ``mutants.py`` for what is taken.

Note [One run, one database, every mutant]
    Starting Python and making a database takes longer than most tests. So each test is run once as it is,
    while every rule notes which reasons it gave; then, once for each of those reasons that no test has missed yet, it
    is run again without it. A test that fails then has noticed. A reason is tried by at most ``MOST_TESTS`` tests, the
    quickest files first, and by every test that names it, in its text or its parameters: those are the likeliest to
    notice, and come first in their file. A run ends when its seconds are spent: what was not tried is named, not
    counted.
"""

import dataclasses
import functools
import importlib
import inspect
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from _pytest.runner import runtestprotocol

from stroma.planning.domain.ways import Way
from stroma.protocols.domain.blocker import Blocker, Refused

MOST_TESTS = 8
"""So many tests that do not name a reason try it."""

# Read at once: the tests' own settings take every STROMA_ variable away.
_ORDERS = json.loads(os.environ.get("STROMA_TESTS_MUTANTS", "{}"))
_taken_away: list[str] = []
_spoken: set[str] = set()

# A mutant is found by the first example or not at all; shrinking it would only cost time.
hypothesis.settings.register_profile(
    "mutation", deadline=None, database=None, max_examples=40, phases=[hypothesis.Phase.generate]
)


def pytest_configure(config: pytest.Config) -> None:
    """Properties are tried with few examples."""
    hypothesis.settings.load_profile("mutation")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Everything is imported now, so every rule can be listened to, under each name it has."""
    by_module: dict[str, set[str]] = defaultdict(set)
    for name in _ORDERS.get("mutants", []):
        kind, _, rest = name.partition(":")
        if kind == "rule":
            module, _, code = rest.rpartition(":")
            by_module[module].add(code)
        elif kind == "authorize":
            _listen_to_authority(rest)
    for module, codes in by_module.items():
        listen(module, codes)


def listen(module: str, codes: set[str]) -> None:
    """Let every function of a module note the reasons it gives, and give none that is taken away."""
    rules = importlib.import_module(module)
    for name, function in list(vars(rules).items()):
        if inspect.isfunction(function) and function.__module__ == module:
            _replace_everywhere(function, _heard(function, module, codes), name)


def _heard(function: Callable[..., Any], module: str, codes: set[str]) -> Callable[..., Any]:
    def is_left(one: Any) -> bool:
        one = getattr(one, "blocker", one)  # a finding of a review carries one
        if not isinstance(one, Blocker | Way):
            return True
        code = next((c for c in codes if one.code == c or (c.startswith("_") and one.code.endswith(c))), None)
        if code is None:
            return True
        _spoken.add(f"rule:{module}:{code}")
        return f"rule:{module}:{code}" not in _taken_away

    @functools.wraps(function)
    def listening(*args: Any, **kwargs: Any) -> Any:
        try:
            given = function(*args, **kwargs)
        except Refused as refused:
            left = [one for one in refused.blockers if is_left(one)]
            if refused.blockers and not left:
                return None
            refused.blockers = left
            raise
        if isinstance(given, Blocker):
            return given if is_left(given) else None
        if isinstance(given, tuple) and len(given) == 2 and isinstance(given[1], list):
            return given[0], [
                one for one in given[1] if is_left(one)
            ]  # an answer, or the reasons why there is none
        if isinstance(given, list | tuple) and any(isinstance(one, Blocker | Way) for one in given):
            return type(given)(one for one in given if is_left(one))
        if isinstance(given, Iterator) and inspect.isgenerator(given):
            return (one for one in given if is_left(one))
        if dataclasses.is_dataclass(given) and isinstance(reasons := getattr(given, "reasons", None), tuple):
            return dataclasses.replace(given, reasons=tuple(one for one in reasons if is_left(one)))
        if dataclasses.is_dataclass(given) and isinstance(found := getattr(given, "findings", None), list):
            return dataclasses.replace(given, findings=[one for one in found if is_left(one)])
        return given

    return listening


def _listen_to_authority(module: str) -> None:
    actions = importlib.import_module(module)
    asked = actions.authorize
    name = f"authorize:{module}"

    @functools.wraps(asked)
    def listening(*args: Any, **kwargs: Any) -> Any:
        try:
            return asked(*args, **kwargs)
        except Refused:
            _spoken.add(name)
            if name not in _taken_away:
                raise

    actions.authorize = listening  # type: ignore[attr-defined]  # the mutation


def _replace_everywhere(function: Any, other: Any, name: str) -> None:
    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").startswith(("stroma", "tests", "test_")):
            for found, value in list(vars(module).items()):
                if value is function:
                    setattr(module, found, other)
    del name


@pytest.fixture(autouse=True)
def _without_its_guard(request: pytest.FixtureRequest) -> None:
    """Where a guard of the database is taken away: it is gone before the case that tries it begins."""
    guards = [name.removeprefix("guard:") for name in _taken_away if name.startswith("guard:")]
    if guards:
        from tests.never.unguarded import take_away

        request.getfixturevalue("world")
        take_away(*guards)


def _guard_of(item: pytest.Item) -> str | None:
    callspec = getattr(item, "callspec", None)
    case = callspec.params.get("case") if callspec else None
    guard = getattr(case, "guard", None)
    return f"guard:{guard}" if guard else None


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """The run itself: see Note [One run, one database, every mutant]."""
    if not _ORDERS:
        return None
    until = time.monotonic() + _ORDERS["seconds"]
    waiting = set(_ORDERS["mutants"])
    guards_only = all(name.startswith("guard:") for name in waiting)
    noticed: dict[str, str] = {}
    tried: dict[str, int] = defaultdict(int)
    sick: list[str] = []
    items = [
        item
        for item in session.items
        if not item.get_closest_marker("processes") and (not guards_only or _guard_of(item) in waiting)
    ]
    items = _likeliest_first(items, session.config.args, waiting)
    for number, item in enumerate(items):
        if not waiting or time.monotonic() > until:
            break
        named = _named_by(item, waiting)
        untried = {name for name in waiting if name.startswith("rule:") and tried[name] < MOST_TESTS}
        guard = _guard_of(item)
        if not (named or untried or guard in waiting):
            continue
        _spoken.clear()
        session._setupstate.teardown_exact(item)  # the one that was to follow may have been passed over
        following = items[(number + 1) % len(items)]
        if not _passes(item, following):
            sick.append(item.nodeid)
            continue
        for name in sorted((_spoken | {guard}) & (named | untried | {guard}) & waiting, key=str):
            tried[name] += 1
            _taken_away[:] = [name]
            passed = _passes(item, following)
            _taken_away.clear()
            if not passed:
                noticed[name] = item.nodeid
                waiting.discard(name)
    session._setupstate.teardown_exact(None)
    verdicts = {
        "noticed": noticed,
        "tried": dict(tried),
        "sick": sick,
        "out_of_time": bool(waiting) and time.monotonic() > until,
    }
    Path(_ORDERS["verdicts"]).write_text(json.dumps(verdicts), encoding="utf-8")
    return True


def _likeliest_first(items: list[pytest.Item], files: list[str], names: set[str]) -> list[pytest.Item]:
    """The files as they were asked for (pytest-django puts a database first), and in each what names a guard first."""
    place = {file: number for number, file in enumerate(files)}
    return sorted(items, key=lambda item: (place[item.nodeid.partition("::")[0]], not _named_by(item, names)))


def _named_by(item: pytest.Item, names: set[str]) -> set[str]:
    """Which reasons a test names in its text or its parameters, and whose question who may it is about."""
    text = _text_of(item)
    return {name for name in names if name.rpartition(":")[2] in text}


@functools.cache
def _text_of(item: pytest.Item) -> str:
    function, callspec = getattr(item, "function", None), getattr(item, "callspec", None)
    parameters = list(callspec.params.values()) if callspec else []
    actions = [getattr(getattr(one, "action", None), "__module__", "") for one in parameters]
    source = inspect.getsource(function) if function else ""
    return " ".join([source, *actions, *map(repr, parameters)])


def _passes(item: pytest.Item, following: pytest.Item) -> bool:
    if hasattr(item, "_initrequest"):
        item._initrequest()
    reports = runtestprotocol(item, nextitem=following if following is not item else None, log=False)
    return not any(report.failed for report in reports)
