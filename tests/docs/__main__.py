"""``python -m tests.docs``: is a page stale? With ``--write``: write what is made from the code anew."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.docs.commands import COMMANDS_PAGE, commands_page
from tests.docs.made import CHECKOUT, made_parts, pages, part_of, with_parts
from tests.docs.plan_tables import plan_schemas
from tests.docs.walk_transcript import PART, is_same_walk, transcript_of_a_walk


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or name the stale ones."""
    parser = argparse.ArgumentParser(prog="python -m tests.docs", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write what is stale")
    write = parser.parse_args(arguments).write
    stale = []
    for page, text in _pages_anew().items():
        if not page.is_file() or page.read_text(encoding="utf-8") != text:
            stale.append(page.relative_to(CHECKOUT).as_posix())
            if write:
                page.write_text(text, encoding="utf-8")
    print("\n".join(f"{name}: {'written' if write else 'stale'}" for name in stale) or "Nothing is stale.")
    return int(bool(stale) and not write)


def _pages_anew() -> dict[Path, str]:
    from stroma.cli import set_up_django

    set_up_django()
    from tests.docs.makers import MAKERS  # the tables of Django can be imported only now

    made = {name: make() for name, make in MAKERS.items()}
    anew = {COMMANDS_PAGE: commands_page(), **plan_schemas()}
    for page in pages():
        text = page.read_text(encoding="utf-8")
        parts = dict(made)
        if PART in made_parts(text):
            walked = transcript_of_a_walk()
            # Times and hashes differ from walk to walk; a transcript that tells the same walk is kept.
            parts[PART] = part_of(text, PART) if is_same_walk(part_of(text, PART), walked) else walked
        if made_parts(text):
            anew[page] = with_parts(text, parts)
    return anew


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
