"""The sentences for this step's reasons."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MESSAGES: dict[str, str | Promise] = {
    "step_unknown": _("The protocol has no step {step}."),
    "step_already_done": _("The step {step} has been done already."),
    "step_out_of_order": _("The step {step} is not next; {expected} comes first."),
    "count_missing": _("The count of the step {step} is missing. Count before you go on."),
    "step_before_the_last_one": _("This step is dated before {before}, which it follows. Correct the time."),
    "passage_above_maximum": _(
        "This would be passage {passage}; the protocol allows {limit}. Stop the culture."
    ),
    "population_doublings_above_maximum": _(
        "The cells have doubled {doublings} times; the protocol allows {limit}. Stop the culture."
    ),
    "population_doublings_unknown": _(
        "How often the cells have doubled is not known; the protocol allows {limit}."
    ),
    "material_not_here": _("The custody record does not have this material here. Scan it in first."),
    "processing_before_collection": _("This step is dated before the collection. Correct the time."),
    "collection_time_exceeded": _(
        "{hours:.1f} hours have passed since the collection; the protocol allows {limit}. A "
        "physician and quality may accept it, with a reason."
    ),
    "container_of_another_lot": _("STOP. This container belongs to another lot."),
    "step_fills_one": _("{title} fills one container; {filled} were named."),
    "step_fills_none": _("{title} fills no container."),
    "step_fills_some": _("{title} fills at least one container. Name what was filled."),
    "step_count_missing": _("{title} ends with a count. Enter it."),
    "batch_begun": _("The batch record of this lot has been begun already."),
    "batch_labels_unaccounted": _(
        "{labels} printed labels are not accounted for (containers {containers}). Say of each that it is on its "
        "container, was destroyed, or is missing."
    ),
    "batch_closed": _("The batch record of this lot has been closed already."),
    "culture_behind": _(
        "The culture of {lot} is behind: its last counts are {odds:.0f} times likelier if growth has stopped than "
        "if it goes on. Look for loss, contamination or ageing."
    ),
    "culture_short": _(
        "The culture of {lot} has far fewer cells than such a culture has (a chance of {chance:.2%}). Look for an "
        "error of the count, for loss, and for contamination."
    ),
    "culture_ahead": _(
        "The culture of {lot} has far more cells than such a culture has (a chance of {chance:.2%}). Look for an "
        "error of the count, and for contamination."
    ),
    "recount_behind": _(
        "The last counts of {lot} are {odds:.0f} times likelier if growth has stopped than if it goes on. Count a "
        "second sample today: it mostly settles it."
    ),
    "recount_few": _(
        "{lot} has fewer cells than such a culture mostly has (a chance of {chance:.1%}). Count a second sample today: "
        "it mostly settles it."
    ),
    "recount_many": _(
        "{lot} has more cells than such a culture mostly has (a chance of {chance:.1%}). Count a second sample today: "
        "it mostly settles it."
    ),
    "recount_to_be_sure": _(
        "Count a second sample of {lot} today before anything is decided: one count alone may be wrong."
    ),
    "culture_in_doubt": _(
        "Two samples leave {lot} in doubt: its counts are {odds:.0f} times likelier if growth has stopped than if it "
        "goes on. Look at the cells, and count at the next step at the latest."
    ),
    "cells_in_doubt": _(
        "Two samples leave {lot} in doubt: so few or so many cells have a chance of {chance:.1%}. Look at the cells, "
        "and count at the next step at the latest."
    ),
    "recount_of_another_day": _(
        "A second sample counts as one of the same culture for {hours} hours after the first. Count at the next step."
    ),
    "recount_after_the_next_step": _(
        "The next step was done: the container no longer holds what was counted. Say why there is no second count."
    ),
    "recount_not_wanted": _("The count leaves no doubt; a second one is not asked for."),
    "recounted_already": _("A second sample was counted already. What was seen wrong is corrected."),
    "nothing_was_counted": _("Nothing was counted at this step."),
    "recount_declined": _("A second sample was asked for and not counted."),
    "recount_declined_already": _("It was said already why there is no second count."),
    "recount_missing": _("A second sample is asked for: none was counted, and nobody has said why not."),
    "recount_not_made": _("A second sample was asked for and not counted. Reason: {reason}"),
    "count_was_repeated": _(
        "Two samples were counted, {first} and {second} viable cells. Their mean holds, {mean}."
    ),
    "samples_disagree": _(
        "Two samples differ more than two counts of one suspension do: {first} and {second} viable cells. Their mean "
        "holds, {mean}. Look for the one that is wrong."
    ),
    "volume_is_of_the_first_count": _(
        "Both samples are of one container of {volume} mL. Correct the volume at the first sample."
    ),
    "dose_out_of_reach": _(
        "The culture of {lot} holds the dose by the planned harvest only with a chance of {chance:.0%}. Plan a later "
        "harvest, or speak with the physiatrist."
    ),
    "steps_missing": _("The batch record is incomplete: {steps}."),
    "equipment_missing": _("Scan the {kind}."),
    "equipment_not_clean": _(
        "{name} ({code}) is not clean, or its cleaning has run out. Clean it and say so."
    ),
    "equipment_not_calibrated": _("The calibration of {name} ({code}) has run out. Take another."),
    "equipment_out_of_service": _("{name} ({code}) is out of service. Take another."),
    "equipment_in_service": _("{name} ({code}) is in service."),
    "equipment_needs_no_cleaning": _("{name} is kept as a thing that needs no cleaning."),
    "calibration_ends_before_it_begins": _("The calibration would end before it begins. Correct the date."),
    "reagent_missing": _("Scan the lot of {kind}."),
    "reagent_expired": _("STOP. {name} {number} expired on {expired_at}. Take another lot."),
    "reagent_not_released": _("{name} {number} has not been released by quality. Take another lot."),
    "reagent_recalled": _("STOP. {name} {number} was recalled. Put it aside and take another lot."),
    "reagent_recalled_since": _("{name} {number} was recalled after it was used here."),
    "reagent_registered_already": _("The lot {number} is in the register already."),
    "reagent_released_already": _("{name} {number} was released already."),
    "reagent_changed_meanwhile": _(
        "What the register says of {name} {number} is not what you were shown. Read it again, then sign."
    ),
    "reagent_opened_already": _("{name} {number} was opened already."),
    "kind_not_asked_for": _(
        "No protocol of this site asks for the kind {kind}. They ask for: {asked_kinds}. Choose one of these, or say "
        "that it is used by no protocol."
    ),
    "register_code_taken": _("The code {code} names another thing of this site. Every code names one."),
    "another_kind_scanned": _("{name} is a {scanned}; a {wanted} is wanted."),
    "scanned_thing_unknown": _("{code} is neither equipment nor a reagent of this site. Scan again."),
    "value_missing": _("Enter the value: {title}."),
    "value_out_of_limits": _(
        "{title} is {value}; the protocol asks for {limits}. Read it again, or say why you go on."
    ),
    "value_was_out_of_limits": _("{title} was {value}; the protocol asks for {limits}. Reason: {reason}"),
    "value_was_corrected": _("{title} was corrected from {was} to {value}. Reason: {reason}"),
    "value_edited_without_reason": _("{title} was changed from {was} to {value} without a reason."),
    "value_drifts": _(
        "{title} is {value}; {lots} earlier lots of this site had {mean:.2f} with a standard deviation of "
        "{spread:.2f}, so that {low:.2f} to {high:.2f} is expected."
    ),
    "value_corrected_already": _("{title} was corrected already; correct the newest value."),
    "count_corrected_already": _("This count was corrected already; correct the newest one."),
    "count_is_the_same": _("The count has these numbers already."),
    "count_was_corrected": _("The count was corrected from {was} to {value} viable cells. Reason: {reason}"),
    "count_follows_another": _(
        "What it comes to was worked out anew, because another count was corrected. Reason: {reason}"
    ),
    "labels_tell_the_wrong_count": _(
        "The labels on {containers} tell a count that was corrected or repeated since. Print new ones and put them on."
    ),
    "value_is_the_same": _("{title} has this value already."),
    "step_late": _(
        "{title} begins {minutes} minutes after the step before; the protocol allows {limit}. Say why."
    ),
    "step_was_late": _(
        "{title} began {minutes} minutes after the step before; the protocol allows {limit}. Reason: {reason}"
    ),
    "step_not_done": _("{title} is not done."),
    "no_finding_named": _("No finding was given a reason. Write one beside each that may be accepted."),
    "finding_is_gone": _(
        "A finding is not as it was shown: the record has changed there. Read the review again, then accept."
    ),
    "finding_is_explained": _("{title}: this finding is explained or accepted already."),
}
