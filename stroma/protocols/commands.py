"""List, check or show protocols: the documents that say what each treatment is."""

import argparse
import json
import sys
from pathlib import Path

from stroma.protocols.domain.document import read_protocol
from stroma.protocols.domain.problem import BadInput, Problem
from stroma.protocols.library import shipped_protocol, shipped_protocols
from stroma.protocols.summary import protocol_summary

HELP = "list, check or show treatment protocols"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The three things that can be done with protocols."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="the shipped protocols, one a line")
    listing.add_argument("--json", action="store_true", help="as a list of objects")
    checking = actions.add_parser("check", help="every fault of protocol files, with line and key")
    checking.add_argument("files", nargs="+", metavar="FILE")
    showing = actions.add_parser("show", help="one shipped protocol, for a clinician to read")
    showing.add_argument("id", metavar="ID")


def run(args: argparse.Namespace) -> int:
    """0 when done; bad input is raised as BadInput and ends in 2."""
    if args.action == "list":
        _list(as_json=args.json)
    elif args.action == "check":
        _check(args.files)
    else:
        print(protocol_summary(shipped_protocol(args.id).protocol))
    return 0


def _list(*, as_json: bool) -> None:
    rows = [
        {
            "id": protocol.id,
            "version": protocol.version,
            "indication": protocol.indication.value,
            "source": protocol.source.value,
            "route": protocol.route.value,
            "title": protocol.title,
            "donor": protocol.donor.value,
            "research_only": protocol.research_only,
        }
        for protocol in (shipped.protocol for shipped in shipped_protocols())
    ]
    if as_json:
        json.dump(rows, sys.stdout, ensure_ascii=False, indent=2)
        print()
        return
    columns = ("id", "version", "indication", "source", "route")
    table = [columns, *(tuple(str(row[name]) for name in columns) for row in rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(columns))]
    for line in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _check(files: list[str]) -> None:
    problems = []
    for file in files:
        try:
            read_protocol(_text(file), file=file)
        except BadInput as error:
            problems += error.problems
        else:
            print(f"{file}: ok")
    if problems:
        raise BadInput(problems)


def _text(file: str) -> str:
    """The file's text; bytes first, so that line ends stay as they are written."""
    try:
        content = Path(file).read_bytes()
    except OSError as error:
        raise BadInput([Problem("unreadable", f"cannot be read: {error.strerror}", file)]) from error
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        fault = f"byte {content[error.start]:#04x} is not UTF-8; save the file as UTF-8"
        raise BadInput([Problem("not_utf8", fault, file, line=line)]) from error
