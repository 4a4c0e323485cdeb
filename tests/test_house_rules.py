"""Stroma keeps the rules of its house; ``test_house_rules_can_fail.py`` shows that each would notice."""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest
from django.apps import apps
from importlinter.cli import lint_imports

from stroma.ledger import wording
from tests import docs
from tests.house import code_rules, import_rules, model_rules, text_rules
from tests.house.tree import CHECKOUT, Source, every_text, python_below

# Actions that ask nobody's leave, each with its reason.
WITHOUT_AUTHORITY = {
    (
        "stroma/clinic/actions/__init__.py",
        "open_site",
    ): "the first administrator is made here; nobody has a role before",
    (
        "stroma/clinic/actions/__init__.py",
        "note_credential_change",
    ): "it writes down what the person did to their own account; django-allauth asked for the password",
    (
        "stroma/clinic/actions/attempts.py",
        "report_attempts",
    ): "the door reports who tried it; nobody who may ask is signed in",
    (
        "stroma/patients/actions/accounts.py",
        "void_attestation",
    ): "it ends what was said of an account whose owner changes its address; django-allauth asked who that is",
    (
        "stroma/ledger/actions.py",
        "found_installation",
    ): "no person has an account yet; a process founds the database",
    (
        "stroma/planning/actions/consultations.py",
        "book_consultation",
    ): "a visitor has no account; the red flags and the free hour are the rule",
    (
        "stroma/planning/actions/consultations.py",
        "cancel_consultation",
    ): "whoever holds the link that the booking gave may give the time back",
}

# Functions that actions of other steps call in the middle of their own transaction.
PARTS_OF_ACTIONS = {
    (
        "stroma/custody/actions/hand_overs.py",
        "keep_scan",
    ): "a hand-over and a time-out keep what was scanned as they decide",
    (
        "stroma/custody/actions/holding.py",
        "hold_back",
    ): "an excursion and a look-back hold many containers back in one transaction",
}

# Modules that mypy may treat less strictly than the rest; take one off the list when it is clean, never add
# one.
LESS_STRICTLY_TYPED = {"scipy.*", "allauth.*", "axes.*", "numba.*", "llvmlite.*"}

STROMA = python_below("stroma")
TESTS = python_below("tests")
ACTIONS = [source for source in STROMA if code_rules.is_actions_module(source)]


def nothing_found(findings: Iterable[object]) -> None:
    """Fail with every finding on a line of its own, however many there are."""
    listed = [str(finding) for finding in findings]
    assert not listed, "\n".join(["", *listed])


def test_the_order_of_imports_holds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(CHECKOUT)
    failed = lint_imports(config_filename="pyproject.toml", no_cache=True, no_logo=True)
    assert not failed, capsys.readouterr().out


def test_every_folder_has_its_place_in_the_order_of_imports() -> None:
    written = import_rules.contracts(CHECKOUT / "pyproject.toml")
    nothing_found(import_rules.folders_without_contract(CHECKOUT / "stroma", written))


@pytest.mark.parametrize("source", ACTIONS, ids=lambda source: source.name)
def test_every_action_says_who_and_when_and_asks_whether_it_may(source: Source) -> None:
    nothing_found(
        code_rules.faulty_actions(
            source, without_authority=WITHOUT_AUTHORITY, parts_of_actions=PARTS_OF_ACTIONS
        )
    )


def test_every_exception_to_asking_leave_is_still_needed() -> None:
    needed = {
        (source.name, function.name)
        for source in ACTIONS
        for function in code_rules.public_functions(source)
        if "authorize" not in code_rules.calls(function)
    }
    nothing_found(sorted((WITHOUT_AUTHORITY.keys() | PARTS_OF_ACTIONS.keys()) - needed))


def test_views_leave_tables_to_queries() -> None:
    nothing_found(finding for source in STROMA for finding in code_rules.objects_in_views(source))


def test_one_place_says_who_asks_for_a_page() -> None:
    nothing_found(finding for source in STROMA for finding in code_rules.own_ways_to_the_person(source))


def test_every_model_says_which_fields_identify_a_person() -> None:
    ours = [model for model in apps.get_models() if model.__module__.startswith("stroma.")]
    nothing_found(model_rules.unsorted_fields(ours))


def test_rows_are_locked_in_one_way_that_leaves_their_keys_free() -> None:
    nothing_found(f for source in STROMA for f in code_rules.locks_that_hold_the_key(source))


def test_migrations_import_nothing_that_changes() -> None:
    nothing_found(f for source in STROMA for f in code_rules.imports_of_the_app_in_migrations(source))


def test_every_reason_has_a_sentence() -> None:
    written = {code: place for source in STROMA for code, place in code_rules.blocker_codes(source).items()}
    nothing_found(f"{place}: {code}" for code, place in written.items() if code not in wording.MESSAGES)


def test_every_setting_is_documented_and_every_documented_one_is_read() -> None:
    read = set().union(*(code_rules.settings_read(source) for source in python_below("stroma/config")))
    page = (CHECKOUT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
    table = page.partition("## Read by Stroma")[2].partition("\n## ")[0]
    assert sorted(re.findall(r"^\| `(STROMA_\w+)`", table, flags=re.MULTILINE)) == sorted(read)


def test_every_command_is_documented() -> None:
    assert docs.COMMANDS_PAGE.read_text(encoding="utf-8") == docs.commands_page(), (
        "docs/reference/commands.md is stale. Write it anew: ./run python -m tests.docs --write"
    )


def test_nothing_names_one_machine_or_is_left_undone() -> None:
    nothing_found(finding for source in every_text() for finding in text_rules.forbidden_words(source))


def test_no_module_is_too_long() -> None:
    nothing_found(finding for source in STROMA + TESTS for finding in text_rules.too_long(source))


def test_a_silenced_check_says_which_and_why() -> None:
    written_by_hand = [source for source in STROMA if "migrations" not in source.name]
    nothing_found(
        finding for source in written_by_hand for finding in text_rules.silenced_without_reason(source)
    )


def test_no_test_empties_the_tables() -> None:
    nothing_found(finding for source in TESTS for finding in code_rules.tests_that_empty_the_tables(source))


def test_types_are_checked_strictly_everywhere_but_on_a_list_that_only_shrinks() -> None:
    mypy = tomllib.loads(Path(CHECKOUT, "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]
    assert (mypy["strict"], mypy["files"], mypy["exclude"]) == (True, ["stroma"], ["migrations/"])
    overridden = [override["module"] for override in mypy["overrides"]]
    modules = {m for names in overridden for m in ([names] if isinstance(names, str) else names)}
    assert modules == LESS_STRICTLY_TYPED
