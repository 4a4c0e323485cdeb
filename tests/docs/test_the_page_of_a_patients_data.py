"""``docs/explanation/a-patients-data.md`` names folders, actions, tables and entries that exist."""

import importlib
import re

import pytest
from django.apps import apps

from stroma.ledger.transaction import in_action
from tests.docs.made import CHECKOUT
from tests.house.tree import python_below

TEXT = (CHECKOUT / "docs" / "explanation" / "a-patients-data.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\w+) \| `(\w+)` \| (.+) \| (.+) \|$", TEXT, flags=re.MULTILINE)
TABLES = {model._meta.db_table for model in apps.get_models()}
ENTRIES = {
    name
    for source in python_below("stroma")
    if "record(" in source.text  # from an action or from what it calls
    for name in re.findall(r'"([a-z_]+\.[a-z_]+)"', source.text)
}


@pytest.mark.parametrize(("folder", "action", "tables", "entry"), ROWS, ids=[f"{r[0]}.{r[1]}" for r in ROWS])
def test_a_row_names_what_exists(folder: str, action: str, tables: str, entry: str) -> None:
    assert in_action(getattr(importlib.import_module(f"stroma.{folder}.actions"), action))
    assert set(re.findall(r"`(\w+)`", tables)) - TABLES == set()
    assert set(re.findall(r"`([\w.]+)`", entry)) - ENTRIES == set()


def test_every_folder_that_acts_on_the_way_is_told_of() -> None:
    acting = {
        source.part(1) for source in python_below("stroma") if source.part(2) in {"actions.py", "actions"}
    }
    assert acting - {row[0] for row in ROWS} == set()


def test_the_actions_named_in_the_prose_exist() -> None:
    named = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`", TEXT)) - TABLES - {row[1] for row in ROWS}
    known = {
        name
        for source in python_below("stroma")
        if source.part(2) in {"actions.py", "actions"}
        for name in re.findall(r"^def (\w+)", source.text, flags=re.MULTILINE)
    }
    assert named - known == set()
