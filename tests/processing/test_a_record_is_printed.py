"""The whole batch record on paper: simulated where it is, what is to be done, its photos, in the reader's words."""

from datetime import timedelta

import pypdfium2
import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from pypdfium2.raw import FPDF_PAGEOBJ_IMAGE

from stroma.processing.actions import keep_photo
from stroma.processing.models import Batch, BatchStep
from stroma.processing.photos import Photo
from stroma.simulation.clinic import SimulatedClinic
from stroma.simulation.photograph import drawn_culture
from tests.doubtful_cultures import IN_DOUBT, counted_again, harvested, the_harvest
from tests.lots_on_the_way import signed_in
from tests.treated_courses import a_clinic

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> SimulatedClinic:
    return a_clinic()


@pytest.fixture
def step(clinic: SimulatedClinic) -> BatchStep:
    """The harvest of a culture whose record is still open."""
    return the_harvest(harvested(clinic, IN_DOUBT))


def printed(client: Client, batch: Batch) -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(client.get(f"/processing/batches/{batch.pk}/record.pdf").content)


def words_of(document: pypdfium2.PdfDocument) -> str:
    """What a person reads, in one line."""
    return " ".join(" ".join(page.get_textpage().get_text_bounded() for page in document).split())


def test_it_says_that_it_is_simulated_and_what_is_open_as_the_page_does(
    clinic: SimulatedClinic, step: BatchStep
) -> None:
    words = words_of(printed(signed_in(clinic.person("quality")), step.batch))
    assert "Simulated: this record is of no real product." in words
    assert "nobody has said why not. not explained" in words
    assert "is not done. to be done" in words


def test_it_is_in_the_readers_language(clinic: SimulatedClinic, step: BatchStep) -> None:
    second = counted_again(clinic, step, 1.1)
    client = signed_in(clinic.person("quality"))
    client.cookies.load({settings.LANGUAGE_COOKIE_NAME: "es"})
    words = words_of(printed(client, step.batch))
    assert "Simulado: este registro no es de ningún producto real." in words
    assert f"{second.live_cells} vivas, {second.dead_cells} muertas en 9 cuadrados" in words
    assert "Media de ambos viabilidad" in words
    assert "Review by exception" not in words


def test_its_photos_are_in_it_and_one_that_cannot_be_drawn_is_named(
    clinic: SimulatedClinic, step: BatchStep
) -> None:
    whole = drawn_culture(1)
    at = timezone.now() - timedelta(minutes=1)
    for name, content in (("whole.jpg", whole), ("cut off.jpg", whole[: len(whole) // 2])):
        keep_photo(
            step=step, photo=Photo(name, "image/jpeg", content), by=clinic.person("technologist"), at=at
        )
    document = printed(signed_in(clinic.person("quality")), step.batch)
    words = words_of(document)
    assert "whole.jpg" in words
    assert "cut off.jpg" in words
    images = [one for page in document for one in page.get_objects([FPDF_PAGEOBJ_IMAGE])]
    assert len(images) == 1
