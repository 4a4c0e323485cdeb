"""An entry of the ledger and the chains it joins.

Note [How entries are chained]
    Every action writes one entry. The entry names each chain it joins (patient, course, lot, site) with its position
    there and the hash of that chain's previous entry; the first entry of a chain follows ``GENESIS``. The entry's hash
    covers all of that, so an entry cannot be moved, dropped or changed in any of its chains without breaking each of
    them. Locks on chains are taken in the order of their names, so that two actions cannot wait for each other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from stroma.ledger.domain.canonical import digest, plain, spelled, time_text

FORMAT = 1
GENESIS = "0" * 64


class ChainKind(StrEnum):
    """What a chain is about."""

    PATIENT = "patient"
    COURSE = "course"
    LOT = "lot"
    SITE = "site"


class Nature(StrEnum):
    """What a database is, for ever."""

    REAL = "REAL"
    SIMULATED = "SIMULATED"


@dataclass(frozen=True, slots=True, order=True)
class ChainKey:
    """The name of one chain, such as ``lot:0f0c…``."""

    kind: ChainKind
    subject: UUID

    def __str__(self) -> str:
        return f"{self.kind}:{self.subject}"


def patient_chain(subject: UUID) -> ChainKey:
    """The chain of one patient."""
    return ChainKey(ChainKind.PATIENT, subject)


def course_chain(subject: UUID) -> ChainKey:
    """The chain of one course of treatment."""
    return ChainKey(ChainKind.COURSE, subject)


def lot_chain(subject: UUID) -> ChainKey:
    """The chain of one lot of cells."""
    return ChainKey(ChainKind.LOT, subject)


def site_chain(subject: UUID) -> ChainKey:
    """The chain of one site."""
    return ChainKey(ChainKind.SITE, subject)


@dataclass(frozen=True, slots=True)
class ChainLink:
    """Where an entry stands in one chain: its position from 0 and the hash of the entry before it there."""

    chain: str
    position: int
    previous: str


def opening(*, id: UUID, action: str, actor: str, facts: Mapping[str, Any]) -> str:  # noqa: A002 - the entry's own word
    """The canonical text of an entry up to the first of its links: all of it that does not depend on its chains.

    An entry's keys stand in alphabetical order, and before ``links`` come only these.
    """
    told = plain(dict(facts), place="facts")
    return (
        f'{{"action":{spelled(action)},"actor":{spelled(actor)},"facts":{spelled(told)},'
        f'"format":{FORMAT},"id":"{id}","links":['
    )


def completed(
    opening: str, links: Sequence[ChainLink], nature: Nature, occurred_at: datetime, recorded_at: datetime
) -> str:
    """The canonical text of the entry that begins so: what follows needs no escapes, so it is spelled as it stands.

    On PostgreSQL the server completes it in the same way (migration 0007).
    """
    joined = ",".join(
        f'{{"chain":"{link.chain}","position":{link.position},"previous":"{link.previous}"}}'
        for link in links
    )
    times = f'"occurred_at":"{time_text(occurred_at)}","recorded_at":"{time_text(recorded_at)}"'
    return f'{opening}{joined}],"nature":"{nature.value}",{times}}}'


def entry_hash(text: str) -> str:
    """The hash of an entry's canonical text."""
    return digest(text.encode())
