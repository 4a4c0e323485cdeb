"""From answers to a score, with what is missing said and never filled with zero (``clinical.md`` §5.1).

Note [Four decimals]: scores and fractions of a baseline are kept to four decimals. The steps of these scales
are far coarser (an ODI of nine sections moves by 100/45), so that a fall of exactly 30 % is counted as one
whichever way its two scores were rounded.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from stroma.follow_up.domain.instruments import INSTRUMENTS, NONE_APPLY, AnswerKind, Instrument, Item
from stroma.protocols.domain.problem import BadInput, Problem

Answer = int | bool | None
"""A whole number, a tick, or None for an item left blank."""

FOUR_DECIMALS = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Score:
    """What an answered questionnaire comes to."""

    value: Decimal | None
    """None when too little was answered."""
    answered: int
    missing: tuple[str, ...] = ()
    """Ids of the items without an answer, in the order of the form."""
    prorated: bool = False
    """True when the score stands on fewer items than the form has."""
    note: str = ""


def score(instrument_code: str, answers: Mapping[str, Answer]) -> Score:
    """The score of one answered questionnaire.

    Parameters
    ----------
    instrument_code
        A key of `INSTRUMENTS`.
    answers
        By item id. Numbers for scales, True or False for the RMDQ's statements, where a statement left out or
        None was not ticked; ``none_apply`` True says that none describes the patient.

    Returns
    -------
    Score
        PEG needs all three items. ODI needs eight of ten sections, and its denominator falls by 5 for each
        blank one. RMDQ counts what is ticked; with nothing ticked it is 0 only if ``none_apply`` says so,
        else missing.

    Raises
    ------
    BadInput
        Unknown instrument or item, an answer out of range or of the wrong type, ``none_apply`` beside a tick.
        All faults at once; ``place`` is ``answers.ITEM``. No message repeats an answer.

    References
    ----------
    ``clinical.md`` §5.1: RMDQ-SCI, ODI-SCORE, PEG09; the thresholds of PEG and ODI are RULEs there.
    """
    instrument = INSTRUMENTS.get(instrument_code)
    if instrument is None:
        known = ", ".join(sorted(INSTRUMENTS))
        message = f"{instrument_code!r} is no instrument; there are {known}"
        raise BadInput([Problem("unknown_instrument", message, place="instrument")])
    if problems := answer_problems(instrument, answers):
        raise BadInput(problems)
    if any(item.kind is AnswerKind.TICK for item in instrument.items):
        return _count_of_ticks(instrument, answers)
    return _score_of_numbers(instrument, answers)


def answer_problems(instrument: Instrument, answers: Mapping[str, Answer]) -> list[Problem]:
    """Every fault of an answer set. Item ids and ranges are named, an answer never is."""
    problems: list[Problem] = []
    takes_none_apply = any(item.kind is AnswerKind.TICK for item in instrument.items)
    for item_id, answer in answers.items():
        item = instrument.item(item_id)
        if item is None and takes_none_apply and item_id == NONE_APPLY:
            item = Item(NONE_APPLY, "", kind=AnswerKind.TICK)
        if item is None:
            message = f"{item_id!r} is no item of {instrument.code}"
            problems.append(Problem("unknown_item", message, place=f"answers.{item_id}"))
        elif problem := _problem_of(item, answer):
            problems.append(problem)
    ticked = any(answers.get(item.id) is True for item in instrument.items)
    if takes_none_apply and ticked and answers.get(NONE_APPLY) is True:
        message = "a statement is ticked and 'none apply' as well; ask which is meant"
        problems.append(Problem("contradiction", message, place=f"answers.{NONE_APPLY}"))
    return problems


def _problem_of(item: Item, answer: Answer) -> Problem | None:
    place = f"answers.{item.id}"
    if answer is None:
        return None
    if item.kind is AnswerKind.TICK:
        if isinstance(answer, bool):
            return None
        return Problem("wrong_type", f"{item.id} is ticked or not: true or false", place=place)
    wanted = f"{item.id} must be a whole number from {item.minimum} to {item.maximum}"
    # A bool is an int to Python; a tick is no pain score.
    if isinstance(answer, bool) or not isinstance(answer, int):
        return Problem("wrong_type", wanted, place=place)
    if not item.minimum <= answer <= item.maximum:
        return Problem("out_of_range", wanted, place=place)
    return None


def _count_of_ticks(instrument: Instrument, answers: Mapping[str, Answer]) -> Score:
    count = sum(answers.get(item.id) is True for item in instrument.items)
    if count == 0 and answers.get(NONE_APPLY) is not True:
        missing = tuple(item.id for item in instrument.items)
        return Score(None, 0, missing, note="Nothing ticked and 'none apply' not said: blank, not zero.")
    return Score(Decimal(count), len(instrument.items))


def _score_of_numbers(instrument: Instrument, answers: Mapping[str, Answer]) -> Score:
    given = {item.id: answers.get(item.id) for item in instrument.items}
    missing = tuple(item_id for item_id, answer in given.items() if answer is None)
    values = [Decimal(answer) for answer in given.values() if answer is not None]
    if len(values) < instrument.minimum_answered:
        note = f"{len(values)} answered, {instrument.minimum_answered} needed."
        return Score(None, len(values), missing, note=note)
    if instrument.code == "ODI":
        # A blank section leaves the sum and the highest possible sum, 5 a section.
        highest = sum(item.maximum for item in instrument.items if item.id not in missing)
        value = 100 * sum(values, Decimal(0)) / highest
    else:
        value = sum(values, Decimal(0)) / len(values)
    note = f"Scored on {len(values)} of {len(instrument.items)} items." if missing else ""
    return Score(rounded(value), len(values), missing, prorated=bool(missing), note=note)


def rounded(value: Decimal) -> Decimal:
    """To four decimals; see Note [Four decimals]."""
    return value.quantize(FOUR_DECIMALS, rounding=ROUND_HALF_UP)
