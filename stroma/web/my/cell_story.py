"""Where the cells are, from vein to vein: what happened, what is happening, and how sure the rest is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from django.utils.translation import gettext as _

from stroma.custody.domain.states import LotState
from stroma.look.parts import Happening
from stroma.processing.models import BatchStep
from stroma.protocols.domain.vocabulary import Donor
from stroma.web.cell_forecast import Forecast
from stroma.web.course_facts import CourseFacts
from stroma.web.course_line import cell_forecast
from stroma.web.my.plain_words import STEPS, grows


@dataclass(frozen=True, slots=True)
class CellStory:
    """What the page says: where they are now, in a sentence; when they are ready; what happened so far."""

    now: str
    ready: Forecast | None
    happenings: tuple[Happening, ...]

    zone: tzinfo
    """The site's, by whose clock the days are told."""

    @property
    def ready_days(self) -> tuple[date, ...]:
        """The first and the last day of the forecast; one day when it is sure."""
        if self.ready is None:
            return ()
        at, margin = self.ready.ready_at, self.ready.give_or_take
        ends = (at,) if self.ready.is_sure else (at - margin, at + margin)
        return tuple(dict.fromkeys(end.astimezone(self.zone).date() for end in ends))


def cell_story(facts: CourseFacts, steps: Sequence[BatchStep], *, at: datetime) -> CellStory:
    """The story of the cells of one course at ``at``."""
    return CellStory(_now(facts), cell_forecast(facts, at=at), tuple(_happenings(facts, steps)), facts.zone)


def _now(facts: CourseFacts) -> str:
    lot = facts.lot
    if facts.given:
        return _("They were given to you. They are where the needle put them.")
    if lot is None:
        if facts.protocol.donor is Donor.ALLOGENEIC:
            return _(
                "They wait in a bank at deep cold. A dose is thawed for you on the day of your treatment."
            )
        return _("They are still in your body. Nothing was taken yet.")
    if lot.collect_again:
        return _("The first cells did not pass their checks. New ones will be taken.")
    return {
        LotState.IN_PROCESS: _("They are growing in our laboratory.")
        if grows(facts.protocol)
        else _("They are being prepared in our laboratory."),
        LotState.QUARANTINE: _(
            "They are made. They stay locked away until two people have checked every result."
        ),
        LotState.RELEASED: _("They passed every check. They wait for you, and for nobody else."),
        LotState.REJECTED: _(
            "They did not pass their checks. They will not be given. Your doctor talks with you."
        ),
    }[lot.state]


def _happenings(facts: CourseFacts, steps: Sequence[BatchStep]) -> list[Happening]:
    lot = facts.lot
    found = []
    if lot is not None and lot.collected_at is not None:
        from_donor = facts.protocol.donor is Donor.ALLOGENEIC
        taken = _("They were taken from a donor") if from_donor else _("They were taken from you")
        found.append(Happening(lot.collected_at, taken))
    found += [Happening(step.done_at, STEPS[step.kind]) for step in steps if step.kind in STEPS]
    if lot is not None and lot.released_at is not None:
        found.append(
            Happening(lot.released_at, _("Two people checked every result and let them go"), tone="go")
        )
    if lot is not None and lot.rejected_at is not None:
        found.append(Happening(lot.rejected_at, _("They did not pass their checks"), tone="stop"))
    found += [
        Happening(given_at, _("They were given to you"), tone="go") for given_at in facts.given.values()
    ]
    return sorted(found, key=lambda happening: happening.at)
