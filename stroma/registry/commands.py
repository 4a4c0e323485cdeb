"""Show what the registry knows: pain over time by treatment, with everything that is missing."""

import argparse
import json
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any

from stroma.protocols.domain.problem import BadInput, Problem

if TYPE_CHECKING:
    from stroma.registry.domain.pain_over_time import PainPoint
    from stroma.registry.queries import PainOverTime

HELP = "pain over time by treatment, with everything that is missing"
NEEDS_DATABASE = True

_COLUMNS = (
    "time",
    "due",
    "answered",
    "missing",
    "not due",
    "off window",
    "mean",
    "95 % interval",
    "change (n)",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One question so far: ``pain``."""
    questions = parser.add_subparsers(dest="question", metavar="QUESTION", required=True)
    pain = questions.add_parser("pain", help="pain (NRS 0 to 10) over time, each treatment for itself")
    pain.add_argument("--json", action="store_true", help="as one object")
    pain.add_argument("--site", metavar="NUMBER", help="only the site with this facility number")
    pain.add_argument("--scale", metavar="CODE", default="NRS_BACK", help="NRS_BACK (default) or NRS_LEG")
    pain.add_argument("--at", metavar="TIME", help="as it stood then, ISO 8601 with zone; default: now")
    pain.add_argument(
        "--compare",
        metavar="ID",
        nargs="+",
        default=[],
        help="only these protocols; refused where their patients were not alike before treatment",
    )


def run(args: argparse.Namespace) -> int:
    """Print the table. A comparison that is refused is raised as NotComparable, which ends in 3."""
    from stroma.ledger.commands.opened import founded_installation
    from stroma.ledger.record import present
    from stroma.registry.queries import pain_over_time

    founded_installation()
    table = pain_over_time(
        _site(args.site) if args.site else None,
        instrument=args.scale,
        compare=args.compare,
        at=_time(args.at) if args.at else present(),
    )
    if args.json:
        json.dump(_as_json(table), sys.stdout, ensure_ascii=False, indent=2)
        print()
    else:
        print("\n".join(_lines(table)))
    return 0


def _site(facility_number: str) -> Any:
    from stroma.clinic.models import Site

    sites = list(Site.objects.filter(facility_number=facility_number))
    if len(sites) != 1:
        message = f"{len(sites)} sites have the facility number {facility_number!r}"
        raise BadInput([Problem("site_unknown", message, place="--site")])
    return sites[0]


def _time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        message = f"{text!r} is no time with a zone, such as 2027-01-31T12:00:00Z"
        raise BadInput([Problem("time_unreadable", message, place="--at")])
    return moment


def _lines(table: "PainOverTime") -> list[str]:
    from stroma.follow_up.domain.instruments import INSTRUMENTS
    from stroma.ledger.wording import sentence

    lines = [
        f"{INSTRUMENTS[table.instrument].title}, by treatment, as of {table.at:%Y-%m-%d %H:%M %Z}",
        *(["SIMULATED: no line below is about a patient."] if table.nature == "SIMULATED" else []),
    ]
    if not table.arms:
        lines += ["", "No course was opened."]
    for arm in table.arms:
        approval = "" if arm.is_approved else ", not an approved product"
        lines += [
            "",
            f"{arm.treatment} ({arm.indication}{approval})",
            f"{arm.n_treated} treated, {arm.n_not_treated} not treated so far",
        ]
        points = [point for point in table.points if point.treatment == arm.treatment]
        if points:
            lines += _columns([_COLUMNS, *(_cells(table, point) for point in points)])
    not_due = sorted({reason for reasons in table.censored.values() for reason in reasons})
    if not_due:
        lines += ["", f"Not due: {', '.join(reason.replace('_', ' ') for reason in not_due)}."]
    return [*lines, "", *(f"{sentence(note)} [{note.source}]" for note in table.notes)]


def _cells(table: "PainOverTime", point: "PainPoint") -> tuple[str, ...]:
    key = point.treatment, point.time_code
    change = next((c for c in table.changes if (c.treatment, c.time_code) == key), None)
    return (
        point.time_code,
        str(point.n_due),
        str(point.n_answered),
        str(point.n_missing),
        str(point.n_censored),
        str(table.outside_window.get(key, 0)),
        _number(point.mean),
        _interval(point.low, point.high),
        f"{_number(change.mean_change, signed=True)} ({change.n_paired})" if change else "",
    )


def _number(value: float | None, *, signed: bool = False) -> str:
    if value is None:
        return "–"
    return f"{value:+.1f}" if signed else f"{value:.1f}"


def _interval(low: float | None, high: float | None) -> str:
    return "–" if low is None or high is None else f"{low:.1f} to {high:.1f}"


def _columns(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def _as_json(table: "PainOverTime") -> dict[str, Any]:
    from dataclasses import asdict

    from stroma.ledger.wording import sentence

    changes = {(change.treatment, change.time_code): change for change in table.changes}
    times = []
    for point in table.points:
        key = point.treatment, point.time_code
        change = changes.get(key)
        times.append(
            {
                **asdict(point),
                "censored": dict(table.censored.get(key, {})),
                "n_outside_window": table.outside_window.get(key, 0),
                "change": {
                    name: value
                    for name, value in asdict(change).items()
                    if name not in {"treatment", "time_code", "months", "n_due"}
                }
                if change
                else None,
            }
        )
    return {
        "at": table.at.isoformat(),
        "nature": table.nature,
        "instrument": table.instrument,
        "treatments": [
            {**asdict(arm), "times": [time for time in times if time["treatment"] == arm.treatment]}
            for arm in table.arms
        ],
        "notes": [
            {"code": note.code, "message": sentence(note), "source": note.source, "weight": note.weight.value}
            for note in table.notes
        ],
    }
