"""The ledger in words: what each entry says happened, for timelines and for pages that changed meanwhile."""

from collections.abc import Iterable
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from stroma.clinic.models import User
from stroma.ledger.models import Entry
from stroma.look.parts import Happening

TITLES: dict[str, str | Promise] = {
    "adverse_event.reported": _("An adverse event was reported"),
    "another_treatment.decided": _("Another treatment was considered"),
    "batch.begun": _("Processing begun"),
    "batch.closed": _("Processing finished"),
    "batch.findings_accepted": _("Findings of the batch record's review were accepted"),
    "batch.step_done": _("A step of the batch record was done"),
    "batch.photo_kept": _("A photo was put into the batch record"),
    "batch.value_corrected": _("A value of the batch record was corrected"),
    "certificate.signed": _("The certificate was signed"),
    "label.applied": _("A label was put on a container"),
    "label.destroyed": _("A label was destroyed"),
    "label.printed": _("A label was printed"),
    "lot.called_back": _("The lot was called back into quarantine"),
    "lot.disposition_decided": _("Decided what becomes of the lot"),
    "lot.divided": _("Cells divided"),
    "lot.set_aside": _("Cells set aside for a later treatment"),
    "result.recorded": _("A test result came in"),
    "scan.photo_kept": _("A photo was kept from which a code was read"),
    "scan.refused": _("A scan was refused"),
    "candidacy.assessed": _("Held against a protocol"),
    "candidacy.decided": _("A physiatrist decided and signed"),
    "care.given": _("Treatment given"),
    "consent.given": _("Consent given"),
    "consent.withdrawn": _("Consent withdrawn"),
    "container.discarded": _("A container was discarded"),
    "container.handed_over": _("Cells handed over"),
    "course.completed": _("Course completed"),
    "course.consented": _("Consent recorded for the course"),
    "course.opened": _("Course opened"),
    "course.stopped": _("Course stopped"),
    "donor.registered": _("Registered as donor"),
    "donor.tested": _("Infection tests reported"),
    "donor.eligibility_determined": _("Donor eligibility determined"),
    "dose.given": _("Dose given"),
    "failure.decided": _("Decided how to go on after the failed lot"),
    "credential.changed": _("Means of signing in changed"),
    "credential.withdrawn": _("Means of signing in withdrawn"),
    "failure.told": _("The patient was told that the lot failed"),
    "follow_up.planned": _("Questionnaires planned"),
    "intervention.recorded": _("A further treatment of the back was recorded"),
    "lot.rejected": _("Lot rejected"),
    "lot.released": _("Lot released"),
    "patient.measured": _("Measured"),
    "patient.merged": _("Two records were made one"),
    "patient.registered": _("Registered"),
    "patient.updated": _("More came in about the patient"),
    "questionnaire.answered": _("Questionnaire answered"),
    "questionnaire.corrected": _("An answer was corrected"),
    "attempts.reported": _("Wrong tries at an account were reported"),
    "attempts.cleared": _("A report of wrong tries was cleared"),
    "link.confirmed": _("A second person confirmed a link to choose a password"),
    "link.handed_over": _("A link to choose a password was shown, to hand it over"),
    "badge.issued": _("A staff badge was given out"),
    "badge.revoked": _("A staff badge was revoked"),
    "training.recorded": _("A training was recorded"),
    "training.withdrawn": _("A training was taken back"),
    "training.asked_for": _("Training is asked for"),
    "training.not_asked_for": _("Training is not asked for any more"),
    "time_out.cancelled": _("Time-out cancelled: nothing was given"),
    "time_out.completed": _("Time-out completed"),
    "tissue.collected": _("Tissue collected"),
    "patient.account_given": _("Given an account for their own pages"),
    "patient.account_attested": _("Confirmed that the account is the patient's"),
    "patient.attestation_void": _("The account has another mail address: it is to be confirmed anew"),
    "problem.reported": _("A problem was reported"),
    "problem.taken_up": _("A reported problem was taken up"),
    "visit.completed": _("Visit held"),
    "visit.missed": _("Visit missed"),
    "visits.booked": _("Visits booked"),
    "visits.cancelled": _("Visits cancelled"),
    "visits.moved": _("Visits moved"),
    "holds.ended": _("What was kept for a culture is free again"),
    "reminder.drafted": _("Reminder drafted"),
    "reminder.sent": _("Reminder sent"),
    "reminder.phoned": _("Reminder phoned"),
    "visit.change_told": _("Patient told of a changed visit"),
    "visit.change_called": _("Patient telephoned about a changed visit"),
    "visit.change_call_taken_back": _("A call that was noted by mistake was taken back"),
    "waiting.began": _("On the waiting list"),
    "waiting.ended": _("Off the waiting list"),
    "slot.offered": _("Free times offered"),
    "slot.answered": _("Offer of free times closed"),
    "visit.move_asked": _("Another time asked for"),
    "visit.move_declined": _("Wish for another time answered"),
}
"""An action that is not here is shown by its name: nothing of the record is left out for want of a word."""

STOPS = frozenset(
    {"adverse_event.reported", "lot.rejected", "course.stopped", "consent.withdrawn", "visit.missed"}
)


def happenings(chains: Iterable[tuple[str, UUID]], *, limit: int = 60) -> list[Happening]:
    """The newest entries of these chains (kind and subject), newest first, each with who did it."""
    sequences: set[int] = set()
    for kind, subject in chains:
        newest = Entry.objects.filter(links__chain__kind=kind, links__chain__subject=subject)
        sequences.update(newest.order_by("-sequence").values_list("sequence", flat=True)[:limit])
    return told(Entry.objects.filter(sequence__in=sorted(sequences)[-limit:]).order_by("-sequence"))


def told(entries: Iterable[Entry]) -> list[Happening]:
    """These entries in words, each with who did it."""
    listed = list(entries)
    names = _names({entry.actor for entry in listed})
    return [
        Happening(
            entry.occurred_at,
            TITLES.get(entry.action, entry.action.replace("_", " ").replace(".", ": ")),
            by=names.get(entry.actor, entry.actor),
            ledger_hash=entry.hash,
            tone="stop" if entry.action in STOPS else "plain",
        )
        for entry in listed
    ]


def _names(actors: Iterable[str]) -> dict[str, str]:
    """Printed names by the names under which the ledger knows people."""
    ids = [actor.removeprefix("user:") for actor in actors if actor.startswith("user:")]
    return {
        f"user:{uuid}": name for uuid, name in User.objects.filter(uuid__in=ids).values_list("uuid", "name")
    }
