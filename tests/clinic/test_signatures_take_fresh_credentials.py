"""A signature takes a credential shown for it: a passkey's answer about this very text, or the password typed anew."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from fido2.utils import websafe_decode

from stroma.clinic.actions import NotSignable, sign
from stroma.clinic.credentials import ANSWERED_WITHIN, Passkey, challenge_for
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import Signature, Site, User
from stroma.ledger.domain.canonical import digest
from stroma.ledger.models import Entry
from stroma.release.queries import certificate_of
from tests.clinic.software_passkey import PRESENT, SoftwarePasskey, a_passkey
from tests.factories import NOW, a_site, a_user
from tests.lots_on_the_way import collect, collected, process, signed_in
from tests.treated_courses import a_clinic

pytestmark = pytest.mark.django_db

TEXT = digest(b"exactly what was shown")
PASSWORD = "a long enough secret"


@pytest.fixture
def site() -> Site:
    return a_site()


@pytest.fixture
def signer(site: Site) -> User:
    return a_user(site, Role.QUALITY)


@pytest.fixture
def key(signer: User) -> SoftwarePasskey:
    made = a_passkey()
    made.register(signer)
    return made


def signature_by(
    site: Site, signer: User, credential: Passkey, *, late: timedelta = timedelta()
) -> Signature:
    return sign(
        site=site,
        document_kind="certificate",
        document_id=site.id,
        document_digest=TEXT,
        meaning=Signature.Meaning.APPROVAL,
        role=Role.QUALITY,
        credential=credential,
        by=signer,
        at=NOW + late,
    )


def test_a_passkey_signs_the_text_that_was_shown(site: Site, signer: User, key: SoftwarePasskey) -> None:
    options, asked = challenge_for(signer, document_digest=TEXT, site="testserver", at=NOW)
    signature = signature_by(site, signer, Passkey(key.answer(options), asked), late=ANSWERED_WITHIN)
    assert (signature.method, signature.printed_name, signature.meaning, signature.document_digest) == (
        "PASSKEY",
        signer.name,
        "APPROVAL",
        TEXT,
    )
    assert signature.signed_at == NOW + ANSWERED_WITHIN


def test_what_a_passkey_answers_holds_the_digest_of_the_text(signer: User, key: SoftwarePasskey) -> None:
    del key
    first, _ = challenge_for(signer, document_digest=TEXT, site="testserver", at=NOW)
    second, asked = challenge_for(signer, document_digest=TEXT, site="testserver", at=NOW)
    assert first["publicKey"]["challenge"] != second["publicKey"]["challenge"]

    assert websafe_decode(asked.state["challenge"])[32:].hex() == TEXT


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("nothing asked", "passkey_too_late"),
        ("too late", "passkey_too_late"),
        ("before it was asked", "passkey_too_late"),
        ("another text", "passkey_for_another_text"),
        ("an older challenge", "passkey_wrong"),
        ("somebody else's key", "passkey_wrong"),
        ("not unlocked", "passkey_wrong"),
        ("another host", "passkey_wrong"),
        ("no JSON", "passkey_wrong"),
        ("no answer", "passkey_wrong"),
        ("cut short", "passkey_wrong"),
    ],
)
def test_an_answer_that_proves_nothing_signs_nothing(
    site: Site, signer: User, key: SoftwarePasskey, case: str, expected: str
) -> None:
    older, _ = challenge_for(signer, document_digest=TEXT, site="testserver", at=NOW)
    other_text = digest(b"another text") if case == "another text" else TEXT
    options, asked = challenge_for(signer, document_digest=other_text, site="testserver", at=NOW)
    cut = json.loads(key.answer(options))
    cut["response"]["authenticatorData"] = "AAAA"
    answers = {
        "an older challenge": key.answer(older),
        "somebody else's key": a_passkey().answer(options),
        "not unlocked": key.answer(options, flags=PRESENT),
        "another host": SoftwarePasskey(key.key, key.name, "elsewhere").answer(options),
        "no JSON": "{",
        "no answer": "[]",
        "cut short": json.dumps(cut),
    }
    if case == "before it was asked":
        asked = replace(asked, asked_at=NOW + timedelta(seconds=1))
    credential = Passkey(answers.get(case, key.answer(options)), None if case == "nothing asked" else asked)
    late = ANSWERED_WITHIN + timedelta(seconds=1) if case == "too late" else timedelta()
    with pytest.raises(NotSignable) as refused:
        signature_by(site, signer, credential, late=late)
    assert [blocker.code for blocker in refused.value.blockers] == [expected]
    assert not Signature.objects.exists()


# --- On the page of a certificate ------------------------------------------------------------------------


def test_a_certificate_is_signed_with_a_passkey() -> None:
    clinic = a_clinic()
    bench = collected(clinic)
    collect(bench)
    lot = process(bench)
    person = clinic.person("quality")
    key = a_passkey()
    quality, page = signed_in(person), reverse("certificate", args=[lot.pk])
    ask = reverse("passkey_to_sign")
    shown = digest(certificate_of(lot).encode())
    assert "data-sign-with-passkey" not in quality.get(page).content.decode()
    assert quality.get(ask, {"shown": shown}).json() == {"options": None}
    key.register(person)
    assert "data-sign-with-passkey" in quality.get(page).content.decode()
    assert quality.get(ask, {"shown": "not a digest"}).json() == {"options": None}

    sent = {
        "shown": shown,
        "role": "QUALITY",
        "passkey": key.answer(quality.get(ask, {"shown": shown}).json()["options"]),
    }
    sign_address = reverse("sign_certificate", args=[lot.pk])
    assert quality.post(sign_address, sent).status_code == 302
    given = Signature.objects.get(document_kind="certificate")
    line = next(line for line in quality.get(page).context["signatures"] if line.at)
    assert (line.name, line.meaning, line.at) == (person.name, "Approved, as quality", given.signed_at)
    kept = json.loads(Entry.objects.get(action="certificate.signed").text)["facts"]["signature"]
    assert (kept["meaning"], kept["method"], kept["document"]["digest"]) == ("APPROVAL", "PASSKEY", shown)


def test_a_challenge_is_used_up_by_the_first_answer() -> None:
    clinic = a_clinic()
    bench = collected(clinic)
    collect(bench)
    lot = process(bench)
    person = clinic.person("quality")
    key = a_passkey()
    key.register(person)
    quality = signed_in(person)
    shown = digest(certificate_of(lot).encode())
    options = quality.get(reverse("passkey_to_sign"), {"shown": shown}).json()["options"]
    sent = {"shown": shown, "role": "QUALITY", "passkey": a_passkey().answer(options)}
    address = reverse("sign_certificate", args=[lot.pk])
    codes = [[b.code for b in quality.post(address, sent).context["found"]] for _ in range(2)]
    assert codes == [["passkey_wrong"], ["passkey_too_late"]]


def test_five_wrong_passwords_close_the_door_for_signing_too() -> None:
    clinic = a_clinic()
    bench = collected(clinic)
    collect(bench)
    lot = process(bench)
    person = clinic.person("quality")
    person.set_password(PASSWORD)
    person.save()
    quality = signed_in(person)
    address = reverse("sign_certificate", args=[lot.pk])
    sent = {"shown": digest(certificate_of(lot).encode()), "role": "QUALITY"}
    wrong = [quality.post(address, sent | {"password": "a guess"}).status_code for _ in range(5)]
    assert wrong == [422, 422, 422, 422, 429]
    right = quality.post(address, sent | {"password": PASSWORD})
    assert [b.code for b in right.context["found"]] == ["signing_locked"]
    assert not Signature.objects.filter(document_kind="certificate").exists()
    locked = Client().post(reverse("account_login"), {"login": person.username, "password": PASSWORD})
    assert locked.status_code == 429
