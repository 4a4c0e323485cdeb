"""Protocols in the words of the street: the name a visitor reads, and who pays."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from stroma.clinic.public_facts import CONSULTATION, Payer, PublicFacts
from stroma.ledger.wording import word
from stroma.protocols.domain.schema import Protocol
from stroma.web.public_queries import PublicSite

Text = str | Promise

NAMES: dict[str, Text] = {
    "disc-marrow-concentrate": _("Painful disc: concentrate of your own bone marrow, same day"),
    "disc-marrow-expanded": _("Painful disc: stromal cells grown from your own bone marrow"),
    "disc-fat-expanded": _("Painful disc: stromal cells grown from your own fat"),
    "disc-cord-donor": _("Painful disc: stromal cells of a donated umbilical cord"),
    "disc-pulp-research": _("Painful disc: stromal cells of dental pulp, in a study only"),
    "facet-marrow-concentrate": _("Painful facet joint: concentrate of your own bone marrow, same day"),
    "sciatica-marrow-expanded": _("Sciatica: stromal cells grown from your own bone marrow"),
    "medication": _("Medicines"),
    "physical-therapy": _("Physical therapy, a whole program"),
    "surgery": _("Surgery"),
}
"""Of the shipped protocols; another one is called by its own title."""

PAYERS: dict[Payer, Text] = {
    "patient": _("You. Insurers usually pay for nothing that is not approved; ask yours in writing."),
    "insurer_often": _("Often your insurer. Ask yours before you come."),
    "study": _("The study. You pay nothing for the treatment."),
}


@dataclass(frozen=True)
class PriceRow:
    """One line of a site's price list. ``amount_usd`` is none where the clinic has named no price."""

    name: Text
    is_approved: bool | None
    amount_usd: int | None
    payer: Text


@dataclass(frozen=True)
class SitePage:
    """A site with its price list: the ordinary treatments and the cells apart."""

    public: PublicSite
    consultation: PriceRow
    cells: list[PriceRow]
    ordinary: list[PriceRow]


def site_page(public: PublicSite, facts: PublicFacts) -> SitePage:
    """A site with what everything costs there, and who pays."""
    cells = [p for p in public.protocols if p.gives_cells]
    ordinary = [p for p in public.protocols if not p.gives_cells]
    name = public.site.name
    return SitePage(
        public,
        _row(_("Consultation, half an hour"), CONSULTATION, None, name, facts),
        [_protocol_row(protocol, name, facts) for protocol in cells],
        [_protocol_row(protocol, name, facts) for protocol in ordinary],
    )


def _protocol_row(protocol: Protocol, site: str, facts: PublicFacts) -> PriceRow:
    name = NAMES.get(protocol.id) or word(protocol.title)
    return _row(name, protocol.id, protocol.legal.approved, site, facts)


def _row(name: Text, what: str, is_approved: bool | None, site: str, facts: PublicFacts) -> PriceRow:
    price = facts.price(what, site=site)
    if price is None:
        return PriceRow(name, is_approved, None, _("Ask the clinic before you decide."))
    return PriceRow(name, is_approved, price.amount_usd, PAYERS[price.payer])
