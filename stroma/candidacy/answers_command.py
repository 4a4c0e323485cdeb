"""Print the example answers of an indication, to be copied, changed and handed in with ``walk --answers``."""

import argparse

from stroma.candidacy.examples import example_text
from stroma.protocols.domain.schema import Indication

HELP = "print the example answers of an indication"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The indication."""
    parser.add_argument("indication", choices=[indication.value for indication in Indication])


def run(args: argparse.Namespace) -> int:
    """Print the file as it is."""
    print(example_text(Indication(args.indication)), end="")
    return 0
