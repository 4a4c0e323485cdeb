"""Reads about assessments."""

from stroma.candidacy.models import Assessment
from stroma.ledger.domain.canonical import canonical, digest
from stroma.patients.models import Patient
from stroma.protocols.domain.blocker import Blocker, Weight


def stored_blockers(assessment: Assessment) -> list[Blocker]:
    """The reasons as they were found when the assessment was made."""
    return [Blocker(b["code"], b["values"], b["source"], Weight(b["weight"])) for b in assessment.blockers]


def move_assessments(duplicate: Patient, survivor: Patient) -> None:
    """What a merge of patient records does to assessments: a course opened on one is the surviving record's."""
    Assessment.objects.filter(patient=duplicate).update(patient=survivor)


def decision_digest(assessment: Assessment) -> str:
    """The digest of what a deciding physiatrist is shown: the answers, the red flags and the reasons."""
    shown = {
        "assessment": str(assessment.id),
        "salt": assessment.salt,
        "protocol": str(assessment.protocol_id),
        "answers": [{**answer, "value": str(answer["value"])} for answer in assessment.answers],
        "red_flags": assessment.red_flags,
        "blockers": [
            {"code": b["code"], "weight": b["weight"], "source": b["source"]} for b in assessment.blockers
        ],
    }
    return digest(canonical(shown))
