"""What a clinic tells everybody about itself: prices, who pays, and whether its after-care text was approved.

It is the clinic's own file, ``public.toml`` in ``STROMA_HOME``. Without one the example is shown, and says that it is
an example: no page may take an invented price for a real one.
"""

import tomllib
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Annotated, Literal

from django.conf import settings
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stroma.protocols.domain.problem import BadInput, Problem

FILE = "public.toml"
CONSULTATION = "consultation"

Payer = Literal["patient", "insurer_often", "study"]


class Price(BaseModel):
    """What something costs in US dollars, and who pays. ``what`` is a protocol's id, or the consultation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    what: str
    amount_usd: Annotated[int, Field(ge=0)]
    payer: Payer
    site: str = ""
    """The site's name where the price holds there only; empty for every site."""


class Approval(BaseModel):
    """Who read the after-care text and found it right for this clinic, and when."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    physiatrist: str
    approved_on: date


class PublicFacts(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    is_example: bool = False
    after_care: Approval | None = None
    prices: tuple[Price, ...] = ()

    def price(self, what: str, *, site: str) -> Price | None:
        """The price of ``what`` at a site; a price of that site's own comes before one for all."""
        fitting = [price for price in self.prices if price.what == what and price.site in {"", site}]
        return max(fitting, key=lambda price: price.site == site, default=None)


@dataclass(frozen=True)
class _Kept:
    text: str
    facts: PublicFacts


_kept: _Kept | None = None


def public_facts() -> PublicFacts:
    """The clinic's file, or the example. Raises BadInput with every fault of the clinic's file."""
    global _kept  # noqa: PLW0603 - one small file, read again only when its text has changed
    own = settings.HOME / FILE
    shipped = files("stroma.clinic").joinpath("data", "example_public.toml")
    text = (own if own.exists() else shipped).read_text(encoding="utf-8")
    if _kept is None or _kept.text != text:
        _kept = _Kept(text, read_public_facts(text, file=FILE))
    return _kept.facts


def read_public_facts(text: str, *, file: str) -> PublicFacts:
    """The facts that ``text`` holds. Raises BadInput with every fault and its place."""
    try:
        return PublicFacts.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise BadInput([Problem("toml_syntax", f"this is not TOML: {error}", file)]) from error
    except ValidationError as error:
        raise BadInput(
            Problem("public_facts", fault["msg"], file, ".".join(map(str, fault["loc"])))
            for fault in error.errors()
        ) from error
