"""What a simulated patient answers: invented, the same for every treatment, and no evidence of anything."""

from stroma.follow_up.domain.instruments import INSTRUMENTS, NONE_APPLY
from stroma.follow_up.models import QuestionnaireDue
from stroma.simulation.laboratory import SimulatedLaboratory

_MONTHS = {"baseline": 0.0, "week_2": 0.5}
_LEG_SHARE = 0.3
_PGIC_NO_CHANGE = 4


def months_of(time_code: str) -> float:
    """``month_6`` is 6; ``baseline`` 0; ``week_2`` half a month."""
    return _MONTHS[time_code] if time_code in _MONTHS else float(time_code.rpartition("_")[2])


def simulated_answers(
    due: QuestionnaireDue, laboratory: SimulatedLaboratory, *, baseline: int
) -> dict[str, int | bool]:
    """Answers to every item of the questionnaire that is due, around one simulated pain score.

    Every treatment gets the same course of pain, so that nothing simulated can look like a result.
    """
    pain = laboratory.follow_up(baseline, months_of(due.time_code))
    instrument = INSTRUMENTS[due.instrument]
    if due.instrument == "RMDQ":
        ticked: dict[str, int | bool] = {item.id: True for item in instrument.items[: round(pain * 1.8)]}
        return ticked or {NONE_APPLY: True}
    if due.instrument == "PGIC":
        return {instrument.items[0].id: max(1, min(7, _PGIC_NO_CHANGE - (baseline - pain) // 2))}
    share = _LEG_SHARE if due.instrument == "NRS_LEG" else 1.0
    return {item.id: round(pain * share) for item in instrument.items}
