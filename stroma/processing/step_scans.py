"""What is scanned before a step is done: the container, then each piece of equipment and each reagent it wants.

Every scan is judged by its action when it is made. The container's stops the step; a thing that is not fit is scanned
anew. What was accepted travels along in the form.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from stroma.clinic.models import User
from stroma.custody.domain.reading import Readings
from stroma.custody.models import Lot, Material
from stroma.custody.queries import simulated_scans
from stroma.custody.scanning import Wanted, scans_made
from stroma.look.attempt import attempt
from stroma.look.formats import amount_text
from stroma.processing import actions
from stroma.processing.domain.step_wants import words
from stroma.processing.models import Batch
from stroma.processing.register_queries import simulated_things, things_scanned
from stroma.protocols.domain.blocker import Blocker
from stroma.protocols.domain.schema import ProcessingStep

CONTAINER, GO = "container", "go"
"""The names of the container's scan, and of the field that carries the scan that was answered with GO."""


@dataclass
class Answer:
    """What came of the scans: those accepted, what was refused, and what to show as done."""

    sent: dict[str, str]
    made: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    found: list[Blocker] = field(default_factory=list)
    """Why the last thing scanned is not taken; another is scanned in its place."""
    stop: list[Blocker] = field(default_factory=list)
    """Why the container is not to be worked on."""


def reading_of(readings: Readings, name: str, kind: str) -> Readings:
    """How the scan ``name`` was read, under the name that its kind has in the scan's ``raw``."""
    return {kind: readings[name]} if name in readings else {}


def thing_name(kind: str) -> str:
    """The name of the scan that is made for a kind of equipment or reagent."""
    return f"thing_{kind}"


def wanted_scans(lot: Lot, step: ProcessingStep, expected: Material, *, at: datetime) -> list[Wanted]:
    """What is scanned for a step, in order."""
    container = Wanted(
        CONTAINER,
        _("Scan the container"),
        _("%(division)s, %(amount)s %(unit)s, at %(place)s, of")
        % {
            "division": expected.division,
            "amount": amount_text(expected.remaining),
            "unit": expected.unit,
            "place": expected.place.name,
        },
        simulated_scans(expected),
    )
    things = [
        Wanted(
            thing_name(kind),
            _("Scan the %(kind)s") % {"kind": words(kind)},
            lead,
            simulated_things(lot.site, kind, at=at),
        )
        for lead, kinds in (
            (_("Clean, calibrated and in service. For"), step.equipment),
            (_("Released by quality and not expired. For"), step.reagents),
        )
        for kind in kinds
    ]
    return [container, *things]


def judged(
    sent: Mapping[str, str],
    wanted: Sequence[Wanted],
    readings: Readings,
    *,
    batch: Batch,
    step: ProcessingStep,
    expected: Material,
    by: User,
    at: datetime,
) -> Answer:
    """Judge the scan that was made last; those before it were judged when they were made."""
    made = scans_made(sent, wanted)
    answer = Answer(dict(sent))
    if CONTAINER in made and not sent.get(GO):
        raw = made[CONTAINER]
        scan, answer.stop = attempt(
            lambda: actions.scan_for_step(
                batch=batch,
                expected=expected,
                raw=raw,
                readings=reading_of(readings, CONTAINER, CONTAINER),
                by=by,
                at=at,
            )
        )
        answer.sent[GO] = str(scan.pk) if scan else ""
    elif CONTAINER in made:
        name = list(made)[-1]
        kind = next((kind for kind in (*step.equipment, *step.reagents) if thing_name(kind) == name), "")
        if kind:
            _, answer.found = attempt(
                lambda: actions.scan_thing(
                    batch=batch,
                    expected=expected,
                    kind=kind,
                    raw=made[name],
                    readings=reading_of(readings, name, kind),
                    by=by,
                    at=at,
                )
            )
        if answer.found:
            answer.sent.pop(name)
            made.pop(name)
    answer.codes = [code for name, code in made.items() if name != CONTAINER]
    known = things_scanned(batch.lot.site, answer.codes)
    answer.made = [f"{one}" for one in known.equipment] + [f"{one}" for one in known.reagents]
    return answer
