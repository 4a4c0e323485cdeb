"""What quality looks at: lots by what they wait for, final results that are due, failures after use, failed lots.

Reads only; what they mean is judged in ``domain/``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Lower

from stroma.clinic.models import AdoptedProtocol, Site
from stroma.clinic.queries import protocol_of
from stroma.custody.domain.states import LotState
from stroma.custody.models import Lot
from stroma.look.paging import HOME_LINES, Page, page_of
from stroma.protocols.domain.blocker import Blocker, Weight
from stroma.release.domain import decision
from stroma.release.domain.specification import (
    PENDING_WORDS,
    Judgement,
    Verdict,
    code_for,
)
from stroma.release.evidence import Records
from stroma.release.judged import FINISHED, Judged
from stroma.release.models import (
    AssayResult,
    CytometryReading,
    FailureNotice,
    Rejection,
    Release,
)
from stroma.release.queries import signed_roles
from stroma.release.suspects import may_be_out_of_limits

FINAL_RESULT_AFTER = timedelta(days=14)
"""A sterility culture is read for 14 days (USP <71>; clinical.md §1.7)."""
_NO_EXPIRY = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A lot in quarantine: what stands in the way of its release, and how many results are missing."""

    lot: Lot
    exceptions: list[Blocker]
    pending: list[Judgement]
    blockers: list[Blocker]
    """Every reason but those of the review."""
    findings: int
    """How many findings of the batch record's review quality has still to accept."""
    signed: int
    expires_at: datetime | None

    @property
    def is_ready(self) -> bool:
        """Whether nothing but the signatures is missing."""
        return not self.exceptions and not self.pending and not self.findings and not self.hard

    @property
    def hard(self) -> list[Blocker]:
        """What stops it besides results and findings: labels, the batch record, the donor, the course."""
        return [
            blocker
            for blocker in self.blockers
            if blocker.weight in {Weight.HARD, Weight.URGENT} and not _is_result(blocker)
        ]


@dataclass(frozen=True, slots=True)
class FinalDue:
    """A released lot whose final result is still to come, and from when it is late."""

    lot: Lot
    judgement: Judgement
    due_at: datetime
    is_late: bool


@dataclass(frozen=True, slots=True)
class Failed:
    """A rejected lot with somebody waiting for it: who still has to be told, and what is still to be decided."""

    rejection: Rejection
    notice: FailureNotice | None
    next_act: str
    """``tell``, ``decide``, ``dispose`` or nothing."""


def _is_result(blocker: Blocker) -> bool:
    return str(blocker.values.get("wording", "")).startswith("specification")


def waiting_and_due(
    site: Site, *, at: datetime, waiting_page: int = 1, due_page: int = 1
) -> tuple[Page[Waiting], Page[FinalDue]]:
    """The lots that wait for release, and the final results that are still to come; a page of each.

    Of the first, exceptions come first, then the lot that expires soonest; those that may be exceptions are judged to
    know it, and all else is read of those on the page, in as many statements for one as for many. Of the second, those
    of the lot that was released first.
    """
    released = _awaiting_a_final_result(site, page=due_page)
    quarantined = Lot.objects.filter(site=site, state=LotState.QUARANTINE.value)
    soonest_first = [lot for lot, *_when in sorted(_expiries(quarantined), key=lambda lot: lot[1:])]
    suspects = set(quarantined.filter(may_be_out_of_limits(quarantined)).values_list("pk", flat=True))
    suspected = [lot for lot in soonest_first if lot in suspects]
    start, end = (waiting_page - 1) * HOME_LINES, waiting_page * HOME_LINES
    within = [lot for lot in soonest_first if lot not in suspects][max(0, start - len(suspects)) : end + 1]
    whole = quarantined.select_related("site", "donor", "course", "protocol").defer("protocol__document")
    for looked_at in (suspected[: end + 1], suspected):
        lots = whole.in_bulk([*looked_at, *within])
        judged = Judged([*lots.values(), *released.rows])
        out = [lot for lot in looked_at if lot in lots and _out_of_limits(judged.judgements_for(lots[lot]))]
        if len(out) > end or looked_at == suspected:
            break
    others = set(soonest_first) - set(out)
    shown = page_of([*out, *(lot for lot in soonest_first if lot in others)], waiting_page, lines=HOME_LINES)
    waiting = _in_quarantine([lots[lot] for lot in shown.rows if lot in lots], judged, at=at)
    return Page(waiting, shown.number, shown.has_more), _finals_due(released, judged, at=at)


