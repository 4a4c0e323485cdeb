"""A stained area as a lot's record has it: measured when the photographs are handed in, drawn again from what is kept.

Measuring takes a second for a large photograph, so it is done before the action that keeps it.
"""

import io
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from stroma.clinic.models import Site
from stroma.clinic.queries import protocol_of
from stroma.custody.models import Lot
from stroma.protocols.domain.problem import BadInput
from stroma.protocols.domain.schema import Characterization
from stroma.release.handed_in import HandedIn
from stroma.release.models import AssayResult, StainReading
from stroma.release.stain.area import Stain, StainedArea, stain_named, stained_area, stained_picture
from stroma.release.stain.picture import Pixels, read_picture


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured, for which test, and on what."""

    test: Characterization
    found: StainedArea
    induced: HandedIn
    control: HandedIn


def characterization_of(lot: Lot) -> list[Characterization]:
    """The tests that describe the lot and decide no release."""
    return protocol_of(lot.protocol).characterization


def characterization_named(lot: Lot, code: str) -> Characterization | None:
    """The one of that code."""
    return next((test for test in characterization_of(lot) if test.code == code), None)


def measured(test: Characterization, induced: HandedIn, control: HandedIn) -> Measured:
    """Measure a photograph against its control. Raises BadInput with every fault of both."""
    problems, read = [], list[Pixels]()
    for given in (induced, control):
        try:
            read.append(read_picture(given.content, name=given.name))
        except BadInput as fault:
            problems += fault.problems
    if problems:
        raise BadInput(problems)
    return Measured(test, stained_area([read[0]], [read[1]], stain_named(test.stain)), induced, control)


def reading_of(result: AssayResult) -> StainReading | None:
    """The stained area behind a result."""
    found = StainReading.objects.filter(result=result).select_related("induced", "control")
    return found.first()


def reading_at(site: Site | None, stain_id: UUID) -> StainReading | None:
    """The stained area with that id, where it is one of this site's."""
    found = StainReading.objects.filter(pk=stain_id, lot__site=site).select_related("induced", "control")
    return found.first() if site else None


def drawn(reading: StainReading, which: str) -> bytes:
    """A picture of the reading as PNG: ``induced`` or ``control`` with what is called stained in its colors.

    Drawn from the kept photographs and the kept color, so that it shows what was measured.
    """
    from PIL import Image  # slow import

    red, green, blue = reading.color
    stain = Stain(reading.stain, reading.stain, (red, green, blue), "as kept", is_confirmed=True)
    control = read_picture(bytes(reading.control.content), name=reading.control.name)
    picture = (
        control
        if which == "control"
        else read_picture(bytes(reading.induced.content), name=reading.induced.name)
    )
    out = io.BytesIO()
    Image.fromarray(np.asarray(stained_picture(picture, [control], stain)), "RGB").save(out, "PNG")
    return out.getvalue()


def stained_so_far(lot: Lot) -> list[tuple[Characterization, AssayResult | None]]:
    """Each test with its newest result."""
    newest = {
        row.code: row
        for row in AssayResult.objects.filter(lot=lot, stain_reading__isnull=False).order_by("performed_at")
    }
    return [(test, newest.get(test.code)) for test in characterization_of(lot)]
