"""Read files of a flow cytometer: what is in them, which events are single cells, and how many bear each stain.

Works on any FCS 2.0, 3.0 or 3.1 file alone, without a database. A file that is damaged or cut short is refused with
the byte at which it fails; a stain or channel that is not there is refused, never guessed.
"""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from stroma.protocols.domain.problem import BadInput, Problem

if TYPE_CHECKING:
    from stroma.release.cytometry.fcs import DataSet
    from stroma.release.cytometry.reading import Reading
    from stroma.release.cytometry.spillover import Spillover

HELP = "read flow cytometry files (FCS): channels, single cells, stained populations"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Files, and what they are judged by."""
    parser.add_argument("files", metavar="FILE", nargs="+", help="an FCS file, version 2.0, 3.0 or 3.1")
    parser.add_argument(
        "--panel",
        metavar="P",
        help="what the cells were stained for: isct, the name of a shipped protocol, or a file PANEL.toml",
    )
    parser.add_argument(
        "--control",
        metavar="FILE",
        help="unstained or isotype-stained cells measured the same way; thresholds are taken from it",
    )
    parser.add_argument(
        "--single",
        metavar="CHANNEL=FILE",
        action="append",
        default=[],
        help="a single-stain control; with --control as the unstained one, the spillover is computed from them",
    )
    parser.add_argument("--json", action="store_true", help="print a list of objects, one for each data set")
    parser.add_argument("--report", metavar="FILE.pdf", help="write a report with the plots")


def run(args: argparse.Namespace) -> int:
    """Read everything, then print; nothing is printed when one of the files is refused."""
    readings = _readings(args)
    if args.report:
        _write_report(Path(args.report), readings)
    if args.json:
        sys.stdout.write(json.dumps([one.as_json() for one in readings], indent=2, ensure_ascii=False) + "\n")
        return 0
    for one in readings:
        sys.stdout.write(_as_text(one))
    if args.report:
        print(f"The report is in {args.report}.", file=sys.stderr)
    return 0


def _write_report(file: Path, readings: "list[Reading]") -> None:
    from stroma.release.cytometry.report import report_pdf

    content = report_pdf(readings)
    try:
        file.write_bytes(content)
    except OSError as error:
        message = error.strerror or "cannot be written"
        raise BadInput([Problem("report_not_written", message, str(file))]) from error


def _readings(args: argparse.Namespace) -> "list[Reading]":
    from stroma.release.cytometry.fcs import read_fcs
    from stroma.release.cytometry.panel import panel_named
    from stroma.release.cytometry.reading import read_with_panel

    problems: list[Problem] = []
    panel = panel_named(args.panel) if args.panel else None
    control = _one_data_set(args.control) if args.control else None
    spillover = _spillover(args.single, control) if args.single else None
    if control is not None and panel is None and spillover is None:
        raise BadInput([Problem("panel_missing", "--control needs --panel, which says what is looked for")])
    found: list[Reading] = []
    for file in args.files:
        try:
            found += [
                read_with_panel(
                    data, panel, control=control, spillover=spillover, threads=min(os.cpu_count() or 1, 4)
                )
                for data in read_fcs(Path(file))
            ]
        except BadInput as fault:
            problems += fault.problems
    if problems:
        raise BadInput(problems)
    return found


def _one_data_set(file: str) -> "DataSet":
    from stroma.release.cytometry.fcs import read_fcs

    sets = read_fcs(Path(file))
    if len(sets) > 1:
        message = f"a control is one data set; this file has {len(sets)}"
        raise BadInput([Problem("control_has_data_sets", message, file)])
    return sets[0]


def _spillover(singles: list[str], blank: "DataSet | None") -> "Spillover":
    from stroma.release.cytometry.spillover import spillover_from_controls

    if blank is None:
        raise BadInput([Problem("control_missing", "--single needs --control, the unstained cells")])
    stained: dict[str, DataSet] = {}
    for one in singles:
        name, _, file = one.rpartition("=")
        if not name:
            raise BadInput([Problem("single_form", f"{one!r} is not CHANNEL=FILE", place="--single")])
        stained[name] = _one_data_set(file)
    return spillover_from_controls(blank, stained)


def _as_text(reading: "Reading") -> str:
    data = reading.data
    lines = [f"{data.file}  {data.version}, {data.cytometer or 'cytometer not named'}, {data.events} events"]
    lines += [f"  {channel.index:3}  {channel.label}" for channel in data.channels]
    lines.append("")
    for one in reading.populations:
        percent = "–" if one.percent is None else f"{one.percent:.2f} % ({one.low:.2f}–{one.high:.2f})"
        limit = ""
        if one.limit_percent is not None:
            sign = "≥" if one.expect == "positive" else "≤"
            limit = f"   {sign} {one.limit_percent:g} %: {one.verdict}"
        lines.append(f"  {one.name:<22}{one.count:>10}   {percent}{limit}")
    lines += [f"  note: {warning}" for warning in reading.warnings]
    return "\n".join(lines) + "\n\n"
