"""The sentences for this step's reasons."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MESSAGES: dict[str, str | Promise] = {
    "one_treatment_is_no_comparison": _("A comparison needs at least two treatments."),
    "too_few_at_baseline": _(
        "{treatment} has {n} patients with a score before treatment; at least {limit} are needed."
    ),
    "baseline_means_too_far_apart": _(
        "Before treatment these patients were too different in pain to be compared."
    ),
    "baseline_does_not_overlap": _(
        "Before treatment most of these patients had nobody like them in the other group. They are "
        "not compared."
    ),
    "baseline_differs": _("Before treatment these patients differed in pain. Keep it in mind."),
    "registry_cannot_show_superiority": _(
        "A clinic registry without a control group cannot show superiority."
    ),
    "product_not_approved": _(
        "No cell product is approved for back pain in the United States. The evidence for these is uncertain."
    ),
}
