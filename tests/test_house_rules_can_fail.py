"""Each rule of the house is shown what it forbids and what it allows: one that cannot fail keeps nothing."""

import argparse
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import models

from tests import docs
from tests.house import code_rules, import_rules, model_rules, text_rules
from tests.house.tree import CHECKOUT, Source

GOOD_ACTION = """
from stroma.clinic.authority import authorize
from stroma.ledger.transaction import action

@action
def release_lot(*, lot, by, at):
    authorize(by, Role.QUALITY, site=lot.site, at=at)

def _helper(lot):
    pass
"""


def _actions(text: str) -> list[str]:
    return code_rules.faulty_actions(Source("stroma/release/actions.py", text))


def test_an_action_that_keeps_the_rules_is_not_blamed() -> None:
    assert _actions(GOOD_ACTION) == []


@pytest.mark.parametrize(
    ("kept", "broken", "finding"),
    [
        ("*, lot, by, at", "lot, *, by, at", "takes arguments by position"),
        ("*, lot, by, at", "*arguments, by, at", "takes arguments by position"),
        ("*, lot, by, at", "*, lot, at", "does not take 'by'"),
        ("*, lot, by, at", "*, lot, by", "does not take 'at'"),
        ("@action", "@transaction.atomic", "is not decorated with @action of stroma.ledger.transaction"),
        (
            "from stroma.ledger.transaction",
            "from elsewhere",
            "is not decorated with @action of stroma.ledger.transaction",
        ),
        ("authorize(by", "print(by", "does not call authorize()"),
    ],
)
def test_an_action_that_breaks_a_rule_is_found(kept: str, broken: str, finding: str) -> None:
    line = GOOD_ACTION[: GOOD_ACTION.index("def release_lot")].count("\n") + 1
    assert _actions(GOOD_ACTION.replace(kept, broken)) == [
        f"stroma/release/actions.py:{line}: release_lot {finding}"
    ]


def test_an_action_on_the_list_need_not_ask_leave() -> None:
    source = Source("stroma/release/actions.py", GOOD_ACTION.replace("authorize(by", "print(by"))
    assert code_rules.faulty_actions(source, without_authority={(source.name, "release_lot")}) == []


