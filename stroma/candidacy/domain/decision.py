"""Is it right for this patient: every reason against, from the protocol's criteria and the red flags."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from stroma.candidacy.domain.answer import Answer, Value
from stroma.candidacy.domain.red_flags import red_flag_blockers
from stroma.protocols.domain.blocker import Blocker, Weight
from stroma.protocols.domain.schema import Criterion, Protocol
from stroma.protocols.domain.variables import VARIABLES


def candidacy_blockers(
    protocol: Protocol,
    answers: Mapping[str, Answer],
    red_flags: Mapping[str, bool | None],
    *,
    contradicted: Iterable[str] = (),
    has_authorization: bool,
    at: datetime,
) -> list[Blocker]:
    """Every reason that speaks against this treatment for this patient at that moment, the heaviest first.

    A criterion without an answer is a reason too: what was not asked is not a yes.
    """
    del at  # the answers were gathered for that moment; the argument keeps the rule's shape
    blockers = red_flag_blockers(red_flags)
    for criterion in protocol.criteria:
        answer = answers.get(criterion.variable)
        if answer is None:
            values = {"title": criterion.title, "variable": criterion.variable, "criterion": criterion.code}
            blockers.append(Blocker("not_answered", values, criterion.source, _weight_unanswered(criterion)))
        elif not passes(criterion, answer.value):
            blockers.append(_not_met(criterion, answer))
    blockers += [_contradicted(variable) for variable in contradicted]
    if protocol.legal.authorization_required and not has_authorization:
        blockers.append(
            Blocker("authorization_missing", {"basis": protocol.legal.basis}, protocol.legal.source)
        )
    order = list(Weight)
    return sorted(blockers, key=lambda blocker: order.index(blocker.weight))


def _contradicted(variable: str) -> Blocker:
    values = {"variable": variable, "question": VARIABLES[variable].question}
    return Blocker("answer_contradicts_record", values, "Stroma candidacy", Weight.CAUTION)


def passes(criterion: Criterion, value: Value) -> bool:
    """Whether ``value`` meets the criterion. A value of the wrong kind does not."""
    limit = criterion.limit
    if criterion.test in {"is_true", "is_false"}:
        return value is (criterion.test == "is_true")
    if criterion.test == "in":
        return isinstance(limit, list) and value in limit
    if criterion.test == "==":
        return value == limit
    if isinstance(value, bool | str) or not isinstance(limit, float):
        return False
    return {">=": value >= limit, "<=": value <= limit, ">": value > limit, "<": value < limit}[
        criterion.test
    ]


def _weight_unanswered(criterion: Criterion) -> Weight:
    return Weight.CAUTION if criterion.weight is Weight.CAUTION else Weight.HARD


def _not_met(criterion: Criterion, answer: Answer) -> Blocker:
    values = {
        "title": criterion.title,
        "value": answer.value,
        "test": criterion.test,
        "limit": criterion.limit,
        "unit": criterion.unit,
        "origin": answer.origin.value,
        "basis": answer.basis,
        "wording": "criterion_" + ("flag" if criterion.test in {"is_true", "is_false"} else "limit"),
    }
    return Blocker(criterion.code, values, criterion.source, criterion.weight)
