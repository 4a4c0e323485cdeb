"""``python -m tests.translations``: is a catalog stale, does a text lack its Spanish? ``--write`` mends the first.

``--write`` takes up new texts (with an empty translation), drops those that nothing says any more, moves a text to
the earliest step that says it, and compiles. ``--missing`` lists each text without Spanish, and its plural behind a
tab; ``--fill FILE`` reads the list back with the Spanish behind another tab (two columns, four for a plural).
Exit 0 when nothing is stale or missing, else 1.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path

from tests.house.tree import CHECKOUT
from tests.translations import catalogs
from tests.translations.catalogs import Entry, Marked


def main(arguments: Sequence[str]) -> int:
    """Name what is stale or missing, or write it."""
    parser = argparse.ArgumentParser(prog="python -m tests.translations", description=__doc__)
    parser.add_argument("--write", action="store_true", help="bring the catalogs up to date")
    parser.add_argument("--missing", action="store_true", help="list the texts without Spanish, for --fill")
    parser.add_argument(
        "--fill", type=Path, metavar="FILE", help="take translations from this list, then write"
    )
    options = parser.parse_args(arguments)
    from stroma.cli import set_up_django

    set_up_django()
    from tests.translations.marked import marked_texts  # imports the tables of Django

    marked = marked_texts()
    known = catalogs.everything()
    if options.fill:
        known |= filled(options.fill.read_text(encoding="utf-8"), marked)
    missing = [one for one in chain(*marked.values()) if one.text not in known or not known[one.text].one]
    if options.missing:
        print("\n".join("\t".join(filter(None, [_line(one.text), _line(one.plural)])) for one in missing))
        return int(bool(missing))
    is_written = options.write or options.fill
    stale = {
        path: text for path, text in catalogs.anew(marked, known).items() if not catalogs.holds(path, text)
    }
    for path, text in stale.items():
        print(f"{path.relative_to(CHECKOUT).as_posix()}: {'written' if is_written else 'stale'}")
        if is_written:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text)
    print(
        f"{sum(map(len, marked.values()))} texts, {len(missing)} without Spanish; {len(stale)} stale files."
    )
    return int(bool(missing) or (bool(stale) and not is_written))


def filled(listed: str, marked: Mapping[str, Sequence[Marked]]) -> dict[str, Entry]:
    """The entries of a filled list. A text that no page says, or a line with too few columns, raises ValueError."""
    plurals = {one.text: one.plural for one in chain(*marked.values())}
    entries = {}
    for number, line in enumerate(listed.splitlines(), 1):
        columns = [column.replace("\\n", "\n") for column in line.split("\t")]
        text = columns[0]
        if not text:
            continue
        if text not in plurals:
            raise ValueError(f"line {number}: no page says {text!r}")
        plural = plurals[text]
        if len(columns) != (4 if plural else 2):
            raise ValueError(f"line {number}: {len(columns)} columns, not {4 if plural else 2}: {text!r}")
        entries[text] = Entry(text, plural, *columns[2:]) if plural else Entry(text, "", columns[1])
    return entries


def _line(text: str) -> str:
    return text.replace("\n", "\\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
