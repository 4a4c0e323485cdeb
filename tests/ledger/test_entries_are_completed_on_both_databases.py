"""What this process does on SQLite the server does on PostgreSQL: one form, one set of refusals."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.utils import timezone

from stroma.ledger.actions import found_installation
from stroma.ledger.domain.canonical import sealed_digest
from stroma.ledger.domain.entry import (
    GENESIS,
    ChainKey,
    ChainLink,
    Nature,
    course_chain,
    entry_hash,
    lot_chain,
    patient_chain,
    site_chain,
)
from stroma.ledger.models import Chain, Entry, Link, SealedText
from stroma.ledger.refusals import CLOCK_TOLERANCE, NotFounded, NotRecordable
from stroma.ledger.verification import verify
from tests.ledger.conftest import START, happen
from tests.ledger.whole_entry import EntryBody

pytestmark = pytest.mark.django_db


@pytest.fixture
def real(own_key: Path) -> None:
    """A real database, founded now."""
    found_installation(nature=Nature.REAL, by="test", at=timezone.now())


def codes(refused: pytest.ExceptionInfo[NotRecordable]) -> list[str]:
    """What an entry was refused for."""
    return [blocker.code for blocker in refused.value.blockers]


def test_an_entry_has_the_form_that_is_defined_and_stands_in_all_of_its_chains(real: None) -> None:
    chains = [site_chain(uuid4()), patient_chain(uuid4()), course_chain(uuid4())]
    first = happen('lot."told"', by="user:é", at=timezone.now(), chains=chains[:2], note='a\n"b" \\ é\x01')
    at = timezone.now().replace(microsecond=5)
    second = happen(
        "x.y", by="user:2", at=at, chains=chains, sealed={"reason": "dolor", "name": "é'\\"}, n=[1, None]
    )
    third = happen("x.z", by="user:2", at=at, chains=[lot_chain(uuid4())])
    heads = {chains[0]: (1, first.hash), chains[1]: (1, first.hash), chains[2]: (0, GENESIS)}
    body = EntryBody(
        id=second.id,
        action="x.y",
        actor="user:2",
        occurred_at=at,
        recorded_at=second.recorded_at,
        nature=Nature.REAL,
        links=[ChainLink(str(key), *heads[key]) for key in sorted(chains)],
        facts={
            "n": [1, None],
            **{one.name: {"sealed": one.digest} for one in SealedText.objects.filter(entry=second)},
        },
    )
    assert second.text == body.as_text()
    assert second.hash == entry_hash(second.text)
    assert (second.occurred_at, second.action, second.actor) == (at, "x.y", "user:2")
    assert {one.name: one.text for one in SealedText.objects.all()} == {"reason": "dolor", "name": "é'\\"}
    assert all(one.digest == sealed_digest(one.salt, one.text) for one in SealedText.objects.all())
    assert Link.objects.filter(entry=second).count() == 3
    for key in chains:
        chain = Chain.objects.get(kind=key.kind.value, subject=key.subject)
        assert (chain.head, chain.length) == (second.hash, heads[key][0] + 1)
        assert chain.last_recorded_at == second.recorded_at
    assert json.loads(first.text)["facts"] == {"note": 'a\n"b" \\ é\x01'}
    assert third.sequence > second.sequence
    assert [finding for check in verify() for finding in check.findings] == []


def test_a_real_entry_is_recorded_when_it_is_written_and_not_when_it_happened(real: None) -> None:
    before = timezone.now()
    written = happen("x.y", by="user:1", at=before - timedelta(days=3), chains=[patient_chain(uuid4())])
    assert before <= written.recorded_at <= timezone.now()
    assert written.occurred_at == before - timedelta(days=3)


def test_what_lies_in_the_future_is_refused_with_the_times(real: None) -> None:
    at = timezone.now() + CLOCK_TOLERANCE + timedelta(minutes=1)
    with pytest.raises(NotRecordable) as refused:
        happen("x.y", by="user:1", at=at, chains=[patient_chain(uuid4())])
    assert codes(refused) == ["time_in_the_future"]
    assert refused.value.blockers[0].values["at"] == at
    assert isinstance(refused.value.blockers[0].values["now"], datetime)
    assert not Entry.objects.filter(action="x.y").exists()
    happen("x.y", by="user:1", at=timezone.now() + timedelta(minutes=1), chains=[patient_chain(uuid4())])


@pytest.fixture
def behind(monkeypatch: pytest.MonkeyPatch, real: None) -> tuple[ChainKey, datetime]:
    """A chain with an entry, after which this server's clock went back by a minute; and when the entry was recorded."""
    chain = patient_chain(uuid4())
    last = happen("x.first", by="user:1", at=timezone.now(), chains=[chain]).recorded_at
    monkeypatch.setattr("django.utils.timezone.now", lambda: last - timedelta(minutes=1))
    return chain, last


def test_within_a_chain_the_time_of_recording_never_goes_back(behind: tuple[ChainKey, datetime]) -> None:
    chain, last = behind
    written = happen("x.y", by="user:1", at=last - timedelta(hours=1), chains=[chain, site_chain(uuid4())])
    assert written.recorded_at == last
    assert (
        json.loads(written.text)["recorded_at"]
        == json.loads(Entry.objects.get(action="x.first").text)["recorded_at"]
    )


def test_a_clock_that_went_back_far_is_named_with_its_chain(
    behind: tuple[ChainKey, datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    chain, last = behind
    now = last - CLOCK_TOLERANCE - timedelta(seconds=1)
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)
    with pytest.raises(NotRecordable) as refused:
        happen("x.y", by="user:1", at=now, chains=[chain])
    assert codes(refused) == ["clock_went_back"]
    assert refused.value.blockers[0].values == {"chain": str(chain), "last": last, "now": now}


def test_nothing_is_recorded_before_the_database_is_founded() -> None:
    with pytest.raises(NotFounded, match="Found it first"):
        happen("x.y", by="user:1", at=START, chains=[patient_chain(uuid4())])
    assert not Entry.objects.exists()
