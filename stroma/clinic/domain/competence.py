"""Whether somebody is trained for what they are about to do (21 CFR 11.10(i)).

A role says what a person may do at a site; a record of training says that they were shown how, by whom and until when.
A site sets for which skills the record is asked for. Nobody vouches for themselves.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from stroma.protocols.domain.blocker import Blocker

SOURCE = "21 CFR 11.10(i) (standards.md §6.1)"


class Skill(StrEnum):
    """What somebody is trained for. All but the last may be asked for by a site."""

    BATCH_STEP = "BATCH_STEP"
    """Performing the steps of a batch record."""
    TIME_OUT = "TIME_OUT"
    """Leading a time-out or being the second person at it."""
    RELEASE = "RELEASE"
    """Signing a certificate for release."""
    PROCEDURE = "PROCEDURE"
    """Any other procedure of the site, named in the record; no action asks for it."""


PHRASES = {
    Skill.BATCH_STEP: "performing the steps of a batch",
    Skill.TIME_OUT: "the time-out before a dose",
    Skill.RELEASE: "signing for a release",
    Skill.PROCEDURE: "another procedure",
}
"""What each skill is called in a sentence."""

ASKABLE = (Skill.BATCH_STEP, Skill.TIME_OUT, Skill.RELEASE)
"""The skills for which a site may ask that the record is current."""


@dataclass(frozen=True, slots=True)
class Training:
    """A record that somebody is trained: from when, until when (None: no end named), and whether it was taken back."""

    skill: Skill
    trained_at: datetime
    valid_until: datetime | None = None
    withdrawn_at: datetime | None = None

    @property
    def ends_at(self) -> datetime | None:
        """From when it counts no more."""
        ends = [end for end in (self.valid_until, self.withdrawn_at) if end is not None]
        return min(ends, default=None)

    def counts(self, skill: Skill, *, at: datetime) -> bool:
        """Whether it says that the person is competent in ``skill`` at that moment."""
        return self.skill is skill and self.trained_at <= at and (self.ends_at is None or at < self.ends_at)


def competence_blockers(
    trainings: Collection[Training], skill: Skill, *, is_needed: bool, at: datetime
) -> list[Blocker]:
    """Why a person with these records may not do what takes ``skill``. Nothing where the site does not ask for it."""
    if not is_needed or any(training.counts(skill, at=at) for training in trainings):
        return []
    ends = [t.ends_at for t in trainings if t.skill is skill and t.ends_at is not None and t.ends_at <= at]
    if ends:
        return [Blocker("competence_ended", {"which": PHRASES[skill], "ended": max(ends)}, SOURCE)]
    return [Blocker("competence_missing", {"which": PHRASES[skill]}, SOURCE)]


def training_blockers(
    training: Training, *, procedure: str, trained_by: str, is_oneself: bool, works_here: bool, at: datetime
) -> list[Blocker]:
    """Why a record of training cannot be kept so."""
    checks = [
        (not works_here, "person_not_here"),
        (is_oneself, "competence_of_oneself"),
        (not procedure.strip(), "competence_unnamed"),
        (not trained_by.strip(), "competence_trainer_missing"),
        (training.trained_at > at, "competence_in_the_future"),
        (
            training.valid_until is not None and training.valid_until <= training.trained_at,
            "competence_ends_first",
        ),
    ]
    return [Blocker(code, {}, SOURCE) for applies, code in checks if applies]


def withdrawing_blockers(*, is_withdrawn: bool, reason: str) -> list[Blocker]:
    """Why a record of training is not taken back."""
    checks = [(is_withdrawn, "competence_withdrawn_before"), (not reason.strip(), "reason_missing")]
    return [Blocker(code, {}, SOURCE) for applies, code in checks if applies]


def asking_blockers(
    skill: Skill, *, is_needed: bool, is_needed_now: bool, competent_people: int, reason: str
) -> list[Blocker]:
    """Why a site may not begin, or stop, to ask for a skill. Asking for what nobody has would close the door for all.

    Two people sign a release and stand at a time-out, so these two take two competent people.
    """
    wanted = 1 if skill is Skill.BATCH_STEP else 2
    blockers = []
    if skill not in ASKABLE:
        blockers.append(Blocker("competence_not_askable", {}, SOURCE))
    if is_needed == is_needed_now:
        blockers.append(Blocker("competence_asked_already", {}, SOURCE))
    elif is_needed and competent_people < wanted:
        values = {"which": PHRASES[skill], "there": competent_people, "needed": wanted}
        blockers.append(Blocker("competence_of_too_few", values, SOURCE))
    if not reason.strip():
        blockers.append(Blocker("reason_missing", {}, SOURCE))
    return blockers
