"""Filters of the batch record's pages: a reason as its sentence, a kind in words."""

from decimal import Decimal
from typing import Any

from django import template

from stroma.ledger.wording import sentence
from stroma.look.formats import amount_text
from stroma.processing.domain.step_wants import words
from stroma.processing.record_queries import millions
from stroma.protocols.domain.blocker import Blocker

register = template.Library()


@register.filter
def said(blocker: Blocker) -> str:
    """The sentence of a reason."""
    return sentence(blocker)


@register.filter
def in_words(kind: str) -> str:
    """A kind of equipment or reagent as it is read."""
    return words(kind)


@register.filter
def number(value: Any) -> str:
    """A value without the zeros that mean nothing."""
    return amount_text(value)


@register.filter
def in_millions(cells: Decimal) -> str:
    """Cells as a record writes them: ``2.40 × 10⁶``."""
    return millions(cells)


@register.filter
def in_percent(fraction: Decimal) -> str:
    """A fraction as percent, to one decimal."""
    return f"{100 * fraction:.1f} %"
