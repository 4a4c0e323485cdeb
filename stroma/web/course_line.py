"""The line of a course: which station is done, now, next, late or stopped, and what stands under it.

``line_of`` decides from plain facts and the time it is told; ``course_line`` and ``course_lines`` fetch the facts.
The patient's line speaks plainly; the staff's uses the words of the clinic.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from stroma.courses.models import Course
from stroma.custody.domain.states import LotState
from stroma.ledger.wording import word
from stroma.look import formats
from stroma.look.line import Line, Source, State, Station, Strand
from stroma.look.line_words import CELL_TREATMENT, TRADITIONAL_TREATMENT
from stroma.planning.models import Visit
from stroma.protocols.domain.vocabulary import Donor, Route
from stroma.web.cell_forecast import Forecast, expected_length, forecast, give_or_take, laboratory_visits
from stroma.web.course_facts import CourseFacts, VisitFact, course_facts

Audience = Literal["patient", "staff"]
Text = str | Promise

PATIENT_TITLES: dict[str, Text] = {
    "right": gettext_lazy("Right for me"),
    "when": gettext_lazy("My dates"),
    "collect": gettext_lazy("Cells taken"),
    "process": gettext_lazy("Cells prepared"),
    "release": gettext_lazy("Cells checked"),
    "inject": gettext_lazy("Cells given"),
    "treatment": gettext_lazy("Treatment"),
    "recover": gettext_lazy("Recovery"),
    "result": gettext_lazy("Did it help?"),
}
"""What a patient reads at each station."""

STAGES = {
    "collect": "collect",
    "process": "process",
    "release": "release",
    "inject": "inject",
    "recover": "recover",
}
"""The stage of the visits that a station waits for."""


@dataclass(frozen=True, slots=True)
class _Stop:
    """A station before it has a title."""

    is_done: bool
    at: str = ""
    note: str = ""
    is_late: bool = False


def course_line(course: Course, *, at: datetime, audience: Audience = "patient") -> Line:
    """The line of one course at ``at``, in the reader's language."""
    return course_lines([course], at=at, audience=audience)[course.pk]


def course_lines(
    courses: Iterable[Course], *, at: datetime, audience: Audience = "staff"
) -> dict[UUID, Line]:
    """The lines of many courses at ``at``; the number of queries does not grow with them."""
    return {
        key: line_of(facts, at=at, audience=audience) for key, facts in course_facts(courses, at=at).items()
    }


def line_of(facts: CourseFacts, *, at: datetime, audience: Audience) -> Line:
    """The line that these facts come to."""
    drawn = _Drawing(facts, at, audience)
    stops = drawn.stops()
    codes = list(stops)
    first_open = next((code for code in codes if not stops[code].is_done), None)
    stations = []
    for code, stop in stops.items():
        note = stop.note
        if stop.is_done:
            state = State.DONE
        elif code == first_open and facts.state == Course.State.STOPPED:
            state, note = State.STOPPED, drawn.why_it_stopped()
        elif stop.is_late and facts.state == Course.State.OPEN:
            state = State.LATE
        else:
            state = State.NOW if code == first_open else State.NEXT
        stations.append(Station(code, drawn.title(code), state, stop.at or None, note or None))
    return Line(drawn.name(), tuple(stations), drawn.strand())


def cell_forecast(facts: CourseFacts, *, at: datetime) -> Forecast | None:
    """When the cells of this course are expected to be ready; None before they were taken and once they are made."""
    lot = facts.lot
    if lot is None or lot.state is not LotState.IN_PROCESS or lot.collected_at is None:
        return None
    laboratory = [
        visit for visit in facts.visits if visit.stage == "process" and visit.state != Visit.State.CANCELLED
    ]
    done = {visit.code for visit in laboratory if visit.state == Visit.State.COMPLETED}
    before_treatment = {visit.code for visit in laboratory_visits(facts.protocol)}
    booked = [visit.ends_at for visit in laboratory if visit.code in before_treatment]
    found = forecast(
        facts.protocol,
        began_at=lot.collected_at,
        booked_end=max(booked, default=None),
        still_to_come=sorted(before_treatment - done),
    )
    # What should be over and is not is expected now at the earliest.
    return replace(found, ready_at=max(found.ready_at, at))


