"""``docs/reference/commands.md``, made from the commands.

It is written from the parsers themselves, not from their help texts, whose layout changes from one Python to
the next.
"""

import argparse
import importlib
from collections.abc import Iterable, Iterator

from stroma.cli import COMMANDS
from tests.docs.made import CHECKOUT

COMMANDS_PAGE = CHECKOUT / "docs" / "reference" / "commands.md"

HEAD = """\
# Commands

Every command is `./run stroma COMMAND`, or `python -m stroma COMMAND` where Stroma is installed. The exit
code is the same everywhere: 0 done · 1 found something wrong (`verify`) · 2 bad input or usage · 3 stopped by
a rule.

This page is made from the commands themselves by `./run python -m tests.docs --write`; a test fails when it
is stale.
"""


def commands_page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(line for name in sorted(COMMANDS) for line in _command(name))]).rstrip() + "\n"


def _command(name: str) -> Iterator[str]:
    module = importlib.import_module(COMMANDS[name])
    parser = argparse.ArgumentParser(prog=name)
    module.add_arguments(parser)
    yield f"## {name}"
    yield ""
    yield (module.__doc__ or "").strip()
    yield ""
    yield from _parser(parser)


def _parser(parser: argparse.ArgumentParser) -> Iterator[str]:
    # argparse offers no public way to its arguments; these names have stood since Python 2.7.
    choices = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    own = [a for a in parser._actions if a not in choices and not isinstance(a, argparse._HelpAction)]
    if own:
        yield "| Argument | Meaning |"
        yield "|---|---|"
        yield from (f"| {_words(action)} | {_meaning(action)} |" for action in own)
        yield ""
    for action in choices:
        helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
        for name, subparser in action.choices.items():
            yield f"### {parser.prog} {name}"
            yield ""
            if helps.get(name):
                yield helps[name]
                yield ""
            subparser.prog = f"{parser.prog} {name}"
            yield from _parser(subparser)


def _words(action: argparse.Action) -> str:
    name = action.metavar or action.dest.upper()
    value = " ".join(name) if isinstance(name, tuple) else name
    if action.choices:
        value = _one_of(action.choices)
    many = " …" if action.nargs in {"*", "+"} else ""
    if not action.option_strings:
        return f"`{value}{many}`"
    takes = "" if action.nargs == 0 else f" {value}{many}"
    return ", ".join(f"`{option}{takes}`" for option in action.option_strings)


def _meaning(action: argparse.Action) -> str:
    said = " ".join((action.help or "").split()).replace("|", "\\|")
    if action.required and action.option_strings:
        return f"{said} (required)".strip()
    return said


def _one_of(choices: Iterable[object]) -> str:
    """``a or b or c``; of whole numbers in a row the first and the last."""
    if isinstance(choices, range) and len(choices) > 3 and choices.step == 1:
        return f"{choices[0]} to {choices[-1]}"
    return " or ".join(map(str, choices))
