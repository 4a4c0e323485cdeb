"""A reagent lot is used after quality signed for it: with fresh credentials, under what the register says of it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from stroma.clinic.actions import NotSignable
from stroma.clinic.credentials import Password
from stroma.clinic.models import Signature
from stroma.ledger.domain.canonical import digest
from stroma.ledger.models import Entry
from stroma.processing.actions import NotRegistered, ReagentReceived, receive_reagent, release_reagent
from stroma.processing.models import ReagentEvent, ReagentLot
from stroma.processing.register_queries import reagent_release_text
from stroma.simulation.clinic import SimulatedClinic
from tests.lots_on_the_way import signed_in
from tests.treated_courses import a_clinic

pytestmark = pytest.mark.django_db
SECRET = "a password that is long enough"


@pytest.fixture
def clinic() -> SimulatedClinic:
    clinic = a_clinic()
    quality = clinic.person("quality")
    quality.set_password(SECRET)
    quality.save()
    return clinic


@pytest.fixture
def reagent(clinic: SimulatedClinic) -> ReagentLot:
    at = timezone.now()
    received = ReagentReceived(
        "dye", "Dye", "Maker", "7", "DY-7", at + timedelta(days=30), used_by_no_protocol=True
    )
    return receive_reagent(site=clinic.site, received=received, by=clinic.person("technologist"), at=at)


def test_the_signature_is_of_quality_means_approval_and_holds_the_digest_of_what_was_shown(
    clinic: SimulatedClinic, reagent: ReagentLot
) -> None:
    quality = clinic.person("quality")
    client, page = signed_in(quality), f"/processing/reagents/{reagent.pk}/release/"
    shown = client.get(page)
    assert shown.context["shown"] == digest(reagent_release_text(reagent).encode())
    assert "DY-7" in shown.content.decode()
    sent = {"shown": shown.context["shown"], "password": SECRET, "credential": "password"}
    assert client.post(page, sent).status_code == 302
    event = ReagentEvent.objects.get(reagent=reagent)
    signature = event.signature
    assert signature is not None
    assert (signature.signer, signature.role, signature.meaning, signature.method) == (
        quality,
        "QUALITY",
        Signature.Meaning.APPROVAL,
        "PASSWORD",
    )
    assert (signature.document_id, signature.document_digest) == (reagent.pk, shown.context["shown"])
    assert str(signature.pk) in Entry.objects.get(action="reagent.released").text
    assert "signed," in client.get(f"/processing/reagents/{reagent.pk}/").content.decode()


@pytest.mark.parametrize("secret", ["", "wrong"])
def test_being_signed_in_is_no_signature(clinic: SimulatedClinic, reagent: ReagentLot, secret: str) -> None:
    client, page = signed_in(clinic.person("quality")), f"/processing/reagents/{reagent.pk}/release/"
    shown = client.get(page).context["shown"]
    refused = client.post(page, {"shown": shown, "password": secret})
    assert refused.status_code == 422
    assert (ReagentEvent.objects.count(), Signature.objects.count()) == (0, 0)
    if secret:
        with pytest.raises(NotSignable):
            release_reagent(
                reagent=reagent, credential=Password(secret), by=clinic.person("quality"), at=timezone.now()
            )


def test_what_is_not_what_was_shown_is_read_again_first(clinic: SimulatedClinic, reagent: ReagentLot) -> None:
    with pytest.raises(NotRegistered) as refused:
        release_reagent(
            reagent=reagent,
            credential=Password(SECRET),
            shown_digest="0" * 64,
            by=clinic.person("quality"),
            at=timezone.now(),
        )
    assert [one.code for one in refused.value.blockers] == ["reagent_changed_meanwhile"]
    assert Signature.objects.count() == 0