def test_a_part_of_an_action_still_says_who_and_when() -> None:
    source = Source("stroma/custody/actions.py", "def keep(scan, *, by):\n    pass")
    found = code_rules.faulty_actions(source, parts_of_actions={(source.name, "keep")})
    assert found == ["stroma/custody/actions.py:1: keep does not take 'at'"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("stroma/release/actions.py", True),
        ("stroma/release/actions/signing.py", True),
        ("stroma/release/queries.py", False),
        ("tests/release/actions.py", False),
    ],
)
def test_actions_modules_are_told_by_their_place(name: str, *, expected: bool) -> None:
    assert code_rules.is_actions_module(Source(name, "")) is expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("stroma/release/views.py", "lots = Lot.objects.all()", ["stroma/release/views.py:1: .objects"]),
        (
            "stroma/release/views/queue.py",
            "Lot._default_manager",
            ["stroma/release/views/queue.py:1: ._default_manager"],
        ),
        ("stroma/release/queries.py", "lots = Lot.objects.all()", []),
        ("stroma/release/views.py", "lots = lots_awaiting_release(site)", []),
    ],
)
def test_a_view_that_reaches_for_tables_is_found(name: str, text: str, expected: list[str]) -> None:
    assert code_rules.objects_in_views(Source(name, text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("person = cast(PersonRequest, request).person", ["stroma/a/views.py:1: PersonRequest"]),
        ("person = person_in(request)", []),
    ],
)
def test_a_view_with_its_own_way_to_the_person_is_found(text: str, expected: list[str]) -> None:
    assert code_rules.own_ways_to_the_person(Source("stroma/a/views.py", text)) == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (
            "stroma/release/actions.py",
            "Lot.objects.select_for_update()",
            ["stroma/release/actions.py:1: select_for_update"],
        ),
        (
            "stroma/ledger/sqlite3/writing.py",
            "ops.for_update_sql()",
            ["stroma/ledger/sqlite3/writing.py:1: for_update_sql"],
        ),
        ("stroma/ledger/sqlite3/writing.py", "ops.for_update_sql(no_key=True)", []),
        ("stroma/ledger/locks.py", "rows.select_for_update(no_key=True)", []),
        ("stroma/release/actions.py", "rows_to_change(Lot.objects).get(pk=lot.pk)", []),
    ],
)
def test_a_lock_that_holds_the_key_is_found(name: str, text: str, expected: list[str]) -> None:
    assert code_rules.locks_that_hold_the_key(Source(name, text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from stroma.release.models import Lot", ["stroma.release.models"]),
        ("import stroma.release", ["stroma.release"]),
        ("from ..models import Lot", ["stroma...models"]),
        ("from stroma.ledger import guards, models", ["stroma.ledger.models"]),
        ("from stroma.ledger.guards import Refuse", []),
        ("from django.db import migrations", []),
    ],
)
def test_a_migration_that_imports_the_application_is_found(text: str, expected: list[str]) -> None:
    source = Source("stroma/release/migrations/0001_initial.py", text)
    found = code_rules.imports_of_the_app_in_migrations(source)
    assert found == [f"{source.name}:1: imports {module}" for module in expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("class T(TransactionTestCase): pass", ["TransactionTestCase"]),
        ("class T(django.test.LiveServerTestCase): pass", ["LiveServerTestCase"]),
        ("@pytest.mark.django_db(transaction=True)\ndef test_x(): pass", ["transaction"]),
        ("def test_x(live_server): pass", ["live_server"]),
        ("@pytest.mark.django_db(transaction=False)\ndef test_x(db): pass", []),
    ],
)
def test_a_test_that_empties_the_tables_is_found(text: str, expected: list[str]) -> None:
    assert code_rules.tests_that_empty_the_tables(Source("tests/x.py", text)) == [
        f"tests/x.py:1: {n}" for n in expected
    ]


def test_every_way_to_write_a_reason_is_read() -> None:
    text = 'Blocker("a")\nb.Blocker(code="b")\nBlocker("c" if x else "d", {})\nBlocker(code)\nOther("e")'
    assert code_rules.blocker_codes(Source("x.py", text)) == {
        "a": "x.py:1",
        "b": "x.py:2",
        "c": "x.py:3",
        "d": "x.py:3",
    }


def test_settings_are_read_where_they_are_asked_for_and_not_in_messages() -> None:
    text = (
        'env_text("STROMA_A") or env_bool("STROMA_B", default=False)\nraise E("STROMA_C makes this public")'
    )
    assert code_rules.settings_read(Source("x.py", text)) == {"STROMA_A", "STROMA_B"}


@pytest.mark.parametrize(
    "line",
    [
        "see /wo_rk/main",
        "'/ro_ot/.venv'",
        "/ho_me/ada/x",
        "fi_le:///x",
        "https://py_pi.org/simple",
        "# TO_DO later",
        "X_XX",
    ],
)
def test_words_that_stay_out_are_found(line: str) -> None:
    # The samples have a mark in them, so that this file keeps the rule itself.
    found = text_rules.forbidden_words(Source("x.md", f"fine\n{line.replace('_', '')}"))
    assert [finding.split(":")[1] for finding in found] == ["2"]


@pytest.mark.parametrize(
    "line", ["home/work/x", "https://example.org/work/", "the root of it", "$HOME/x", "todo list"]
)
def test_words_that_only_look_alike_are_left_alone(line: str) -> None:
    assert text_rules.forbidden_words(Source("x.md", line)) == []


