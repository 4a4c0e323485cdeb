"""What quality looks at: lots by what they wait for, final results that are due, failures after use, failed lots.

Reads only; what they mean is judged in ``domain/``.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef

from stroma.clinic.models import AdoptedProtocol, Site
from stroma.clinic.queries import protocol_of
from stroma.custody.domain.states import LotState
from stroma.custody.models import Lot
from stroma.protocols.domain.blocker import Blocker, Weight
from stroma.release.domain import decision
from stroma.release.domain.specification import Judgement, Result, Verdict, code_for, judge
from stroma.release.models import AssayResult, CytometryReading, FailureNotice, Rejection, Release
from stroma.release.queries import certificate_signatures, evidence_for, result_of

FINAL_RESULT_AFTER = timedelta(days=14)
"""A sterility culture is read for 14 days (USP <71>; clinical.md §1.7)."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A lot in quarantine: what stands in the way of its release, and how many results are missing."""

    lot: Lot
    exceptions: list[Blocker]
    pending: list[Judgement]
    blockers: list[Blocker]
    signed: int
    expires_at: datetime | None

    @property
    def is_ready(self) -> bool:
        """Whether nothing but the signatures is missing."""
        return not self.exceptions and not self.pending and not self.hard

    @property
    def hard(self) -> list[Blocker]:
        """What stops it besides results: labels, the batch record, the donor, the course."""
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
class LateFailure:
    """A final result that turned out bad after the lot was let go."""

    lot: Lot
    found: list[Blocker]


@dataclass(frozen=True, slots=True)
class Failed:
    """A rejected lot with somebody waiting for it: who still has to be told, and what is still to be decided."""

    rejection: Rejection
    notice: FailureNotice | None
    next_act: str
    """``tell``, ``decide``, ``dispose`` or nothing."""


def _is_result(blocker: Blocker) -> bool:
    return str(blocker.values.get("wording", "")).startswith("specification")


def lots_in_quarantine(site: Site, *, at: datetime) -> list[Waiting]:
    """The lots that wait for release: those with a result out of limits first, then the one that expires soonest."""
    lots = (
        Lot.objects.filter(site=site, state=LotState.QUARANTINE.value)
        .select_related("site", "protocol", "donor", "course__consent", "course__patient", "parent")
        .order_by("made_at")
    )
    rows = [_waiting(lot, at) for lot in lots]
    return sorted(
        rows, key=lambda row: (not row.exceptions, row.expires_at is None, row.expires_at or at, row.lot.din)
    )


def _waiting(lot: Lot, at: datetime) -> Waiting:
    evidence = evidence_for(lot, at=at)
    blockers = decision.release_blockers(evidence, at=at)
    out = {code_for(judgement) for judgement in evidence.judgements if judgement.verdict is Verdict.NOT_MET}
    return Waiting(
        lot=lot,
        exceptions=[blocker for blocker in blockers if blocker.code in out],
        pending=[j for j in evidence.judgements if j.verdict is Verdict.PENDING],
        blockers=blockers,
        signed=len({signature.role for signature in certificate_signatures(lot)}),
        expires_at=evidence.expires_at,
    )


def final_results(site: Site, *, at: datetime) -> tuple[list[LateFailure], list[FinalDue]]:
    """Bad final results after release, and the final results that are still to come, the earliest due first."""
    judged = _final_judgements(site)
    lots = {
        lot.pk: lot
        for lot in Lot.objects.filter(pk__in=judged)
        .select_related("site", "protocol", "donor", "course", "parent")
        .prefetch_related("releases")
    }
    failures, due = [], []
    for key, judgements in judged.items():
        lot = lots[key]
        if found := decision.late_failures(judgements):
            failures.append(LateFailure(lot, found))
        if lot.state != LotState.RELEASED:
            continue
        released_at = max(release.released_at for release in lot.releases.all())
        due_at = released_at + FINAL_RESULT_AFTER
        due += [
            FinalDue(lot, judgement, due_at, at > due_at)
            for judgement in judgements
            if judgement.verdict is Verdict.NOT_DUE
        ]
    return failures, sorted(due, key=lambda row: (row.due_at, row.lot.din))


def _final_judgements(site: Site) -> dict[UUID, list[Judgement]]:
    """The final results that are bad or still to come, by lot: of every lot of the site that was ever released.

    A clinic has let thousands of lots go, and nearly all of them are done with: so their results are read together, and
    only the lots that still matter are fetched.
    """
    released = Lot.objects.filter(
        site=site, releases__isnull=False
    )  # a bad result calls a lot back to quarantine
    lots = list(released.order_by("made_at", "pk").distinct().only("made_at", "protocol", "course", "parent"))
    versions = AdoptedProtocol.objects.in_bulk({lot.protocol_id for lot in lots})
    finals = {
        key: [limit for limit in protocol_of(version).specification if limit.due == "final"]
        for key, version in versions.items()
    }
    results = _results_of({limit.code for limits in finals.values() for limit in limits}, site)
    found = {}
    for lot in lots:
        limits = [
            limit for limit in finals[lot.protocol_id] if lot.course_id is not None or not limit.for_recipient
        ]
        known = list(results[lot.pk])
        own = {result.code for result in known}
        known += [result for result in results[lot.parent_id] if result.code not in own]
        open_ones = [one for one in judge(limits, known) if one.verdict is not Verdict.MET]
        if open_ones:
            found[lot.pk] = open_ones
    return found


def _results_of(codes: set[str], site: Site) -> defaultdict[UUID | None, list[Result]]:
    """The site's results of these codes, by lot."""
    results: defaultdict[UUID | None, list[Result]] = defaultdict(list)
    for row in AssayResult.objects.filter(lot__site=site, code__in=codes):
        results[row.lot_id].append(result_of(row))
    return results


def failed_lots(site: Site) -> list[Failed]:
    """Rejected lots that somebody still has to tell about, decide on, or clear away; the oldest first."""
    rejections = (
        Rejection.objects.filter(lot__site=site)
        .select_related("lot__course", "lot__disposition", "notice__decision")
        .order_by("rejected_at")
    )
    rows = [_failed(rejection) for rejection in rejections]
    return [row for row in rows if row.next_act]


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
    if lot.state == LotState.QUARANTINE:
        return None
    return last_release_of(lot)


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
