"""A small ledger for tests: a simulated database with a key of its own, and one course with lot and site."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings

from stroma.ledger import readers
from stroma.ledger.actions import found_installation
from stroma.ledger.attachments import attachment
from stroma.ledger.checkpoints import checkpoint
from stroma.ledger.domain.entry import ChainKey, Nature, course_chain, lot_chain, patient_chain, site_chain
from stroma.ledger.dossier import export_dossier
from stroma.ledger.models import Entry
from stroma.ledger.record import record
from stroma.ledger.transaction import action

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@action
def happen(
    name: str,
    *,
    by: object,
    at: datetime,
    chains: list[ChainKey],
    sealed: dict[str, str] | None = None,
    **facts: Any,
) -> Entry:
    """One thing that happens: the smallest action there is."""
    written = record(name, by=by, at=at, chains=chains, facts=facts, sealed=sealed)
    return Entry.objects.get(id=written)


@dataclass
class SmallLedger:
    """One course, its patient, lot and site, and another patient who is nobody's business."""

    course: UUID = field(default_factory=uuid4)
    patient: UUID = field(default_factory=uuid4)
    lot: UUID = field(default_factory=uuid4)
    site: UUID = field(default_factory=uuid4)
    stranger: UUID = field(default_factory=uuid4)
    rounds: int = 0

    @property
    def told_chains(self) -> list[ChainKey]:
        """The chains of the course's dossier."""
        return [course_chain(self.course), patient_chain(self.patient), lot_chain(self.lot)]

    def live_through(self, rounds: int = 2) -> None:
        """Let things happen, some of them to the stranger."""
        course, patient, lot, site = (
            self.told_chains[0],
            self.told_chains[1],
            self.told_chains[2],
            site_chain(self.site),
        )
        for _ in range(rounds):
            at = START + timedelta(hours=self.rounds)
            self.rounds += 1
            happen(
                "course.begun",
                by="user:1",
                at=at,
                chains=[course, patient, site],
                sealed={"reason": "dolor – é"},
            )
            happen("patient.noted", by="user:2", at=at, chains=[patient_chain(self.stranger)])
            happen("lot.counted", by="user:2", at=at, chains=[lot, site], cells=1_200_000, viability="0.91")
            happen(
                "cells.given", by="user:1", at=at, chains=[course, lot], sealed={"note": "left", "name": "A"}
            )

    def export(self, **options: Any) -> bytes:
        """The course's dossier."""
        return export_dossier(self.course, by="user:1", at=START + timedelta(days=30), **options)


@pytest.fixture
def own_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A signing key of this test's own, not made yet; gives the file."""
    file = tmp_path / "keys" / "ledger.ed25519"
    monkeypatch.setattr(settings, "LEDGER_KEY_FILE", file)
    monkeypatch.setattr(settings, "LEDGER_KEY_IS_NAMED", False)
    return file


@pytest.fixture
def own_readers(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str, Callable[..., Any]], None]:
    """Only the readers this test registers."""
    from collections import defaultdict

    monkeypatch.setattr(readers, "_readers", defaultdict(dict))
    return readers.register


@pytest.fixture
def founded(db: None, own_key: Path) -> None:
    """A simulated database."""
    found_installation(nature=Nature.SIMULATED, by="test", at=START)


@pytest.fixture
def small_ledger(founded: None, own_readers: Callable[[str, str, Callable[..., Any]], None]) -> SmallLedger:
    """A small ledger in which a few things have happened."""
    ledger = SmallLedger()
    own_readers(
        "dossier_chains", "test", lambda course: ledger.told_chains if course == ledger.course else []
    )
    own_readers(
        "dossier_section",
        "protocol",
        lambda course: {"document": "[protocol]\n", "files": [attachment(b"\x00x", media_type="text/plain")]},
    )
    own_readers("dossier_section", "nothing", lambda course: None)
    ledger.live_through()
    return ledger


@pytest.fixture
def signed_ledger(small_ledger: SmallLedger) -> SmallLedger:
    """A ledger under two checkpoints."""
    checkpoint(by="test", at=START)
    small_ledger.live_through()
    checkpoint(by="test", at=START + timedelta(days=1))
    return small_ledger
