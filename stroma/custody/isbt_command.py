"""Read what a label's barcode says, or check a donation number, without a database."""

import argparse
import json
import sys

from stroma.custody.domain.isbt128.din import Din
from stroma.custody.domain.isbt128.din import type3_flag as type3_flag_of
from stroma.custody.domain.isbt128.parse import parse_scan

HELP = "read an ISBT 128 scan, or give a donation number's check character"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Two questions: ``parse SCAN`` and ``check DIN``."""
    questions = parser.add_subparsers(dest="question", metavar="QUESTION", required=True)
    parse = questions.add_parser("parse", help="the structures in a scan, as JSON")
    parse.add_argument("scan", metavar="SCAN", help="what the scanner sent, in quotes: '=A99991712345600'")
    check = questions.add_parser(
        "check", help="the check character and type 3 flags of a donation number, as JSON"
    )
    check.add_argument("din", metavar="DIN", help="13 characters; spaces between them do not count")


def run(args: argparse.Namespace) -> int:
    """Print the answer; a scan or number that cannot be read raises ScanError, which the command line
    reports.
    """
    answer = _parsed(args.scan) if args.question == "parse" else _checked(args.din)
    sys.stdout.write(json.dumps(answer, indent=2, ensure_ascii=False) + "\n")
    return 0


def _parsed(scan: str) -> list[dict[str, object]]:
    return [
        {"structure": structure.number, "name": structure.name, "value": structure.value, **structure.fields}
        for structure in parse_scan(scan)
    ]


def _checked(text: str) -> dict[str, str]:
    din = Din(text.replace(" ", ""))
    return {"din": din.value, "check": din.check, "type3_flag": type3_flag_of(din.value)}
