"""On SQLite a change of a table makes the table anew: its guards, and those that mention it, still stand after it."""

import json
import subprocess
import sys

import pytest

REMAKE = """
import json
import django; django.setup()
from django.apps import apps
from django.db import connection
from stroma.ledger.standing_guards import missing_guards, number_of_guards
with connection.schema_editor() as editor:
    for model in apps.get_models():
        editor._remake_table(model)
with connection.cursor() as cursor:
    cursor.execute("PRAGMA foreign_key_check")
    broken = cursor.fetchall()
print(json.dumps({"missing": sorted(missing_guards()), "guards": number_of_guards(), "broken": broken}))
"""


@pytest.mark.processes
@pytest.mark.only_on("sqlite")
def test_every_table_made_anew_keeps_every_guard(own_database: dict[str, str]) -> None:
    subprocess.run([sys.executable, "-m", "stroma", "migrate"], env=own_database, check=True)
    done = subprocess.run(
        [sys.executable, "-c", REMAKE], env=own_database, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["guards"] > 100
    assert (found["missing"], found["broken"]) == ([], [])
