"""The compiled judge says of every ledger, whole or altered, what the judge in Python says of it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stroma.ledger import compiled_ranges
from stroma.ledger.domain.entry import entry_hash
from tests.ledger.raw_ledger import altered, compiled_says, entry_body, python_says, write_ledger

DEEP = "[" * 30 + "]" * 30
ODD_FACTS = [
    *("{}", '{"a":1}', '{"":1}', '{"a":"\x7f"}', '{"a":{},"b":[]}', '{"a":[[],{},[{}]]}', f'{{"a":{DEEP}}}'),
    *(
        "",
        "[]",
        "null",
        "1",
        '"a"',
        "{",
        "}",
        "{}}",
        "{}{}",
        "{},{}",
        "{}[]",
        "[{}]",
        "{ }",
        "{} ",
        " {}",
        "\t{}",
    ),
    *(
        '{"a": 1}',
        '{"a" :1}',
        '{"a":1 }',
        '{"a":1,}',
        '{,"a":1}',
        '{"a"}',
        '{"a":}',
        '{"a",1}',
        "{a:1}",
        '{"a":1',
    ),
    *(
        '{"b":1,"a":2}',
        '{"a":1,"a":1}',
        '{"aa":1,"a":2}',
        '{"a":1,"B":2}',
        '{"x":{"b":1,"a":2}}',
        '{"":1,"":2}',
    ),
    *(
        '{"a":01}',
        '{"a":-0}',
        '{"a":0}',
        '{"a":-1}',
        '{"a":--1}',
        '{"a":+1}',
        '{"a":-}',
        '{"a":00}',
        '{"a":-01}',
    ),
    *('{"a":1.0}', '{"a":1.5}', '{"a":1.50}', '{"a":1e5}', '{"a":1E5}', '{"a":1e22}', '{"a":.5}', '{"a":5.}'),
    *('{"a":NaN}', '{"a":Infinity}', '{"a":-Infinity}', '{"a":999999999999999}', '{"a":9007199254740991}'),
    *('{"a":9007199254740993}', '{"a":18446744073709551617}', '{"a":1' + "0" * 60 + "}"),
    *(
        '{"a":"\\u0041"}',
        '{"a":"\\u001f"}',
        '{"a":"\\u001F"}',
        '{"a":"\\u000a"}',
        '{"a":"\\/"}',
        '{"a":"\\n"}',
    ),
    *(
        '{"a":"\\"}',
        '{"a":"\\',
        '{"a":"\\u00',
        '{"a":"\\x"}',
        '{"a":"\\\\"}',
        '{"a":"\\""}',
        '{"a":"\\b\\f\\r\\t"}',
    ),
    *('{"a":"\n"}', '{"a":"\t"}', '{"a":"\x00"}', '{"a":"\x1f"}', '{"a":"é"}', '{"a":"\\u00e9"}', '{"é":1}'),
    *(
        '{"a":"\\ud83d\\ude00"}',
        '{"a":"\\ud800"}',
        '{"a":"😀"}',
        '{"\\u0061":1}',
        '{"a\\n":1}',
        '{"z":1,"é":2,"😀":3}',
    ),
    *('{"a":true}', '{"a":tru}', '{"a":True}', '{"a":truex}', '{"a":nul', '{"a":false}', '{"a":nullnull}'),
    *(
        '{"a":[1,]}',
        '{"a":[,1]}',
        '{"a":[1 ,2]}',
        '{"a":[1}',
        '{"a":{"b":1]}',
        '{"a":[1]]}',
        '{"a":["b":1]}',
        '{"a":[1,2',
    ),
    *('{"a":' + "[" * depth + "]" * depth + "}" for depth in (31, 32, 33, 200)),
    *('{"a":' * depth + "1" + "}" * depth for depth in (31, 32, 33, 200)),
]
ENTRY_VALUES: list[Any] = [
    None,
    "",
    1,
    -1,
    1.5,
    b"",
    b"abc",
    "x",
    "a" * 63,
    "A" * 32,
    "A" * 64,
    "0" * 64,
    "é" * 16,
]
ROW = "id, action, actor, occurred_at, recorded_at, text, hash FROM ledger_entry WHERE sequence ="
TIMES = [
    *("2024-02-29 00:00:00", "2024-02-29 00:00:00.000000", "2024-02-30 00:00:00", "2023-02-29 00:00:00"),
    *("2024-02-29T00:00:00", "2024-02-29 00:00:00.5", "2024-02-29 00:00:00.500000", "2024-02-29 24:00:00"),
    *("2024-13-01 00:00:00", "2024-00-01 00:00:00", "2024-01-00 00:00:00", "2024-02-29 00:60:00"),
    *("1900-02-29 00:00:00", "2024-02-29 00:00:60", "2024-02-29 00:00:00Z"),
    *("2024-02-29 00:00:00+00:00", "2024-02-29 00:00:0x", "0000-01-01 00:00:00"),
    *("2024-2-29 00:00:00", "+024-02-29 00:00:00", "2024-02-29 00:00:00,123456", "2024-02-29 00:00:00.12345"),
    "9999-12-31 23:59:59",
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    assert compiled_ranges.compiled() is not None, "The compiled judge is not there."


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Path]:
    """A whole ledger of nine entries."""
    write_ledger(tmp_path / "ledger.sqlite3")
    return tmp_path / "ledger.sqlite3"


def same(file: Path, *between: int) -> bool:
    """Whether both say yes; they must say the same."""
    python, compiled = python_says(file, *between), compiled_says(file, *between)
    assert compiled == python
    return python is not None


def update(file: Path, table: str, key: str, row: Any, **values: Any) -> None:
    with altered(file) as own:
        columns = ", ".join(f"{name} = ?" for name in values)
        own.execute(f"UPDATE {table} SET {columns} WHERE {key} = ?", (*values.values(), row))


def test_a_whole_ledger_holds_however_it_is_cut(ledger: Path) -> None:
    assert same(ledger)
    assert all(same(ledger, between) for between in range(1, 9))
    assert same(ledger, 2, 5, 6)


def test_a_ledger_may_begin_below_one(tmp_path: Path) -> None:
    write_ledger(tmp_path / "ledger", first=-3)
    assert same(tmp_path / "ledger", 0)


@pytest.mark.parametrize("number", [2, 5, 9])
def test_no_byte_of_a_text_can_be_changed(ledger: Path, number: int) -> None:
    with altered(ledger) as own:
        [[text]] = own.execute("SELECT text FROM ledger_entry WHERE sequence = ?", (number,))
    for place in range(len(text)):
        update(ledger, "ledger_entry", "sequence", number, text=_with(text, place, "x"))
        assert not same(ledger) or text[place] == "x"
    update(ledger, "ledger_entry", "sequence", number, text=text)
    assert same(ledger)


@pytest.mark.parametrize("new", ["x", '"', "}", "0", "\\", " ", "é", ""])
def test_a_byte_changed_with_its_hash_is_judged_alike(ledger: Path, new: str) -> None:
    """The last entry, so that no chain says otherwise: what is left is the comparison with columns, links and form."""
    with altered(ledger) as own:
        [[text]] = own.execute("SELECT text FROM ledger_entry WHERE sequence = 9")
    held = []
    for place in range(len(text)):
        forged = _with(text, place, new)
        update(ledger, "ledger_entry", "sequence", 9, text=forged, hash=entry_hash(forged))
        if same(ledger) and forged != text:
            held.append(place)
    # What an entry is about is told by its facts alone.
    assert all(text.index('"facts"') < place < text.index('"format"') for place in held)


def _with(text: str, place: int, new: str) -> str:
    return text[:place] + new + text[place + 1 :]


@pytest.mark.parametrize("column", ["id", "action", "actor", "occurred_at", "recorded_at", "text", "hash"])
@pytest.mark.parametrize("value", [*ENTRY_VALUES, *TIMES], ids=repr)
def test_no_column_of_an_entry_can_be_changed(ledger: Path, column: str, value: Any) -> None:
    update(ledger, "ledger_entry", "sequence", 4, **{column: value})
    assert not same(ledger)


@pytest.mark.parametrize("column", ["entry_id", "chain_id", "position", "previous"])
@pytest.mark.parametrize(
    "value", [*ENTRY_VALUES, 0, 2, 3, 11, 12, 13, 14, 15, 2**40, -(2**63), "1x"], ids=repr
)
@pytest.mark.parametrize("row", [1, 2, 9])
def test_no_field_of_a_link_can_be_changed(ledger: Path, column: str, value: Any, row: int) -> None:
    with altered(ledger) as own:
        [[was]] = own.execute(f"SELECT {column} FROM ledger_link WHERE id = ?", (row,))
    update(ledger, "ledger_link", "id", row, **{column: value})
    with altered(ledger) as own:
        [[is_now]] = own.execute(f"SELECT {column} FROM ledger_link WHERE id = ?", (row,))
    assert same(ledger) == (is_now == was)


@pytest.mark.parametrize("time", TIMES)
def test_a_time_is_judged_alike_when_the_text_tells_it_too(ledger: Path, time: str) -> None:
    with altered(ledger) as own:
        [[text, stored]] = own.execute("SELECT text, occurred_at FROM ledger_entry WHERE sequence = 9")
    told = f"{stored[:10]}T{stored[11:]}Z" if len(stored) == 26 else f"{stored[:10]}T{stored[11:]}.000000Z"
    for forged in (
        f"{time[:10]}T{time[11:]}Z",
        f"{time[:10]}T{time[11:19]}.000000Z",
        f"{time[:10]}T{time[11:]}.000000Z",
    ):
        other = text.replace(f'"occurred_at":"{told}"', f'"occurred_at":"{forged}"')
        assert other != text
        update(ledger, "ledger_entry", "sequence", 9, text=other, hash=entry_hash(other), occurred_at=time)
        if time.endswith(
            ".000000"
        ):  # a spelling that Stroma never writes: Python looks closely, the other needs not
            assert python_says(ledger) is None
        else:
            same(ledger)


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM ledger_entry WHERE sequence = 1",
        "DELETE FROM ledger_entry WHERE sequence = 5",
        "DELETE FROM ledger_link WHERE entry_id = 5",
        *(f"DELETE FROM ledger_link WHERE id = {number}" for number in (1, 2, 8)),
        "DELETE FROM ledger_entry WHERE sequence = 5; DELETE FROM ledger_link WHERE entry_id = 5",
        f"INSERT INTO ledger_entry SELECT 10, {ROW} 9",
        f"INSERT INTO ledger_entry SELECT 0, {ROW} 1",
        "INSERT INTO ledger_link SELECT NULL, position, previous, chain_id, entry_id FROM ledger_link WHERE id = 17",
        "INSERT INTO ledger_link SELECT NULL, position, previous, 99, entry_id FROM ledger_link WHERE id = 1",
        "UPDATE ledger_entry SET sequence = -sequence WHERE sequence IN (4, 5);"
        "UPDATE ledger_entry SET sequence = 9 + sequence WHERE sequence < 0",
        "UPDATE ledger_entry SET text = (SELECT text FROM ledger_entry WHERE sequence = 3) WHERE sequence = 4",
        "UPDATE ledger_entry AS e SET (text, hash) = (SELECT text, hash FROM ledger_entry WHERE sequence = 3) "
        "WHERE sequence = 4",
        "UPDATE ledger_link SET position = 1 - position WHERE chain_id = 12 AND position < 2",
        "UPDATE ledger_link SET chain_id = CASE chain_id WHEN 11 THEN 12 ELSE 11 END WHERE entry_id = 3",
        "UPDATE ledger_entry SET hash = UPPER(hash) WHERE sequence = 9",
        "UPDATE ledger_entry SET id = UPPER(REPLACE(id, '0', 'a')) WHERE sequence = 9",
        "UPDATE ledger_entry SET recorded_at = occurred_at, occurred_at = recorded_at WHERE sequence = 5",
        "UPDATE ledger_entry SET text = CAST(text AS BLOB) WHERE sequence = 4",
        "UPDATE ledger_entry SET text = CAST(CAST(text AS BLOB) || x'ff' AS TEXT) WHERE sequence = 9",
        "UPDATE ledger_entry SET recorded_at = recorded_at || '.5' WHERE length(recorded_at) = 19",
    ],
)  # fmt: skip
def test_nothing_can_be_dropped_added_or_swapped(ledger: Path, change: str) -> None:
    with altered(ledger) as own:
        own.executescript(change)
    assert not same(ledger)


def test_links_that_do_not_lie_in_the_order_of_the_entries_are_left_to_python(ledger: Path) -> None:
    with altered(ledger) as own:
        own.execute("UPDATE ledger_link SET id = 1000 - id")
    assert python_says(ledger) is not None
    assert compiled_says(ledger) is None


@pytest.mark.parametrize("facts", ODD_FACTS, ids=repr)
def test_facts_are_judged_alike(tmp_path: Path, facts: str) -> None:
    write_ledger(tmp_path / "ledger", 3, raw_facts=facts)
    same(tmp_path / "ledger")


def test_what_no_record_writes_does_not_hold(tmp_path: Path) -> None:
    """The list above tells something: a good part of it holds, a good part does not."""
    held = 0
    for number, facts in enumerate(ODD_FACTS):
        write_ledger(tmp_path / str(number), 1, raw_facts=facts)
        held += compiled_says(tmp_path / str(number)) is not None
    assert 20 < held < len(ODD_FACTS) - 60


ATOMS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
KEYS = st.text(st.characters(max_codepoint=127))
RECORDED = st.dictionaries(
    KEYS, st.recursive(ATOMS, lambda v: st.lists(v) | st.dictionaries(KEYS, v), max_leaves=8)
)
QUICK = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUICK
@given(facts=RECORDED, actor=st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_whatever_can_be_recorded_holds(tmp_path_factory: Any, facts: dict[str, Any], actor: str) -> None:
    file = tmp_path_factory.mktemp("ledger") / "ledger"
    write_ledger(file, 2, facts=facts, actor=actor)
    assert same(file)


@QUICK
@given(
    text=st.text('{}[]",:\\ 0123456789-.eEtrufalsnNaN\x1f\x7fé', max_size=30), facts=RECORDED, data=st.data()
)
def test_facts_with_something_put_into_them_are_judged_alike(
    tmp_path_factory: Any, text: str, facts: dict[str, Any], data: st.DataObject
) -> None:
    file = tmp_path_factory.mktemp("ledger") / "ledger"
    whole = json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    begin = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(begin, min(begin + 3, len(whole))))
    write_ledger(file, 1, raw_facts=whole[:begin] + text + whole[end:])
    same(file)


@pytest.mark.parametrize("actor", ['a "b"', "é", "a\\b", "\x7f", "", "a\nb"])
def test_an_actor_that_has_to_be_escaped_holds(tmp_path: Path, actor: str) -> None:
    write_ledger(tmp_path / "ledger", 3, actor=actor)
    assert same(tmp_path / "ledger")


def test_entries_in_doubt_beyond_the_room_for_them_are_left_to_python(
    ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "é" in entry_body(3, {}, {}).as_text()
    monkeypatch.setattr(compiled_ranges, "DOUBTFUL_AT_MOST", 1)
    assert compiled_says(ledger) is None


def test_a_file_that_is_not_there_is_not_said_to_hold(tmp_path: Path) -> None:
    ranges = [compiled_ranges.Edges(0, 1, 0, 1)]
    with pytest.raises(compiled_ranges.Odd):
        compiled_ranges.judged_ranges(str(tmp_path / "nothing"), ranges, {}, "REAL")


def test_no_index_leaves_its_array(tmp_path: Path) -> None:
    """These tests once more, with every index checked: numba leaves that out otherwise."""
    if os.environ.get("NUMBA_BOUNDSCHECK"):
        return
    environment = os.environ | {"NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-p", "no:cacheprovider", __file__]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
