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
        "if it goes on. Count again; look for loss, contamination or ageing."
    ),
    "culture_ahead": _(
        "The culture of {lot} has far more cells than such a culture has (a chance of {chance:.2%}). Count again; "
        "look for an error of the count, and for contamination."
    ),
    "dose_out_of_reach": _(
        "The culture of {lot} holds the dose by the planned harvest only with a chance of {chance:.0%}. Plan a later "
        "harvest, or speak with the physiatrist."
    ),
    "steps_missing": _("The batch record is incomplete: {steps}."),
}
