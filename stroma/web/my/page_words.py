"""What the pages are called on which somebody of the clinic saw a patient's record."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_RECORD = _("your record")
_RIGHT = _("is the treatment right for you")
_CONSENT = _("your consent")
_VISITS = _("your visits")
_COURSE = _("your treatment")
_CELLS = _("your cells")
_CHECKS = _("the tests of your cells")
_DOSE = _("giving your cells")
_ANSWERS = _("your answers and problems")

PAGES: dict[str, Promise] = {
    "patient": _RECORD,
    "search": _("a search that found you"),
    "account": _RECORD,
    "merge": _RECORD,
    "weight": _RECORD,
    "candidacy": _RIGHT,
    "consent": _CONSENT,
    "prepare consent": _CONSENT,
    "withdraw consent": _CONSENT,
    "booking": _VISITS,
    "visit": _VISITS,
    **dict.fromkeys(
        (
            "answer a wish",
            "cancel a visit",
            "move a visit",
            "offer",
            "own visit",
            "planning again",
            "reminder",
            "waiting list",
        ),
        _VISITS,
    ),
    "course": _COURSE,
    "collect": _("taking your cells"),
    **dict.fromkeys(
        (
            "batch_record",
            "batch_step",
            "batch_values",
            "begin_batch",
            "close_batch",
            "cells_left",
        ),
        _CELLS,
    ),
    **dict.fromkeys(
        ("lot_touched", "add_photo", "correct_value", "correct_count", "accept_findings"), _CELLS
    ),
    **dict.fromkeys(("count_again", "decline_recount"), _CELLS),
    **dict.fromkeys(
        ("container_act", "container_label", "container_page", "discard_container", "divide_container"),
        _CELLS,
    ),
    **dict.fromkeys(
        ("hand_over", "handed_over", "undo_hand_over", "store_container", "lift_hold", "scan_photo"), _CELLS
    ),
    **dict.fromkeys(("label_pdf", "lot_labels_pdf", "lot_page", "lot_disposition"), _CELLS),
    **dict.fromkeys(("look_back", "look_back_list"), _("tracing cells from donor to patient")),
    **dict.fromkeys(("certificate", "sign_certificate", "enter_result", "release", "reject"), _CHECKS),
    **dict.fromkeys(("read_cytometry", "cytometry_reading", "cytometry_report", "move_gate"), _CHECKS),
    **dict.fromkeys(("certificate_pdf", "verify_certificate", "result_page", "result_file"), _CHECKS),
    **dict.fromkeys(("open_investigation", "investigation_page", "conclude_investigation"), _CHECKS),
    **dict.fromkeys(("ask_exception", "lift_result_hold", "measure_stain"), _CHECKS),
    **dict.fromkeys(("late_positive", "do_late_step", "close_late_positive"), _CHECKS),
    **dict.fromkeys(("record_cytometry", "decide_after_failure", "tell_patient"), _CHECKS),
    **dict.fromkeys(("time_out", "time_out_done", "cancel_time_out", "give_dose"), _DOSE),
    **dict.fromkeys(("adverse event", "problem report", "problem reports", "questionnaires"), _ANSWERS),
}
"""By the code under which a look is kept."""


def page_words(code: str) -> str:
    """The page in plain words; a page of an earlier version that has none here is a page of the record."""
    return str(PAGES.get(code, _RECORD))
