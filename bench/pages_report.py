"""What ``pages`` found, as a table: the slowest page first, and under it the pages that are not as they should be."""

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

LIMIT_MS = 200.0
"""What a page may take, p95."""
MOST_STATEMENTS = 50
"""What a page may ask of the database."""
GROWTH = 5
"""So many statements more on many patients than on few are no growth: a page may have more kinds of things to show."""

Row = Mapping[str, Any]
_NOTHING: Row = {"times": [], "processor": []}


def report(small: Mapping[tuple[str, str], Row], large: Mapping[tuple[str, str], Row]) -> int:
    """Print the table; 1 when a page is slower than it may be, asks too much, or could not be shown."""
    print(f"{'':40} {'demo':^47} {'many patients':^47}")
    columns = f"{'p50':>7} {'p95':>7} {'cpu p50':>7} {'cpu p95':>7} {'queries':>7} {'SQLite':>7}"
    print(f"{'page, role (ms)':40} {columns} {columns}")
    faults = []
    for key in sorted(large, key=lambda one: -percentile_95(large[one]["times"])):
        rows = (small.get(key, _NOTHING), large[key])
        marks = marks_of(*rows)
        others = ", ".join(str(code) for code in sorted(_codes(rows) - {200}))
        shown = " ".join(cells(row) for row in rows)
        print(f"{key[0] + ' ' + key[1].lower():40} {shown} {' '.join(marks)} {others}".rstrip())
        if marks:
            faults.append((key, marks, rows))
    seen = [row for row in large.values() if row["times"]]
    empty = large.get(("empty", "COORDINATOR"), _NOTHING)
    print(
        f"\nAn empty view through the same stack, on many patients: p95 {percentile_95(empty['times']):.1f} ms."
    )
    print(
        f"{len(seen)} pages and roles, {sum(len(row['times']) for row in seen)} answers; without a record to show: "
        f"{', '.join(sorted({key[0] for key, row in large.items() if not row['times']})) or 'none'}."
    )
    print(
        f"{len(faults)} of them slower than {LIMIT_MS:.0f} ms (p95), with more than {MOST_STATEMENTS} statements, "
        "growing or broken."
    )
    for key, marks, (few, many) in faults:
        worst = max((few, many), key=lambda row: percentile_95(row["times"]))
        print(
            f"\n{' '.join(key)}: {', '.join(marks)}; slowest statement {worst.get('slowest_ms', 0):.0f} ms:"
        )
        print(f"  {worst.get('slowest', '')[:600]}")
    return 1 if faults else 0


def marks_of(few: Row, many: Row) -> list[str]:
    """What is not as it should be of a page, on few patients or on many."""
    marks = []
    if any(percentile_95(row["times"]) > LIMIT_MS for row in (few, many)):
        alone = any(percentile_95(row["processor"]) > LIMIT_MS for row in (few, many))
        marks.append("SLOW" if alone else "WAITED")
    if any(row.get("queries", 0) > MOST_STATEMENTS for row in (few, many)):
        marks.append("MANY")
    if few["times"] and many["times"] and many["queries"] > few["queries"] + GROWTH:
        marks.append("GROWS")
    if any(code >= 500 for code in _codes((few, many))):
        marks.append("BROKEN")
    return marks


def percentile_95(times: Sequence[float]) -> float:
    """The time that 95 of 100 answers keep: the nearest rank, so that of up to 19 it is the slowest."""
    ranked = sorted(times)
    return float(ranked[max(0, -(-95 * len(ranked) // 100) - 1)]) if ranked else 0.0


def _codes(rows: Sequence[Row]) -> set[int]:
    return {int(code) for row in rows for code in row.get("statuses", {})}


def cells(row: Row) -> str:
    """A row of the table: the clock, the processor, the statements and SQLite alone."""
    if not row["times"]:
        return " ".join([f"{'-':>7}"] * 6)
    numbers = [
        f"{value:7.1f}"
        for times in (row["times"], row["processor"])
        for value in (statistics.median(times), percentile_95(times))
    ]
    return " ".join([*numbers, f"{row['queries']:7}", f"{row['raw']:7.1f}"])
