"""A member of the staff chooses Spanish once, and pages, refusals, states, titles and dates are said in it."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from stroma.custody.domain.states import LotState, lot_transition_blockers
from stroma.ledger.wording import sentence, word
from stroma.protocols.domain.blocker import Blocker
from stroma.protocols.library import shipped_protocols
from tests.treated_courses import a_clinic


@pytest.mark.django_db
def test_the_choice_of_a_language_is_kept_for_the_pages_that_follow(client: Client) -> None:
    client.force_login(a_clinic().person("coordinator"), backend="django.contrib.auth.backends.ModelBackend")
    home = reverse("coordinator_home")
    assert "Register a patient" in client.get(home).content.decode()
    chosen = client.post(reverse("set_language"), {"language": "es", "next": home})
    assert chosen.cookies["django_language"]["max-age"] == 365 * 24 * 3600
    page = client.get(home).content.decode()
    assert '<html lang="es"' in page
    assert "Registrar un paciente" in page
    assert "Register a patient" not in page


def test_a_refusal_says_states_and_times_in_the_readers_language() -> None:
    (refused,) = lot_transition_blockers(LotState.IN_PROCESS, LotState.RELEASED)
    late = Blocker("lot_expired", {"expires_at": datetime(2026, 11, 3, 9, 0, tzinfo=UTC)}, "test")
    with translation.override("es"):
        assert sentence(refused) == "Este lote está en proceso y no puede pasar a liberado."
        assert "mar 3 nov 2026" in sentence(late)
    with translation.override("en"):
        assert sentence(refused) == "This lot is in process and cannot become released."


def test_roles_that_are_listed_are_said_one_by_one() -> None:
    missing = Blocker("role_missing", {"wanted": "nurse, physiatrist"}, "test")
    with translation.override("es"):
        assert "enfermería, fisiatra" in sentence(missing)


def test_every_title_of_a_shipped_protocol_has_its_spanish() -> None:
    with translation.override("es"):
        english = {
            title
            for shipped in shipped_protocols()
            for title in (shipped.protocol.title, *(visit.title for visit in shipped.protocol.visits))
            if word(title) == title
        }
    assert english == set()