def test_a_module_of_501_lines_is_too_long() -> None:
    assert text_rules.too_long(Source("x.py", "x\n" * 501)) == ["x.py: 501 lines; at most 500"]
    assert text_rules.too_long(Source("x.py", "x\n" * 500)) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = 1  # ty_pe: ignore", ["type: ignore without a code"]),
        ("x = 1  # ty_pe: ignore[assignment]", ["type: ignore without a reason"]),
        ("x = 1  # no_qa", ["noqa without a code"]),
        ("x = 1  # no_qa: N818", ["noqa without a reason"]),
        ("x = 1  # pragma: no co_ver", ["pragma: no cover without a reason"]),
        ("x = 1  # ty_pe: ignore[assignment]  # Django says so", []),
        ("# Django says so\nx = 1  # ty_pe: ignore[assignment]", []),
        ("x = 1  # no_qa: N818 - the reader's word", []),
    ],
)
def test_a_check_silenced_without_a_reason_is_found(text: str, expected: list[str]) -> None:
    found = text_rules.silenced_without_reason(Source("x.py", text.replace("_", "")))
    assert found == [f"x.py:1: {finding}" for finding in expected]


def _model(name: str, **attributes: object) -> type[models.Model]:
    meta = type("Meta", (), {"app_label": "house_rule_samples"})
    return type(name, (models.Model,), {"__module__": __name__, "Meta": meta, **attributes})


def test_a_model_that_does_not_say_what_identifies_is_found() -> None:
    silent = _model("Silent")
    wrong = _model("Wrong", identifies=frozenset({"shoe_size"}))
    hiding = _model("Hiding", identifies=frozenset(), birth_date=models.DateField())
    right = _model("Right", identifies=frozenset({"birth_date"}), birth_date=models.DateField())
    assert model_rules.unsorted_fields([silent, wrong, hiding, right]) == [
        f"{__name__}.Silent does not declare identifies = frozenset({{...}})",
        f"{__name__}.Wrong: identifies names 'shoe_size', which is no field",
        f"{__name__}.Hiding: 'birth_date' identifies a person",
    ]


def test_an_import_against_the_order_breaks_the_contract(tmp_path: Path) -> None:
    package = tmp_path / "sample"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "earlier.py").write_text("import sample.later\n")
    (package / "later.py").touch()
    settings = tmp_path / "contracts.toml"
    settings.write_text(
        '[tool.importlinter]\nroot_package = "sample"\n[[tool.importlinter.contracts]]\nname = "order"\n'
        'type = "layers"\nlayers = ["sample.later", "sample.earlier"]\n'
    )
    asked = "import sys; from importlinter.cli import lint_imports as lint; sys.exit(lint(*sys.argv[1:]))"
    command = [sys.executable, "-c", asked, str(settings)]
    broken = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    (package / "earlier.py").write_text("")
    kept = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (broken.returncode, kept.returncode) == (1, 0), broken.stdout + kept.stdout


def test_a_folder_outside_the_order_of_imports_is_found(tmp_path: Path) -> None:
    package = tmp_path / "stroma"
    for folder in ("ledger", "ledger/domain", "stray", "stray/domain"):
        (package / folder).mkdir(parents=True)
        (package / folder / "__init__.py").touch()
    (package / "stray" / "models.py").touch()
    written = import_rules.contracts(CHECKOUT / "pyproject.toml")
    assert import_rules.folders_without_contract(package, written) == [
        "stroma.stray has no place in the order of imports",
        "stroma.stray.domain is not kept from Django",
        "stroma.stray is not held to domain, models, queries, actions, forms, views",
    ]


def test_a_command_is_described_from_its_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    class Sample:
        """Do something to a file."""

        @staticmethod
        def add_arguments(parser: argparse.ArgumentParser) -> None:
            """As every command has it."""
            kinds = parser.add_subparsers()
            check = kinds.add_parser("check", help="look at it")
            check.add_argument("file", help="what to look at")
            check.add_argument("--out", required=True, help="a | b")
            check.add_argument("--json", action="store_true", help="for programs")

    monkeypatch.setattr(docs.commands, "COMMANDS", {"sample": "sample"})
    monkeypatch.setattr(docs.commands.importlib, "import_module", lambda _path: Sample)
    assert docs.commands_page().removeprefix(docs.commands.HEAD).strip().splitlines() == [
        "## sample",
        "",
        "Do something to a file.",
        "",
        "### sample check",
        "",
        "look at it",
        "",
        "| Argument | Meaning |",
        "|---|---|",
        "| `FILE` | what to look at |",
        "| `--out OUT` | a \\| b (required) |",
        "| `--json` | for programs |",
    ]
