"""Read what a label's barcode says, from a scan or a photo, or check a donation number, without a database."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from stroma.custody.domain.isbt128.din import Din, parse_typed_din
from stroma.custody.domain.isbt128.din import type3_flag as type3_flag_of
from stroma.custody.domain.isbt128.parse import parse_scan
from stroma.custody.domain.isbt128.scan_error import ScanError
from stroma.protocols.domain.problem import BadInput, Problem

WITH_CHECK = 14
"""Characters of a donation number with its check character."""

HELP = "read an ISBT 128 scan or a photo of one, or give a donation number's check character"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Three questions: ``parse SCAN``, ``check DIN`` and ``photo FILE...``."""
    questions = parser.add_subparsers(dest="question", metavar="QUESTION", required=True)
    parse = questions.add_parser("parse", help="the structures in a scan, as JSON")
    parse.add_argument("scan", metavar="SCAN", help="what the scanner sent, in quotes: '=A99991712345600'")
    check = questions.add_parser(
        "check", help="the check character and type 3 flags of a donation number, as JSON"
    )
    check.add_argument(
        "din",
        metavar="DIN",
        help="13 characters, or 14 with the check character, which then has to fit; spaces do not count",
    )
    photo = questions.add_parser("photo", help="the codes in photos, and the structures they hold, as JSON")
    photo.add_argument("files", metavar="FILE", nargs="+", type=Path, help="a JPEG, PNG or WebP")


def run(args: argparse.Namespace) -> int:
    """Print the answer; a scan or number that cannot be read raises ScanError, which the command line
    reports.
    """
    if args.question == "photo":
        return _photos(args.files)
    _print(_parsed(args.scan) if args.question == "parse" else _checked(args.din))
    return 0


def _print(answer: object) -> None:
    sys.stdout.write(json.dumps(answer, indent=2, ensure_ascii=False) + "\n")


def _photos(files: Sequence[Path]) -> int:
    """Print what every photo says; one that says nothing is named on the error stream, and the answer is 2."""
    from stroma.custody.photos import codes_in

    answers: list[dict[str, object]] = []
    problems: list[Problem] = []
    for file in files:
        try:
            codes = codes_in(file.read_bytes(), file=str(file))
        except OSError as error:
            problems.append(Problem("file_unreadable", f"{error.strerror}.", file=str(file)))
            continue
        except BadInput as error:
            problems += error.problems
            continue
        if not codes:
            message = "No Data Matrix, QR code or Code 128 can be read in it."
            problems.append(Problem("photo_without_code", message, file=str(file)))
        answers += [
            {"file": str(file), "kind": code.kind, "text": code.text} | _isbt(code.text) for code in codes
        ]
    _print(answers)
    if problems:
        raise BadInput(problems)
    return 0


def _isbt(text: str) -> dict[str, object]:
    """What an ISBT 128 text holds; why it is none for one that only begins like it; nothing for any other text."""
    if not text.startswith(("=", "&")):
        return {"structures": []}
    try:
        return {"structures": _parsed(text)}
    except ScanError as error:
        return {"structures": [], "refused": [problem.message for problem in error.problems]}


def _parsed(scan: str) -> list[dict[str, object]]:
    return [
        {"structure": structure.number, "name": structure.name, "value": structure.value, **structure.fields}
        for structure in parse_scan(scan)
    ]


def _checked(text: str) -> dict[str, str]:
    typed = text.replace(" ", "")
    # With the character in the box behind it, as it is typed from a label, it has to fit.
    din = parse_typed_din(typed) if len(typed) == WITH_CHECK else Din(typed)
    return {"din": din.value, "check": din.check, "type3_flag": type3_flag_of(din.value)}
