"""A certificate as it is read: every line from the signed text itself, so that nothing else is shown than is signed."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from stroma.custody.domain.states import LotState
from stroma.custody.models import Lot
from stroma.look.formats import unit_text
from stroma.release.domain.derived import COMPUTED
from stroma.release.domain.specification import Judgement, Verdict
from stroma.release.models import InvestigationConclusion, Release
from stroma.release.review_written import EXPLAINED, NOTHING, UNEXPLAINED, ReadReview, reviews_read

VERDICTS: dict[str, tuple[str | Promise, str]] = {
    Verdict.MET: (gettext_lazy("meets the limit"), "go"),
    Verdict.NOT_MET: (gettext_lazy("does not meet the limit"), "stop"),
    Verdict.PENDING: (gettext_lazy("no result yet"), "wait"),
    Verdict.NOT_DUE: (gettext_lazy("comes after use"), "wait"),
}


@dataclass(frozen=True, slots=True)
class ResultLine:
    """One line of the specification as it is shown: limit, result, method, verdict in words and its tone."""

    code: str
    attribute: str
    limit: str
    result: str
    method: str
    verdict: str
    tone: str
    source: str
    is_derived: bool
    note: str = ""
    """Its interval, what the method sees at least, and that the limit lies inside the interval."""
    record: str = ""
    """The id of the result's own record."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a lot stands, in words and tone; empty words mean that its state says all."""

    words: str = ""
    tone: str = ""
    note: str = ""


def standing_words(lot: Lot, released: Release | None, judgements: list[Judgement]) -> Standing:
    """What a lot's state means once it was released: with results still to come, or called back since."""
    open_results = sum(one.verdict in {Verdict.PENDING, Verdict.NOT_DUE} for one in judgements)
    if released is None:
        return Standing()
    if lot.state == LotState.RELEASED:
        if not open_results:
            return Standing(_("Released"), "go")
        counted = ngettext("Released, %(n)d result open", "Released, %(n)d results open", open_results)
        return Standing(counted % {"n": open_results}, "go")
    if lot.state == LotState.QUARANTINE:
        if any(one.verdict is Verdict.NOT_MET for one in judgements):
            note = _(
                "A result that came after the release does not meet its limit. Nothing of it is given now."
            )
        elif any(one.is_held for one in judgements):
            note = _("A control failed that covers one of its results. Nothing of it is given now.")
        else:
            note = _("It is given again once its results are in and two people have signed anew.")
        return Standing(_("Called back after release"), "stop", note)
    return Standing(_("Rejected after release"), "stop")


def read_certificate(text: str) -> dict[str, Any]:
    """The certificate's values; times of the containers as times."""
    read: dict[str, Any] = json.loads(text)
    for container in read["containers"]:
        if container["expires_at"]:
            container["expires_at"] = datetime.fromisoformat(container["expires_at"])
    if asked := read.get("exception"):
        asked["lines"] = [_line_of(code, read["results"]) for code in asked["codes"]]
        asked["informed_at"] = datetime.fromisoformat(asked["informed_at"])
    read["reviews"] = reviews_read(read.get("reviews", []))
    outcomes = dict(InvestigationConclusion.Outcome.choices)
    for one in read.get("investigations", ()):
        one["opened_at"] = datetime.fromisoformat(one["opened_at"])
        one["line"] = next(
            (row["attribute"] for row in read["results"] if row["code"] == one["code"]), one["code"]
        )
        one["words"] = outcomes.get(one["outcome"], _("open"))
    return read


def _line_of(reason: str, results: list[dict[str, Any]]) -> str:
    """The line that a reason such as ``endotoxin_per_kg_above_limit`` is about: the longest code it begins with."""
    about = [line for line in results if reason.startswith(f"{line['code']}_")]
    return max(about, key=lambda line: len(line["code"]))["attribute"] if about else reason