def _expiries(lots: QuerySet[Lot]) -> Iterable[tuple[UUID, datetime, str]]:
    """Each lot, when the first of its finished containers expires, and its number."""
    finished = Q(materials__kind__in=FINISHED)
    of_containers = lots.annotate(
        first=Min("materials__expires_at", filter=finished),
        without=Count("materials", filter=finished & Q(materials__expires_at=None)),
    )
    for pk, din, first, without in of_containers.order_by().values_list("pk", "din", "first", "without"):
        expires_at = None if without else first
        yield pk, expires_at or _NO_EXPIRY, din


def _in_quarantine(lots: Sequence[Lot], judged: Judged, *, at: datetime) -> list[Waiting]:
    signers, records = signed_roles(lots), Records(lots, of_many=judged)
    return [
        _waiting(lot, records.evidence_for(lot, at=at), signed=len(signers[lot.pk]), at=at) for lot in lots
    ]


def _out_of_limits(judgements: Iterable[Judgement]) -> set[str | None]:
    return {code_for(judgement) for judgement in judgements if judgement.verdict is Verdict.NOT_MET}


def _waiting(lot: Lot, evidence: decision.LotEvidence, *, signed: int, at: datetime) -> Waiting:
    blockers = decision.release_blockers(evidence, at=at)
    out = _out_of_limits(evidence.judgements)
    return Waiting(
        lot=lot,
        exceptions=[blocker for blocker in blockers if blocker.code in out],
        pending=[j for j in evidence.judgements if j.verdict is Verdict.PENDING],
        blockers=[b for b in blockers if b.code != "findings_open" and b not in evidence.open_findings],
        findings=len(evidence.open_findings),
        signed=signed,
        expires_at=evidence.expires_at,
    )


def _awaiting_a_final_result(site: Site, *, page: int) -> Page[Any]:
    """Released lots with a final result to come, the one released first at the top; each has its ``released_at``."""
    let_go = Lot.objects.filter(site=site, state=LotState.RELEASED.value)
    waiting = let_go.filter(_awaits_a_final_result(site))
    last = Release.objects.filter(lot=OuterRef("pk")).order_by("-released_at").values("released_at")[:1]
    lots = waiting.annotate(released_at=Subquery(last)).order_by("released_at", "din")
    return page_of(lots.select_related("protocol").defer("protocol__document"), page, lines=HOME_LINES)


def _finals_due(released: Page[Any], judged: Judged, *, at: datetime) -> Page[FinalDue]:
    rows = [
        FinalDue(lot, judgement, due_at := lot.released_at + FINAL_RESULT_AFTER, at > due_at)
        for lot in released.rows
        for judgement in judged.judgements_for(lot)
        if judgement.verdict is Verdict.NOT_DUE
    ]
    return Page(rows, released.number, released.has_more)


_OF_THE_LOT = Q(lot=OuterRef("pk")) | Q(lot=OuterRef("parent"))
"""A lot's own results, and those of the lot it comes from."""


