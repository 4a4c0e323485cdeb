"""One patient, from the first question to the answer, by the same actions that pages and people use.

A walk opens a simulated site of its own, registers the patient there, and goes through every step of one protocol on a
simulated clock. Where a rule refuses, the walk stops with the rule's reasons. It invents no rule and skips none.
"""

import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from stroma.clinic.queries import authorization_for
from stroma.ledger.models import Entry
from stroma.protocols.domain.blocker import Refused, stopping
from stroma.registry.actions import extract_registry
from stroma.simulation.bank import BANK_LEAD, fill_the_bank
from stroma.simulation.clinic import found_simulated_database, give_badges, open_simulated_clinic
from stroma.simulation.walk_terms import WalkRequest, WalkResult
from stroma.simulation.way import Way

STEP_OF_ACTION = {
    "patient": "patients",
    "candidacy": "candidacy",
    "course": "courses",
    "care": "courses",
    "consent": "courses",
    "visit": "planning",
    "visits": "planning",
    "chain": "planning",
    "donor": "collection",
    "tissue": "collection",
    "batch": "processing",
    "equipment": "processing",
    "reagent": "processing",
    "result": "release",
    "certificate": "release",
    "failure": "release",
    "exception": "release",
    "investigation": "release",
    "late_positive": "release",
    "control": "release",
    "time_out": "injection",
    "dose": "injection",
    "follow_up": "follow_up",
    "questionnaire": "follow_up",
    "another_treatment": "follow_up",
    "registry": "registry",
}


class Walk(Way):
    """A walk in progress: the whole way at once, with every new entry of the ledger told."""

    def __init__(self, request: WalkRequest, tell: Callable[[dict[str, str]], None]) -> None:
        self.tell = tell
        self.agenda: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self.entries_seen = Entry.objects.count()
        found_simulated_database(request.start - BANK_LEAD)
        clinic = open_simulated_clinic(
            name="Walk clinic", protocols=[request.protocol], at=request.start - BANK_LEAD
        )
        give_badges(clinic, request.start - BANK_LEAD)
        super().__init__(request, clinic)

    def run(self) -> WalkResult:
        """Go the whole way, or stop where a rule stops it."""
        self.result.site_name = self.clinic.site.name
        authorization = authorization_for(self.clinic.site, self.protocol.id, at=self.request.start)
        self.result.authorization = authorization.reference if authorization else None
        if self.protocol.donor == "allogeneic":
            opened_at = self.request.start - BANK_LEAD
            self.bank = fill_the_bank(self.clinic, self.adopted, self.laboratory.random, at=opened_at)
        self.entries_seen = Entry.objects.count()
        try:
            self._decide()
            screened_at = self.request.start
            self._book(self._consent_time(screened_at + timedelta(minutes=50)), screened_at=screened_at)
            self._note_steps()
            self._follow_agenda()
            self._finish()
        except Refused as refusal:
            self.result.blockers = stopping(refusal.blockers) or refusal.blockers
        self._note_steps()
        return self.result

    def _decide(self) -> None:
        at = self.request.start
        self._take_in(at)
        self._note_steps()
        assessment = self._assess(at + timedelta(minutes=20))
        decision, in_the_way = self._settle(assessment, at + timedelta(minutes=40))
        self._note_steps()
        if in_the_way:
            raise Refused(in_the_way)
        self._open(decision, at + timedelta(minutes=50))
        self._weigh(at + timedelta(minutes=55))
        self._note_steps()

    # --- The agenda ------------------------------------------------------------------------------------

    def _at(self, when: datetime, what: Callable[[datetime], None]) -> None:
        heapq.heappush(self.agenda, (when, len(self.agenda) + self.entries_seen * 1000, what))

    def _follow_agenda(self) -> None:
        while self.agenda:
            when, _, what = heapq.heappop(self.agenda)
            what(when)
            self._note_steps()

    def _finish(self) -> None:
        """Close the course, and count the registry."""
        at = self._closing_time()
        self._close(at)
        extract = extract_registry(site=self.clinic.site, by=self.clinic.person("analyst"), at=at)
        self.result.registry = extract.rows
        self._note_steps()

    # --- Bookkeeping -----------------------------------------------------------------------------------

    def _note_steps(self) -> None:
        """Take down the ledger's new entries."""
        fresh = list(Entry.objects.order_by("sequence")[self.entries_seen :])
        self.entries_seen += len(fresh)
        for entry in fresh:
            kind = entry.action.split(".")[0]
            step = {
                "step": STEP_OF_ACTION.get(kind, self._custody_step(entry)),
                "action": entry.action,
                "at": entry.occurred_at.astimezone(UTC).isoformat(),
                "hash": entry.hash,
            }
            self.result.steps.append(step)
            self.tell(step)

    @staticmethod
    def _custody_step(entry: Entry) -> str:
        return "release" if entry.action in {"lot.released", "lot.rejected"} else "custody"
