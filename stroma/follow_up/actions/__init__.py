"""Planning the follow-up, answering, correcting, reporting what went wrong, deciding on another treatment."""

from stroma.follow_up.actions.another_treatment import NotAnotherTreatment, decide_another_treatment
from stroma.follow_up.actions.harms import (
    NotReportable,
    record_intervention,
    report_adverse_event,
    report_problem,
    take_up_problem,
)
from stroma.follow_up.actions.questionnaires import (
    NotAnswerable,
    NotPlannable,
    answer_questionnaire,
    correct_answer,
    keep_draft,
    plan_follow_up,
)

__all__ = [
    "NotAnotherTreatment",
    "NotAnswerable",
    "NotPlannable",
    "NotReportable",
    "answer_questionnaire",
    "correct_answer",
    "decide_another_treatment",
    "keep_draft",
    "plan_follow_up",
    "record_intervention",
    "report_adverse_event",
    "report_problem",
    "take_up_problem",
]
