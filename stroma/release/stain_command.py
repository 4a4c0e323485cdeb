"""``stroma stain``: the stained area of differentiated cells, against cells that were not induced."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from stroma.protocols.domain.problem import BadInput, Problem

if TYPE_CHECKING:
    from stroma.release.stain.area import StainedArea
    from stroma.release.stain.picture import Pixels

HELP = "measure the stained area on photographs of differentiated cells"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The photographs, their control and the stain."""
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="photographs of the induced cells, RGB, in one light"
    )
    parser.add_argument(
        "--control",
        nargs="+",
        required=True,
        metavar="FILE",
        help="photographs of cells that were not induced, stained and lit the same way",
    )
    parser.add_argument("--stain", required=True, help="alizarin-red, oil-red-o or alcian-blue")
    parser.add_argument(
        "--single", metavar="FILE", help="a photograph of the single stain: its color is measured there"
    )
    parser.add_argument("--json", action="store_true", help="print an object")


def run(args: argparse.Namespace) -> int:
    """Read every photograph, then measure; all that cannot be used are named at once."""
    from stroma.release.stain.area import stain_measured, stain_named, stained_area, white_of

    stain = stain_named(args.stain)
    induced, control, single = _read(args.files, args.control, [args.single] if args.single else [])
    if single:
        stain = stain_measured(single[0], stain, white=white_of(control))
    found = stained_area(induced, control, stain)
    sys.stdout.write(_as_json(found) if args.json else _as_text(found))
    return 0


def _read(*groups: list[str]) -> "list[list[Pixels]]":
    from stroma.release.stain.picture import picture_from

    problems: list[Problem] = []
    read: list[list[Pixels]] = []
    for group in groups:
        read.append([])
        for file in group:
            try:
                read[-1].append(picture_from(Path(file)))
            except BadInput as fault:
                problems += fault.problems
    if problems:
        raise BadInput(problems)
    return read


def _as_json(found: "StainedArea") -> str:
    values = {
        "stain": found.stain.name,
        "vector": list(found.stain.vector),
        "source": found.stain.source,
        "confirmed": found.stain.is_confirmed,
        "threshold": found.threshold,
        "induced": found.induced.as_json(),
        "control": found.control.as_json(),
        "told_apart": found.is_told_apart,
    }
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


def _as_text(found: "StainedArea") -> str:
    lines = [found.stain.title, f"  color from: {found.stain.source}"]
    for word, share in (("induced", found.induced), ("control", found.control)):
        one = share.as_json()
        lines.append(
            f"  {word:<8} {one['percent']:6.2f} % of the area ({one['low']:.2f}–{one['high']:.2f}), over {one['over']}"
        )
    words = "does not touch" if found.is_told_apart else "touches"
    lines.append(f"  The interval of the induced cells {words} that of the control.")
    if not found.stain.is_confirmed:
        lines.append("  note: the color is general knowledge; measure your own with --single")
    lines.append(
        "  note: an area says that cells took the stain, not how many differentiated; no limit is accepted"
    )
    return "\n".join(lines) + "\n"
