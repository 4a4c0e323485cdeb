"""What visits and laboratory steps are called when a patient reads of them.

Protocols name their visits for the clinic. The ones that come up in every treatment have a plain name here; a visit
that has none keeps the protocol's own words.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from stroma.ledger.wording import word
from stroma.protocols.domain.schema import Protocol
from stroma.protocols.domain.vocabulary import Route, Tissue

Text = str | Promise

CELL_NAME = _("mesenchymal stem cells (more exactly, stromal cells)")

TISSUES: dict[Tissue, Text] = {
    Tissue.BONE_MARROW: _("bone marrow"),
    Tissue.ADIPOSE: _("fat"),
    Tissue.UMBILICAL_CORD: _("umbilical cord"),
    Tissue.DENTAL_PULP: _("the inside of a tooth"),
}

TAKEN: dict[Tissue, Text] = {
    Tissue.BONE_MARROW: _("A little marrow is taken from your hip bone"),
    Tissue.ADIPOSE: _("A little fat is taken from under your skin"),
    Tissue.DENTAL_PULP: _("Tissue is taken from a tooth"),
}

VISITS: dict[str, Text] = {
    "screening": _("First visit: we talk, examine your back and look at your pictures"),
    "consent": _("We explain the treatment, what is known about it, and the alternatives"),
    "injection": _("Your cells are injected"),
    "check_day_2": _("We call you: how are you?"),
}

STEPS: dict[str, Text] = {
    "receive": _("They arrived in the laboratory and were counted"),
    "concentrate": _("They were concentrated"),
    "digest": _("They were set free from the tissue"),
    "seed": _("They were put into dishes to grow"),
    "feed": _("They got fresh food"),
    "passage": _("They were moved to larger dishes"),
    "harvest": _("They were gathered and counted"),
    "formulate": _("They were washed and put into the fluid they are injected with"),
    "fill": _("They were filled and labeled with your number"),
    "thaw": _("They were thawed"),
}

INSTRUMENTS: dict[str, Text] = {
    "NRS_BACK": _("Back pain"),
    "NRS_LEG": _("Leg pain"),
    "PEG": _("Pain and your day"),
    "RMDQ": _("What your back keeps you from"),
    "ODI": _("Your back in daily life"),
    "PGIC": _("Better or worse than before?"),
}


def visit_title(code: str, stage: str, title: str, protocol: Protocol) -> str:
    """A visit in plain words."""
    if stage == "collect" and protocol.source in TAKEN:
        return str(TAKEN[protocol.source])
    return str(VISITS.get(code) or word(title))


def whose_cells(protocol: Protocol) -> str:
    """The cells of this treatment with their tissue, and whose they are."""
    if not protocol.gives_cells:
        return ""
    own = _("Your own mesenchymal stem cells (more exactly, stromal cells) from %(tissue)s")
    donor = _("Mesenchymal stem cells (more exactly, stromal cells) from a donor’s %(tissue)s")
    return str(own if protocol.donor == "autologous" else donor) % {"tissue": TISSUES[protocol.source]}


def grows(protocol: Protocol) -> bool:
    """Whether the cells of this treatment grow in culture first."""
    return protocol.route is Route.EXPANDED
