"""The sentences for this step's reasons."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MESSAGES: dict[str, str | Promise] = {
    "findings_open": _(
        "Findings of the batch record's review that nobody has explained: {findings}. Quality accepts each with a "
        "reason on the certificate's page before anybody signs, or rejects the lot."
    ),
    "specification_below_limit": _(
        "{attribute} is {result} {unit}; the specification asks for at least {minimum}. Record a "
        "repeat or reject the lot."
    ),
    "specification_above_limit": _(
        "{attribute} is {result} {unit}; the specification allows at most {maximum}. Record a "
        "repeat or reject the lot."
    ),
    "specification_detected": _("{attribute}: the result is {result}. Reject the lot."),
    "specification_failed": _("{attribute}: the result is {result}. Reject the lot."),
    "specification_pending": _("{attribute}: no result that decides is there yet. The lot waits for it."),
    "specification_final_pending": _(
        "{attribute}: the final result comes after use. This release is conditional."
    ),
    "specification_repeated": _(
        "{attribute}: an earlier result was found invalid ({failed_before}). Look at it before you sign."
    ),
    "specification_held": _(
        "{attribute}: a control of this measurement failed, so the result is held. Repeat the control, or let quality "
        "lift the hold with a reason."
    ),
    "specification_within_error": _(
        "{attribute} is {result} {unit} ({low} to {high}): it meets the limit, but the limit lies inside its interval."
    ),
    "interval_without_value": _("An interval belongs to a number. Enter the result itself as well."),
    "interval_holds_not_the_result": _("The interval {low} to {high} does not hold the result {value}."),
    "limit_of_detection_missing": _(
        "A result below the limit of detection needs that limit. Enter what the method can see at least."
    ),
    "assay_ends_before_it_begins": _("The assay ended before it began. Check the times."),
    "assay_in_the_future": _("The assay ends in the future. Record the result when it is there."),
    "culture_read_too_early": _(
        "{attribute}: the culture ran {days} days; no growth can be said after {needed} days. Growth may be recorded "
        "at once."
    ),
    "specification_failed_after_use": _(
        "{attribute}: a bad result came in after use. Tell the physician and call the patient now."
    ),
    "specification_missing": _("There is no specification to release this lot against."),
    "lot_not_in_quarantine": _("This lot is not in quarantine ({state})."),
    "expiry_missing": _("This lot has no expiry. Compute it from the end of processing."),
    "lot_expired": _("This lot expired at {expires_at}. Reject it."),
    "consent_withdrawn": _("The patient has withdrawn consent. Decide what becomes of the cells."),
    "course_stopped": _("The course was stopped. Decide what becomes of the cells."),
    "donor_eligibility_incomplete": _(
        "The donor's eligibility is not determined yet. Complete screening and tests."
    ),
    "donor_ineligible": _("The donor is not eligible. Document and sign an exception, or reject the lot."),
    "donor_ineligible_excepted": _(
        "The donor is not eligible and was excepted. The warnings go on the label."
    ),
    "batch_incomplete": _("The batch record is incomplete: {step} is missing, or its count."),
    "label_not_applied": _("{applied} of {containers} containers carry a label. Apply the others."),
    "labels_unaccounted": _(
        "{printed} labels were printed, {applied} applied, {destroyed} destroyed and {missing} reported missing. "
        "Account for every one."
    ),
    "signed_document_changed": _(
        "The certificate has changed since it was signed ({role}). Sign what is shown now."
    ),
    "signer_not_competent": _("The signer is not recorded as competent for this ({role})."),
    "credential_is_no_signature": _(
        "Being signed in is not a signature ({role}). Give your credential again."
    ),
    "credential_not_fresh": _(
        "The credential was not given at the moment of signing ({role}). Give it again."
    ),
    "signed_in_the_future": _("The signature is dated in the future ({role}). Check the clock."),
    "signature_missing": _("The signature of {role} is missing."),
    "one_person_signed_for_two": _("One person cannot sign for two. Ask a second person."),
    "certificate_changed_meanwhile": _(
        "The certificate has changed since it was shown to you. Read it again, then sign."
    ),
    "signed_already": _("You have signed this certificate already. A second person signs it."),
    "control_is_the_sample": _("The control is the same file as the sample. Choose the unstained cells."),
    "gates_moved_since": _("A gate was moved after this reading. Work on the newest one."),
    "threshold_provisional": _(
        "{population}: the threshold stands on no control. Read the file with its control, or move the gate "
        "and say why."
    ),
    "no_cells_counted": _("{population}: no cells were left to count. Look at the gates before it."),
    "reading_recorded_already": _("The results of this reading are on record."),
    "gate_cannot_move": _("This gate cannot be moved so: {why}"),
    "stain_control_is_the_same": _(
        "The photograph of the control is that of the induced cells. Choose the control's."
    ),
    "result_not_asked": _("The specification of this lot asks for no result {code}."),
    "lot_has_no_patient": _("This lot is for no single patient, so nobody is told."),
    "control_target_twice": _("Give a target with its spread, or learn them from the first runs; not both."),
    "control_target_incomplete": _(
        "A target needs a standard deviation above zero, and the other way round."
    ),
    "control_learns_from_too_few": _("A target is learned from at least {least} runs."),
    "control_named_already": _("There is a control {name} of lot {lot} already."),
    "control_covers_nothing": _("Say which results the control covers."),
    "control_run_out_of_order": _(
        "A later run of this control is on record. Runs are recorded in their order."
    ),
    "result_hold_lifted_already": _("This result counts again already."),
    "investigation_open": _("{attribute}: the investigation is open. Conclude it first."),
    "investigation_missing": _(
        "{attribute}: nobody investigates why the limit is not met. Open the investigation."
    ),
    "investigation_concluded": _("This investigation is concluded. Nothing is added to it."),
    "investigation_is_full_already": _("This is a full investigation already."),
    "investigation_without_hypothesis": _("There is no hypothesis. Write down what may have happened first."),
    "retest_needs_a_hypothesis": _("A retest needs a hypothesis that it can test. Write it down first."),
    "laboratory_error_without_finding": _(
        "An error of the laboratory needs a finding that shows it. Without one the result stands."
    ),
    "computed_result_cannot_be_invalid": _(
        "This result is computed from the batch record. Correct the record where it is wrong; the result follows."
    ),
    "full_investigation_missing": _(
        "The laboratory alone cannot confirm a failure. Begin the full investigation first."
    ),
    "nothing_to_investigate": _("No line {code} of this lot is out of limits."),
    "investigated_already": _("The line {code} of this lot is investigated already."),
    "retest_not_planned": _(
        "{attribute} is under investigation. It is measured again only by a plan of the investigation."
    ),
    "result_is_settled": _("{attribute}: the investigation let the result stand. It is not measured again."),
    "exception_not_permitted": _(
        "The protocol names nothing under which a lot out of specification may be given ({basis}). Reject the lot."
    ),
    "exception_needs_a_patient": _("An exception is for one patient. This lot is for none."),
    "nothing_to_except": _("Nothing stands in the way that an exception could answer."),
    "late_positive_task_open": _("Still to do: {task} {recipient}"),
    "late_positive_closed": _("This case is closed."),
    "late_step_not_asked": _("This case asks for no {task}."),
    "late_step_done_already": _("This is on record already: {task}."),
}