def _awaits_a_final_result(site: Site) -> Q:
    """Thousands of released lots are done with, so the database finds those that are not.

    A result that an investigation found to be an error of the laboratory is none of these: it did not meet its limit,
    called its lot back, and the line must be met anew before the lot is released again.
    """
    found = Q(pk__in=[])
    versions = Lot.objects.filter(site=site).order_by().values("protocol").distinct()
    for version in AdoptedProtocol.objects.filter(pk__in=versions).defer("document"):
        for limit in protocol_of(version).specification:
            if limit.due != "final":
                continue
            known = AssayResult.objects.filter(code=limit.code)
            if limit.kind != "number":
                known = known.annotate(word=Lower("text")).exclude(word__in=PENDING_WORDS)
            open_ones = Q(protocol=version) & ~Q(Exists(known.filter(_OF_THE_LOT)))
            found |= open_ones & Q(course__isnull=False) if limit.for_recipient else open_ones
    return found


def failed_lots(site: Site, *, page: int = 1) -> Page[Failed]:
    """Rejected lots that somebody still has to tell about, decide on, or clear away; the oldest first."""
    waits = (
        Q(lot__course__isnull=False, notice=None)
        | Q(notice__isnull=False, notice__decision=None)
        | Q(lot__disposition=None)
    )
    rejections = (
        Rejection.objects.filter(waits, lot__site=site)
        .select_related("lot__course", "lot__disposition", "notice__decision")
        .order_by("rejected_at")
    )
    shown = page_of(rejections, page, lines=HOME_LINES)
    return Page([_failed(rejection) for rejection in shown.rows], shown.number, shown.has_more)


def _failed(rejection: Rejection) -> Failed:
    notice: FailureNotice | None = getattr(rejection, "notice", None)
    act = ""
    if rejection.lot.course is not None and notice is None:
        act = "tell"
    elif notice is not None and getattr(notice, "decision", None) is None:
        act = "decide"
    elif getattr(rejection.lot, "disposition", None) is None:
        act = "dispose"
    return Failed(rejection, notice, act)


def failure_of(lot: Lot) -> Failed | None:
    """Where a rejected lot stands; None for one that was not rejected."""
    rejection = Rejection.objects.filter(lot=lot).select_related("rejected_by", "notice__decision").first()
    return _failed(rejection) if rejection else None


def release_of(lot: Lot) -> Release | None:
    """The release that holds: the last one, and none for a lot that was called back and waits for new signatures."""
    return None if lot.state == LotState.QUARANTINE else last_release_of(lot)


def last_release_of(lot: Lot) -> Release | None:
    """The last release, also where the lot was called back from it."""
    return Release.objects.filter(lot=lot).order_by("released_at").last()


def rejection_at(site: Site | None, rejection_id: UUID) -> Rejection | None:
    """The rejection with that id, where it is one of this site's."""
    return Rejection.objects.filter(pk=rejection_id, lot__site=site).first() if site else None


def notice_at(site: Site | None, notice_id: UUID) -> FailureNotice | None:
    """The notice with that id, where it is one of this site's."""
    found = FailureNotice.objects.filter(pk=notice_id, rejection__lot__site=site)
    return found.select_related("rejection").first() if site else None


def versions_of(reading: CytometryReading) -> list[CytometryReading]:
    """Every version of this reading, the first one first: old gates and new ones are both kept."""
    first = reading
    while first.follows is not None:
        first = first.follows
    versions = [first]
    while (following := CytometryReading.objects.filter(follows=versions[-1]).first()) is not None:
        versions.append(following)
    return versions


def reading_at(site: Site | None, reading_id: UUID) -> CytometryReading | None:
    """The reading with that id, where it is one of this site's; its files' content is left where it is."""
    found = CytometryReading.objects.filter(pk=reading_id, lot__site=site)
    return found.select_related("follows", "read_by").first() if site else None


def readings_of(lot: Lot) -> list[CytometryReading]:
    """The newest version of each cytometry reading of a lot, the last one read first."""
    found = CytometryReading.objects.filter(lot=lot, followed_by=None).select_related("read_by")
    recorded = Exists(AssayResult.objects.filter(reading=OuterRef("pk")))
    return list(found.annotate(is_recorded=recorded).order_by("-read_at"))
