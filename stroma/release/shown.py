"""A certificate as it is read: every line from the signed text itself, so that nothing else is shown than is signed."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stroma.release.domain.specification import Judgement, Verdict

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


def read_certificate(text: str) -> dict[str, Any]:
    """The certificate's values; times of the containers as times."""
    read: dict[str, Any] = json.loads(text)
    for container in read["containers"]:
        if container["expires_at"]:
            container["expires_at"] = datetime.fromisoformat(container["expires_at"])
    return read


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
                minimum=None if limit.minimum is None else f"{limit.minimum:.10g}",
                maximum=None if limit.maximum is None else f"{limit.maximum:.10g}",
                unit=limit.unit,
                found=found,
                method=result.method if result else limit.method,
                verdict=judgement.verdict,
                source=limit.source,
            )
        )
    return lines


COMPUTED = "computed from the batch record"


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
) -> ResultLine:
    word, tone = VERDICTS[verdict]
    shown = f"{found} {unit}".strip() if found else "–"
    limit = _limit_text(minimum, maximum, unit)
    return ResultLine(code, attribute, limit, shown, method, str(word), tone, source, method == COMPUTED)


def _limit_text(minimum: str | None, maximum: str | None, unit: str) -> str:
    if minimum is not None and maximum is not None:
        return f"{minimum}–{maximum} {unit}".strip()
    if minimum is not None:
        return f"≥ {minimum} {unit}".strip()
    if maximum is not None:
        return f"≤ {maximum} {unit}".strip()
    return _("absent, or passed")
