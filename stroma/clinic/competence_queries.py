"""Reads about training: who is competent in what, and for what a site asks it."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from stroma.clinic.domain.competence import ASKABLE, Skill, Training, competence_blockers
from stroma.clinic.models import SKILL_CHOICES, Competence, CompetenceRule, Site, User
from stroma.clinic.queries import staff_of
from stroma.protocols.domain.blocker import Blocker


def is_asked_for(skill: Skill, *, site: Site, at: datetime) -> bool:
    """Whether a site asked for current training in ``skill`` at that moment."""
    rules = CompetenceRule.objects.filter(site=site, skill=skill.value, decided_at__lte=at)
    newest = rules.order_by("-decided_at").values_list("is_needed", flat=True).first()
    return bool(newest)


def not_competent(person: User, skill: Skill, *, site: Site, at: datetime) -> list[Blocker]:
    """Why a person may not do at ``site`` what takes ``skill``; nothing where the site does not ask for it."""
    if not is_asked_for(skill, site=site, at=at):
        return []
    return competence_blockers(trainings_of(person, site), skill, is_needed=True, at=at)


def is_competent(person: User, skill: Skill, *, site: Site, at: datetime) -> bool:
    """Whether nothing of the site's record stood against a person doing what takes ``skill`` at that moment."""
    return not not_competent(person, skill, site=site, at=at)


def trainings_of(person: User, site: Site) -> list[Training]:
    """A person's records of training at a site, as the rule wants them."""
    return [
        _training(row)
        for row in Competence.objects.filter(person=person, site=site).select_related("withdrawal")
    ]


def trainings_at(site: Site, skill: Skill, *, people: Collection[int]) -> list[tuple[int, Training]]:
    """The records of these people's training in one skill at a site, each with the person's key."""
    rows = Competence.objects.filter(site=site, skill=skill.value, person__in=people)
    return [(row.person_id, _training(row)) for row in rows.select_related("withdrawal")]


def competent_people(skill: Skill, *, site: Site, at: datetime) -> list[User]:
    """Those who hold a role at a site now and whose training in ``skill`` counts."""
    return [row.user for row in training_table(site, at=at) if row.stands(skill)]


def competence_at(site: Site | None, competence_id: UUID) -> Competence | None:
    """A record of training at a site."""
    return Competence.objects.filter(site=site, pk=competence_id).select_related("person").first()


@dataclass(frozen=True, slots=True)
class TrainingLine:
    """One record of training with whether it counts now."""

    competence: Competence
    counts: bool
    withdrawal: object = None


@dataclass(frozen=True, slots=True)
class TrainedPerson:
    """A person of the staff, and until when they are trained for each skill that may be asked for."""

    user: User
    roles: tuple[str, ...]
    lines: tuple[TrainingLine, ...]
    cells: tuple[tuple[str, TrainingLine | None], ...] = ()
    """Each askable skill by its name, with the record that counts now and longest, or else the last one that ended."""

    def stands(self, skill: Skill) -> bool:
        """Whether a record in ``skill`` counts now."""
        return any(line.counts and line.competence.skill == skill.value for line in self.lines)


def training_table(site: Site, *, at: datetime) -> list[TrainedPerson]:
    """Everybody of the staff with their training, by name."""
    staff, labels = staff_of(site, at=at), _labels()
    rows = Competence.objects.filter(site=site, person__in=[one.user for one in staff])
    lines: dict[int, list[TrainingLine]] = defaultdict(list)
    for row in rows.select_related("withdrawal", "withdrawal__withdrawn_by", "recorded_by"):
        lines[row.person_id].append(_line(row, at))
    return [
        TrainedPerson(
            one.user,
            one.roles,
            tuple(reversed(lines[one.user.pk])),
            tuple((labels[skill.value], _cell(lines[one.user.pk], skill)) for skill in ASKABLE),
        )
        for one in staff
    ]


def trained_person(site: Site, person: User, *, at: datetime) -> TrainedPerson | None:
    """One person of the staff with their training."""
    return next((one for one in training_table(site, at=at) if one.user == person), None)


def rules_of(site: Site, *, at: datetime) -> list[tuple[Skill, str, CompetenceRule | None]]:
    """For each skill that may be asked for, what it is called and the rule that holds at a site, if there is one."""
    newest = {
        row.skill: row
        for row in CompetenceRule.objects.filter(site=site, decided_at__lte=at)
        .select_related("decided_by")
        .order_by("decided_at")
    }
    labels = _labels()
    return [(skill, labels[skill.value], newest.get(skill.value)) for skill in ASKABLE]


def _labels() -> dict[str, str]:
    """What each skill is called, in the reader's language."""
    return {value: str(label) for value, label in SKILL_CHOICES}


def _training(row: Competence) -> Training:
    withdrawal = getattr(row, "withdrawal", None)
    return Training(
        Skill(row.skill), row.trained_at, row.valid_until, withdrawal.withdrawn_at if withdrawal else None
    )


def _line(row: Competence, at: datetime) -> TrainingLine:
    counts = _training(row).counts(Skill(row.skill), at=at)
    return TrainingLine(row, counts, getattr(row, "withdrawal", None))


def _cell(lines: Iterable[TrainingLine], skill: Skill) -> TrainingLine | None:
    its = [line for line in lines if line.competence.skill == skill.value]
    counting = [line for line in its if line.counts]
    endless = [line for line in counting if line.competence.valid_until is None]
    if endless:
        return endless[-1]
    if not counting:
        return its[-1] if its else None
    return max(counting, key=lambda line: line.competence.valid_until)  # type: ignore[arg-type,return-value]  # each has an end