@dataclass(frozen=True, slots=True)
class _Drawing:
    facts: CourseFacts
    at: datetime
    audience: Audience

    @property
    def is_plain(self) -> bool:
        """Whether a patient reads it."""
        return self.audience == "patient"

    def name(self) -> str:
        """Whose line it is, for who does not see the picture. The course's number names nobody."""
        return (
            _("My treatment") if self.is_plain else f"{self.facts.number}: {word(self.facts.protocol.title)}"
        )

    def title(self, code: str) -> str:
        protocol = self.facts.protocol
        if not self.is_plain:
            return str((CELL_TREATMENT if protocol.gives_cells else TRADITIONAL_TREATMENT)[code])
        if code == "process" and protocol.route is Route.EXPANDED and protocol.donor is Donor.AUTOLOGOUS:
            return _("Cells grow")
        if code == "collect" and protocol.donor is Donor.ALLOGENEIC:
            return _("Cells from a donor")
        return str(PATIENT_TITLES[code])

    def strand(self) -> Strand | None:
        protocol = self.facts.protocol
        if not protocol.gives_cells:
            return None
        donor = protocol.donor is Donor.ALLOGENEIC
        label = (_("From a donor") if self.is_plain else _("Donor lot")) if donor else None
        return Strand(
            "collect",
            "inject",
            Source.DONOR if donor else Source.OWN,
            grows=protocol.route is Route.EXPANDED,
            label=label,
        )

    def stops(self) -> dict[str, _Stop]:
        """The stations of this treatment in order."""
        makers: dict[str, Callable[[], _Stop]] = {"right": self._right, "when": self._when}
        if self.facts.protocol.gives_cells:
            makers |= {"collect": self._collect, "process": self._process, "release": self._release}
            makers["inject"] = self._inject
        else:
            makers["treatment"] = self._care
        makers |= {"recover": self._recover, "result": self._result}
        return {code: make() for code, make in makers.items()}

    def why_it_stopped(self) -> str:
        """The reason as far as tables know it; what a person wrote about it stays sealed."""
        if self.facts.is_consent_withdrawn:
            return _("you took your consent back") if self.is_plain else _("consent withdrawn")
        if self.facts.lot is not None and self.facts.lot.state is LotState.REJECTED:
            return _("the cells did not pass their checks") if self.is_plain else _("the lot failed")
        return _("stopped")

    # --- The stations ---------------------------------------------------------------------------------

    def _right(self) -> _Stop:
        if self.facts.consented_at is None:
            waits = _("your consent is next") if self.is_plain else _("waits for consent")
            return _Stop(is_done=False, at=self._day(self.facts.decided_at), note=waits)
        return _Stop(is_done=True, at=self._day(self.facts.consented_at))

    def _when(self) -> _Stop:
        stages = {"collect", "inject"}
        chain = [v for v in self.facts.visits if v.stage in stages and v.state != Visit.State.CANCELLED]
        if chain or self.facts.is_treated:
            when = chain[0].starts_at if chain else min(self.facts.given.values())
            begins = _("begins %(day)s") if when > self.at else _("began %(day)s")
            return _Stop(is_done=True, at=begins % {"day": self._day(when)})
        return _Stop(is_done=False, note=_("no dates yet"))

    def _collect(self) -> _Stop:
        lot = self.facts.lot
        if self.facts.protocol.donor is Donor.ALLOGENEIC:
            taken = lot.collected_at if lot else None
            text = self._day(taken) if taken and not self.is_plain else _("before your treatment")
            return _Stop(is_done=True, at=text)
        if lot is not None and lot.collected_at is not None and not lot.collect_again:
            return _Stop(is_done=True, at=self._day(lot.collected_at))
        waiting = self._waiting("collect")
        again = _("once more") if lot is not None and lot.collect_again else ""
        return replace(waiting, note=waiting.note or again)

    def _process(self) -> _Stop:
        lot = self.facts.lot
        if lot is not None and lot.state is not LotState.IN_PROCESS and not lot.collect_again:
            return _Stop(is_done=True, at=self._day(lot.processed_at) if lot.processed_at else "")
        waiting = self._waiting("process")
        expected = cell_forecast(self.facts, at=self.at)
        if not self.is_plain:
            return waiting
        if expected is not None and not expected.is_sure and not waiting.is_late:
            return replace(
                waiting, at=formats.forecast_text(expected.ready_at - self.at, expected.give_or_take)
            )
        if expected is None:
            length = expected_length(self.facts.protocol)
            usual = Forecast(self.at + length, give_or_take(laboratory_visits(self.facts.protocol)))
            text = (
                formats.span_text(length)
                if usual.is_sure
                else formats.forecast_text(length, usual.give_or_take)
            )
            return replace(waiting, at=_("takes %(span)s") % {"span": text} if length else "")
        return waiting

    def _release(self) -> _Stop:
        lot = self.facts.lot
        if lot is not None and lot.state is LotState.RELEASED:
            return _Stop(is_done=True, at=self._day(lot.released_at) if lot.released_at else "")
        if lot is not None and lot.state is LotState.REJECTED and not lot.collect_again:
            note = (
                _("did not pass; your doctor calls you")
                if self.is_plain
                else _("lot rejected; decide with the patient")
            )
            return _Stop(is_done=False, at=self._day(lot.rejected_at or self.at), note=note, is_late=True)
        if lot is not None and lot.called_back_from is not None:
            note = _("your doctor calls you") if self.is_plain else _("called back after release")
            return _Stop(is_done=False, at=self._day(lot.called_back_from), note=note, is_late=True)
        return self._waiting("release")

    def _inject(self) -> _Stop:
        given, planned = self.facts.given, self.facts.protocol.another_treatment
        wanted = planned.treatments if planned.kind == "series" else 1
        if len(given) >= wanted:
            return _Stop(is_done=True, at=self._day(max(given.values())))
        waiting = self._waiting("inject")
        if given:
            note = _("%(n)d of %(total)d given") % {"n": len(given), "total": wanted}
            return replace(waiting, note=waiting.note or note)
        return waiting

    def _care(self) -> _Stop:
        sessions = [v for v in self.facts.visits if v.stage == "inject" and v.state != Visit.State.CANCELLED]
        left = [visit for visit in sessions if visit.state == Visit.State.BOOKED]
        if self.facts.care_given and not left:
            return _Stop(is_done=True, at=self._day(self.facts.care_given[-1]))
        waiting = self._waiting("inject")
        if len(sessions) > 1:
            done = len(sessions) - len(left)
            counted = ngettext("%(done)d of %(n)d session", "%(done)d of %(n)d sessions", len(sessions))
            note = counted % {"done": done, "n": len(sessions)}
            return replace(waiting, note=waiting.note or note)
        return waiting

    def _recover(self) -> _Stop:
        checks = [v for v in self.facts.visits if v.stage == "recover" and v.state != Visit.State.CANCELLED]
        left = [visit for visit in checks if visit.state != Visit.State.COMPLETED]
        still_treated = any(v.stage == "inject" and v.state == Visit.State.BOOKED for v in self.facts.visits)
        if (
            self.facts.is_treated
            and not still_treated
            and not left
            and (checks or self.facts.state == Course.State.COMPLETED)
        ):
            return _Stop(is_done=True, at=self._day(checks[-1].starts_at) if checks else "")
        waiting = self._waiting("recover")
        return replace(waiting, note=waiting.note or self._questions_waiting())

    def _result(self) -> _Stop:
        first_last = self.facts.pain[:1] + self.facts.pain[-1:] if len(self.facts.pain) > 1 else ()
        pain = ""
        if first_last and self.facts.is_treated:
            before, now = (formats.number_text(float(each), 0) for each in first_last)
            pain = _("pain %(before)s → %(now)s") % {"before": before, "now": now}
        if self.facts.state == Course.State.COMPLETED:
            return _Stop(is_done=True, at=self._day(self.facts.ended_at or self.at), note=pain)
        last = max((due.due_at for due in self.facts.dues if due.closes_at), default=None)
        text = _("until %(day)s") % {"day": self._day(last)} if last else ""
        return _Stop(is_done=False, at=text, note=pain)

    # --- What stations share --------------------------------------------------------------------------

    def _waiting(self, stage: str) -> _Stop:
        """A station that waits for a visit: its time, and whether that has passed or was missed."""
        visits = [visit for visit in self.facts.visits if visit.stage == stage]
        booked = [visit for visit in visits if visit.state == Visit.State.BOOKED]
        if booked:
            late = booked[0].ends_at < self.at
            note = self._over(booked[0]) if late else ""
            shown = booked[-1] if stage == "process" and not late else booked[0]
            return _Stop(is_done=False, at=self._appointment(shown), note=note, is_late=late)
        missed = [visit for visit in visits if visit.state == Visit.State.MISSED]
        if missed and missed[-1] is visits[-1]:
            note = _("missed; no new date yet")
            return _Stop(is_done=False, at=self._day(missed[-1].starts_at), note=note, is_late=True)
        return _Stop(is_done=False)

    def _over(self, visit: VisitFact) -> str:
        return _("%(span)s over") % {"span": formats.span_text(self.at - visit.ends_at)}

    def _questions_waiting(self) -> str:
        n = len(self.facts.open_dues(self.at)) if self.facts.is_treated else 0
        return ngettext("%(n)d questionnaire waits", "%(n)d questionnaires wait", n) % {"n": n} if n else ""

    def _appointment(self, visit: VisitFact) -> str:
        if self.is_plain and not visit.is_for_patient:
            return self._day(visit.starts_at)
        return formats.moment_text(
            visit.starts_at, self.facts.zone, with_year=self._other_year(visit.starts_at)
        )

    def _day(self, moment: datetime) -> str:
        return formats.day_text(moment.astimezone(self.facts.zone), with_year=self._other_year(moment))

    def _other_year(self, moment: datetime) -> bool:
        return moment.astimezone(self.facts.zone).year != self.at.astimezone(self.facts.zone).year
