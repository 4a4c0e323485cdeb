"""Records of training, and for what a site asks them (21 CFR 11.10(i))."""

from datetime import datetime

from stroma.clinic.authority import authorize
from stroma.clinic.competence_queries import competent_people, is_asked_for
from stroma.clinic.domain.competence import (
    Skill,
    Training,
    asking_blockers,
    training_blockers,
    withdrawing_blockers,
)
from stroma.clinic.domain.roles import STAFF, Role
from stroma.clinic.models import Competence, CompetenceRule, CompetenceWithdrawal, Site, User
from stroma.clinic.queries import roles_of
from stroma.ledger.domain.entry import site_chain
from stroma.ledger.locks import rows_to_change
from stroma.ledger.record import record
from stroma.ledger.transaction import action
from stroma.protocols.domain.blocker import Refused

KEEPERS = (Role.QUALITY, Role.ADMINISTRATOR)


class TrainingUnchanged(Refused):
    """The record of training stays as it was."""


@action
def record_training(
    *,
    site: Site,
    person: User,
    skill: Skill,
    procedure: str,
    trained_by: str,
    trained_at: datetime,
    valid_until: datetime | None,
    by: User,
    at: datetime,
) -> Competence:
    """Keep that a person was trained: for what, by whom, when and until when. Nobody does so for themselves.

    Raises TrainingUnchanged with every reason.
    """
    authorize(by, *KEEPERS, site=site, at=at)
    blockers = training_blockers(
        Training(skill, trained_at, valid_until),
        procedure=procedure,
        trained_by=trained_by,
        is_oneself=person.pk == by.pk,
        works_here=bool(roles_of(person, site, at=at) & STAFF),
        at=at,
    )
    if blockers:
        raise TrainingUnchanged(blockers)
    kept = Competence.objects.create(
        site=site,
        person=person,
        skill=skill.value,
        procedure=procedure.strip(),
        trained_by=trained_by.strip(),
        trained_at=trained_at,
        valid_until=valid_until,
        recorded_by=by,
        recorded_at=at,
    )
    record(
        "training.recorded",
        by=by,
        at=at,
        chains=[site_chain(site.id)],
        facts={
            "competence": kept.id,
            "person": person.ledger_name,
            "skill": skill.value,
            "procedure": kept.procedure,
            "trained_at": trained_at,
            "valid_until": valid_until,
        },
        sealed={"trained_by": kept.trained_by},
    )
    return kept


@action
def withdraw_training(*, competence: Competence, reason: str, by: User, at: datetime) -> CompetenceWithdrawal:
    """Let a record of training count no more from now on. What was done under it stays. Raises TrainingUnchanged."""
    authorize(by, *KEEPERS, site=competence.site, at=at)
    held = rows_to_change(Competence.objects).get(pk=competence.pk)
    is_withdrawn = CompetenceWithdrawal.objects.filter(competence=held).exists()
    if blockers := withdrawing_blockers(is_withdrawn=is_withdrawn, reason=reason):
        raise TrainingUnchanged(blockers)
    withdrawal = CompetenceWithdrawal.objects.create(
        competence=held, reason=reason.strip(), withdrawn_by=by, withdrawn_at=at
    )
    record(
        "training.withdrawn",
        by=by,
        at=at,
        chains=[site_chain(held.site_id)],
        facts={"competence": held.id, "person": held.person.ledger_name, "skill": held.skill},
        sealed={"reason": withdrawal.reason},
    )
    return withdrawal


@action
def ask_for_training(
    *, site: Site, skill: Skill, is_needed: bool, reason: str, by: User, at: datetime
) -> CompetenceRule:
    """Begin, or stop, to ask for current training in a skill at a site. Raises TrainingUnchanged with every reason."""
    authorize(by, *KEEPERS, site=site, at=at)
    rows_to_change(Site.objects).get(pk=site.pk)
    blockers = asking_blockers(
        skill,
        is_needed=is_needed,
        is_needed_now=is_asked_for(skill, site=site, at=at),
        competent_people=len(competent_people(skill, site=site, at=at)),
        reason=reason,
    )
    if blockers:
        raise TrainingUnchanged(blockers)
    rule = CompetenceRule.objects.create(
        site=site, skill=skill.value, is_needed=is_needed, reason=reason.strip(), decided_by=by, decided_at=at
    )
    record(
        "training.asked_for" if is_needed else "training.not_asked_for",
        by=by,
        at=at,
        chains=[site_chain(site.id)],
        facts={"rule": rule.id, "skill": skill.value},
        sealed={"reason": rule.reason},
    )
    return rule
