"""Every write about whose cells and where, by subject; other steps import them from here."""

from stroma.custody.actions.donors import (
    NotEligible,
    determine_eligibility,
    record_donor_test,
    register_donor,
    screen_donor,
)
from stroma.custody.actions.hand_overs import (
    HandOverNotUndone,
    HandOverRefused,
    hand_over,
    keep_scan,
    stop_wrong_hand_over,
    undo_hand_over,
)
from stroma.custody.actions.holding import lift_quarantine, quarantine_container, quarantine_donor
from stroma.custody.actions.labels import (
    NotLabeled,
    apply_label,
    destroy_label,
    print_label,
    report_label_missing,
)
from stroma.custody.actions.materials import decide_disposition, discard, divide_for_course
from stroma.custody.actions.parts import pool, split, take_sample
from stroma.custody.actions.product_codes import import_product_codes
from stroma.custody.actions.scan_photos import keep_scan_photo
from stroma.custody.actions.storage import (
    NotStored,
    add_storage_unit,
    stop_wrong_storing,
    store_container,
    take_out_of_storage,
    thaw_container,
)
from stroma.custody.actions.transport import (
    BoxNotOpened,
    open_box,
    read_temperature_log,
    seal_box,
    set_transport_limits,
    stop_wrong_opening,
)

__all__ = [
    "BoxNotOpened",
    "HandOverNotUndone",
    "HandOverRefused",
    "NotEligible",
    "NotLabeled",
    "NotStored",
    "add_storage_unit",
    "apply_label",
    "decide_disposition",
    "destroy_label",
    "determine_eligibility",
    "discard",
    "divide_for_course",
    "hand_over",
    "import_product_codes",
    "keep_scan",
    "keep_scan_photo",
    "lift_quarantine",
    "open_box",
    "pool",
    "print_label",
    "quarantine_container",
    "quarantine_donor",
    "read_temperature_log",
    "record_donor_test",
    "register_donor",
    "report_label_missing",
    "screen_donor",
    "seal_box",
    "set_transport_limits",
    "split",
    "stop_wrong_hand_over",
    "stop_wrong_opening",
    "stop_wrong_storing",
    "store_container",
    "take_out_of_storage",
    "take_sample",
    "thaw_container",
    "undo_hand_over",
]
