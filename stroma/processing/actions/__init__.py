"""Every write of the laboratory: the registers, the batch record's steps, what is put right in it, and its review."""

from stroma.processing.actions.counts import correct_count
from stroma.processing.actions.record import correct_value, keep_photo
from stroma.processing.actions.recounts import count_again, decline_recount
from stroma.processing.actions.registers import (
    EquipmentKept,
    NotRegistered,
    ReagentReceived,
    add_equipment,
    calibrate_equipment,
    clean_equipment,
    open_reagent,
    recall_reagent,
    receive_reagent,
    release_reagent,
    return_equipment,
    take_out_equipment,
)
from stroma.processing.actions.review import NotAccepted, accept_findings
from stroma.processing.actions.steps import (
    NewContainer,
    ScanRefused,
    StepRefused,
    begin_batch,
    close_batch,
    do_step,
    scan_for_step,
    scan_thing,
)
from stroma.processing.step_use import NOTHING_USED, StepUse

__all__ = [
    "NOTHING_USED",
    "EquipmentKept",
    "NewContainer",
    "NotAccepted",
    "NotRegistered",
    "ReagentReceived",
    "ScanRefused",
    "StepRefused",
    "StepUse",
    "accept_findings",
    "add_equipment",
    "begin_batch",
    "calibrate_equipment",
    "clean_equipment",
    "close_batch",
    "correct_count",
    "correct_value",
    "count_again",
    "decline_recount",
    "do_step",
    "keep_photo",
    "open_reagent",
    "recall_reagent",
    "receive_reagent",
    "release_reagent",
    "return_equipment",
    "scan_for_step",
    "scan_thing",
    "take_out_equipment",
]
