"""A photo of a culture as a microscope's camera might take it: drawn, said to be simulated, kept with an open step."""

import io
import math
from datetime import datetime
from random import Random

from stroma.processing.actions.record import keep_photo
from stroma.processing.models import BatchStep, StepPhoto
from stroma.processing.photos import opened_photo
from stroma.simulation.clinic import SimulatedClinic

WIDTH, HEIGHT, CELLS = 960, 720, 70


def drawn_culture(seed: int) -> bytes:
    """A JPEG of spindle-shaped cells on gray, with the word *simulated* in its corner."""
    from PIL import Image, ImageDraw, ImageFilter  # slow import

    random = Random(seed)  # noqa: S311 - a simulation that can be repeated
    picture = Image.new("L", (WIDTH, HEIGHT), 128)
    pen = ImageDraw.Draw(picture)
    for _ in range(CELLS):
        x, y = random.uniform(0, WIDTH), random.uniform(0, HEIGHT)
        turn = random.gauss(0.6, 0.5)
        long, wide = random.uniform(50, 110), random.uniform(5, 11)
        along, across = (math.cos(turn), math.sin(turn)), (-math.sin(turn), math.cos(turn))
        for grown, gray in ((3.0, 176), (0.0, random.randint(92, 112))):
            corners = (
                (
                    x + along[0] * reach * (long + grown) + across[0] * side * (wide + grown),
                    y + along[1] * reach * (long + grown) + across[1] * side * (wide + grown),
                )
                for reach, side in ((-1, 0), (-0.2, 1), (0.2, 1), (1, 0), (0.2, -1), (-0.2, -1))
            )
            pen.polygon(list(corners), fill=gray)
        pen.ellipse((x - 6, y - 5, x + 6, y + 5), fill=150)
    picture = picture.filter(ImageFilter.GaussianBlur(1.6))
    ImageDraw.Draw(picture).text((16, HEIGHT - 34), "simulated", fill=250, font_size=22)
    kept = io.BytesIO()
    picture.save(kept, "JPEG", quality=80)
    return kept.getvalue()


def photograph_a_culture(clinic: SimulatedClinic, *, at: datetime) -> StepPhoto | None:
    """Keep a photo with the newest step of a culture's open batch record; nothing where no culture is under way."""
    steps = BatchStep.objects.filter(
        batch__lot__site=clinic.site, batch__closed_at=None, kind__in=("seed", "feed", "passage")
    )
    step = steps.select_related("batch__lot__site", "batch__lot__course").order_by("-done_at").first()
    if step is None:
        return None
    photo = opened_photo(drawn_culture(421), name="culture.jpg")
    return keep_photo(step=step, photo=photo, by=clinic.person("technologist"), at=at)
