"""The example answers shipped with each indication."""

from importlib.resources import files

from stroma.candidacy.domain.sheet import AnswerSheet, read_answers
from stroma.protocols.domain.schema import Indication


def example_text(indication: Indication) -> str:
    """The example as it is written."""
    return (files(__name__) / f"{indication.value}.toml").read_text(encoding="utf-8")


def example_answers(indication: Indication) -> AnswerSheet:
    """The example, read."""
    return read_answers(example_text(indication), file=f"{indication.value}.toml")