REVIEWS: dict[str, tuple[str | Promise, str]] = {
    NOTHING: (gettext_lazy("nothing to look at"), "go"),
    EXPLAINED: (gettext_lazy("everything found is explained"), "wait"),
    UNEXPLAINED: (gettext_lazy("something found is not explained"), "stop"),
}


def review_words(found: ReadReview) -> tuple[str, str]:
    """How a review stands, in words and tone; a record that is still open says so as well."""
    words, tone = REVIEWS[found.state]
    if found.closed_at is None:
        return f"{words}, {_('the record is still open')}", "stop"
    return str(words), tone


def looked_at_words(found: ReadReview) -> str:
    """On what the review looked, so that 'nothing found' says of what."""
    return _(
        "Looked at (steps: %(steps)s, values: %(values)s, uses of equipment: %(equipment)s, of reagents: %(reagents)s) "
        "for what is missing, late, out of limits, expired, recalled, drifting from earlier lots, or edited."
    ) % dict(found.looked_at)


def certificate_lines(text: str) -> list[ResultLine]:
    """The results as the signed text has them."""
    return [
        _line(
            code=row["code"],
            attribute=row["attribute"],
            minimum=row["minimum"],
            maximum=row["maximum"],
            unit=row["unit"],
            found=row["value"] if row["value"] is not None else row["text"],
            method=row["method"],
            verdict=row["verdict"],
            source=row["source"],
            note=_note(
                row.get("low"), row.get("high"), row.get("limit_of_detection"), row.get("within_error", False)
            ),
            is_within_error=row.get("within_error", False),
        )
        for row in json.loads(text)["results"]
    ]


def judged_lines(judgements: list[Judgement]) -> list[ResultLine]:
    """The specification with the newest results, for the page of a lot."""
    lines = []
    for judgement in judgements:
        limit, result = judgement.limit, judgement.result
        found = "" if result is None else result.text or f"{result.value:.10g}"
        lines.append(
            _line(
                code=limit.code,
                attribute=limit.attribute,
                minimum=_written(limit.minimum),
                maximum=_written(limit.maximum),
                unit=limit.unit,
                found=found,
                method=result.method if result else limit.method,
                verdict=judgement.verdict,
                source=limit.source,
                note=_note(
                    _written(result.low),
                    _written(result.high),
                    _written(result.limit_of_detection),
                    judgement.is_within_error,
                )
                if result
                else "",
                is_within_error=judgement.is_within_error,
                record=result.key if result else "",
            )
        )
    return lines


def _line(
    *,
    code: str,
    attribute: str,
    minimum: str | None,
    maximum: str | None,
    unit: str,
    found: str,
    method: str,
    verdict: str,
    source: str,
    note: str,
    is_within_error: bool,
    record: str = "",
) -> ResultLine:
    word, tone = VERDICTS[verdict]
    unit = unit_text(unit)
    if unit.startswith("10"):
        unit = f"× {unit}"  # a power of ten multiplies what stands before it
    shown = f"{found} {unit}".strip() if found else "–"
    limit = _limit_text(minimum, maximum, unit)
    if tone == "go" and is_within_error:
        tone = "wait"
    return ResultLine(
        code, attribute, limit, shown, method, str(word), tone, source, method == COMPUTED, note, record
    )


def _written(value: float | None) -> str | None:
    return None if value is None else f"{value:.10g}"


def _note(low: str | None, high: str | None, limit_of_detection: str | None, is_within_error: bool) -> str:
    parts = []
    if low is not None and high is not None:
        parts.append(f"{low}–{high}")
    if limit_of_detection is not None:
        parts.append(_("sees from %(limit)s") % {"limit": limit_of_detection})
    if is_within_error:
        parts.append(_("limit inside the interval"))
    return ", ".join(parts)


def _limit_text(minimum: str | None, maximum: str | None, unit: str) -> str:
    if minimum is not None and maximum is not None:
        return f"{minimum}–{maximum} {unit}".strip()
    if minimum is not None:
        return f"≥ {minimum} {unit}".strip()
    if maximum is not None:
        return f"≤ {maximum} {unit}".strip()
    return _("absent, or passed")
