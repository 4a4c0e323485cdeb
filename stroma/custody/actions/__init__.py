"""Every write about whose cells and where, by subject; other steps import them from here."""

from stroma.custody.actions.donors import (
    NotEligible,
    determine_eligibility,
    record_donor_test,
    register_donor,
    screen_donor,
)
from stroma.custody.actions.hand_overs import HandOverRefused, hand_over, keep_scan
from stroma.custody.actions.labels import (
    NotLabeled,
    apply_label,
    destroy_label,
    print_label,
    report_label_missing,
)
from stroma.custody.actions.materials import decide_disposition, discard, divide_for_course
from stroma.custody.actions.product_codes import import_product_codes

__all__ = [
    "HandOverRefused",
    "NotEligible",
    "NotLabeled",
    "apply_label",
    "decide_disposition",
    "destroy_label",
    "determine_eligibility",
    "discard",
    "divide_for_course",
    "hand_over",
    "import_product_codes",
    "keep_scan",
    "print_label",
    "record_donor_test",
    "register_donor",
    "report_label_missing",
    "screen_donor",
]
