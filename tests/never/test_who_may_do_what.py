"""Every action and every role: who may, and who is refused. A row for each action, with a word on why.

A role that is not named is refused; so are a person of another site and one whose account was closed. An action that is
not in the table fails the last test.
"""

import copy
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest
from django.db import transaction

from stroma.candidacy import actions as candidacy
from stroma.clinic import actions as clinic
from stroma.clinic.actions import NewPerson, add_person, attempts, competence, open_site
from stroma.clinic.authority import NotAuthorized
from stroma.clinic.credentials import Simulated
from stroma.clinic.domain.competence import Skill
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import Signature, User
from stroma.collection import actions as collection
from stroma.courses import actions as courses
from stroma.custody import actions as custody
from stroma.custody.domain.storage import UnitKind
from stroma.custody.domain.transport import Limits
from stroma.custody.models import Donor
from stroma.follow_up import actions as follow_up
from stroma.follow_up.models import QuestionnaireAnswer
from stroma.injection import actions as injection
from stroma.ledger.models import Entry
from stroma.ledger.transaction import in_action
from stroma.patients import actions as patients
from stroma.planning import actions as planning
from stroma.planning.domain.happenings import Happening, Upset
from stroma.processing import actions as processing
from stroma.processing.actions import EquipmentKept, ReagentReceived
from stroma.processing.domain.counting import CountReadings
from stroma.processing.photos import Photo
from stroma.protocols.domain.blocker import Refused
from stroma.protocols.library import shipped_protocol
from stroma.registry import actions as registry
from stroma.release import actions as release
from stroma.release.actions import controls, cytometry, investigations, late_positives, stains
from stroma.release.models import InvestigationConclusion, InvestigationStep
from tests.never.asked_of_no_role import NOBODY_ASKED, ONLY_THEIR_OWN
from tests.never.booked_rows import (
    a_change,
    a_place,
    a_reminder,
    a_visit,
    a_wish,
    an_absence,
    an_offer,
    something,
)
from tests.never.house import intake
from tests.never.quality_records import (
    a_control,
    a_failed_lot,
    a_held_result,
    a_late_positive,
    an_investigation,
)
from tests.never.rows import a_hold, a_lot, a_position, a_shipment
from tests.never.what_actions_take import (
    a_baseline,
    a_batch,
    a_count,
    a_donor,
    a_kept_reading,
    a_link_asked_for,
    a_replan,
    a_stain,
    a_table_of_codes,
    a_training,
    a_value,
    an_answer,
    an_event,
    equipment,
    printed,
    reagent,
    rejection,
    stored,
    wrong_tries,
)
from tests.never.world import World
from tests.release.kept_readings import prepared_for

Kind, Outcome = InvestigationStep.Kind, InvestigationConclusion.Outcome
COORDINATOR, PHYSIATRIST, NURSE = Role.COORDINATOR, Role.PHYSIATRIST, Role.NURSE
TECHNOLOGIST, QUALITY, ADMINISTRATOR = Role.TECHNOLOGIST, Role.QUALITY, Role.ADMINISTRATOR
SURGEON, THERAPIST, PATIENT, ANALYST = Role.SURGEON, Role.THERAPIST, Role.PATIENT, Role.ANALYST
BEDSIDE = {PHYSIATRIST, NURSE}
HANDS = {TECHNOLOGIST, QUALITY, NURSE, PHYSIATRIST}
DOCTORS = {PHYSIATRIST, SURGEON}
CARERS = {PHYSIATRIST, SURGEON, NURSE, COORDINATOR, THERAPIST}
ATTENDING = CARERS | {TECHNOLOGIST, QUALITY}


@dataclass(frozen=True)
class Row:
    """An action, the roles that may do it, why so, and what it is called with besides ``by`` and ``at``."""

    action: Callable[..., object]
    allowed: set[Role]
    why: str
    values: Callable[[World], dict[str, Any]]


ROWS = [
    Row(clinic.add_person, {ADMINISTRATOR}, "accounts are given by one role",
        lambda w: {"site": w.house.clinic.site, "person": NewPerson("new", "New Person"), "roles": [NURSE]}),
    Row(clinic.invite_again, {ADMINISTRATOR}, "who gives accounts gives links",
        lambda w: {"site": w.house.clinic.site, "person": w.house.person("nurse2")}),
    Row(clinic.withdraw_credentials, {ADMINISTRATOR}, "who gives links takes back what was lost",
        lambda w: {"site": w.house.clinic.site, "person": w.house.person("nurse2"), "reason": "lost"}),
    Row(clinic.end_roles, {ADMINISTRATOR}, "who gives roles ends them",
        lambda w: {"site": w.house.clinic.site, "person": w.house.person("nurse2"), "reason": "left"}),
    Row(competence.record_training, {QUALITY, ADMINISTRATOR}, "who keeps the records of training",
        lambda w: {"site": w.house.clinic.site, "person": w.house.person("nurse2"), "skill": Skill.PROCEDURE,
                   "procedure": "SOP-1", "trained_by": "A trainer", "trained_at": w.at, "valid_until": None}),
    Row(competence.withdraw_training, {QUALITY, ADMINISTRATOR}, "who keeps them takes one back",
        lambda w: {"competence": a_training(w), "reason": "seen to do it wrong"}),
    Row(competence.ask_for_training, {QUALITY, ADMINISTRATOR}, "who keeps them says what is asked",
        lambda w: {"site": w.house.clinic.site, "skill": Skill.RELEASE, "is_needed": False, "reason": "x"}),
    Row(clinic.confirm_link, {QUALITY, ADMINISTRATOR}, "the second of two",
        lambda w: {"request": a_link_asked_for(w)}),
    Row(clinic.hand_over_link, {ADMINISTRATOR}, "who gives links hands them over",
        lambda w: {"request": a_link_asked_for(w)}),
    Row(attempts.clear_attempts, {QUALITY, ADMINISTRATOR}, "who is told says what it was",
        lambda w: {"report": wrong_tries(w), "reason": "forgot it"}),
    Row(clinic.add_place, {ADMINISTRATOR}, "the building is the administrator's",
        lambda w: {"site": w.house.clinic.site, "kind": "LABORATORY", "name": "Lab 2", "code": "LAB-2"}),
    Row(clinic.adopt_protocol, {PHYSIATRIST, ADMINISTRATOR}, "medicine decides what is offered",
        lambda w: {"site": w.house.clinic.site, "document": shipped_protocol("surgery").text}),
    Row(clinic.file_authorization, {QUALITY, ADMINISTRATOR}, "legal papers are filed by quality",
        lambda w: {"site": w.house.clinic.site, "protocol_id": "disc-pulp-research", "reference": "X",
                   "title": "A trial", "valid_from": w.at, "valid_to": None}),
    Row(clinic.sign, {QUALITY}, "nobody signs in a role they do not hold: here as quality",
        lambda w: {"site": w.house.clinic.site, "document_kind": "certificate",
                   "document_id": w.tested_lot.id, "document_digest": "0" * 64,
                   "meaning": Signature.Meaning.APPROVAL, "role": QUALITY, "credential": Simulated()}),
    Row(patients.register_patient, {COORDINATOR, NURSE, PHYSIATRIST}, "the front desk and the ward",
        lambda w: {"site": w.house.clinic.site, "intake": intake("Newcomer", "Nadia")}),
    Row(patients.record_measurement, {NURSE, PHYSIATRIST, COORDINATOR}, "who stands at the scales",
        lambda w: {"patient": w.twin, "system": "s", "code": "c", "display": "d",
                   "value": Decimal(1), "unit": "kg"}),
    Row(patients.merge_patients, {COORDINATOR, PHYSIATRIST, ADMINISTRATOR}, "who answers for the record",
        lambda w: {"duplicate": w.twin, "survivor": w.consented.patient, "reason": "one person"}),
    Row(patients.give_consent, {PHYSIATRIST, NURSE, COORDINATOR, SURGEON}, "a witness who has explained",
        lambda w: {"patient": w.consented.patient, "protocol": w.consented.protocol, "places": [],
                   "language": "en", "method": "PAPER", "decided_at": w.at}),
    # A patient may for their own record only, and is a stranger here: test_patients_act_for_themselves.py.
    Row(patients.withdraw_consent, {PHYSIATRIST, NURSE, COORDINATOR}, "whoever is told takes it down",
        lambda w: {"consent": w.consented.consent, "reason": ""}),
    Row(candidacy.assess_candidacy, {PHYSIATRIST, NURSE, COORDINATOR}, "asking is not deciding",
        lambda w: {"patient": w.twin, "protocol": w.consented.protocol, "asked": {}, "assumed": {},
                   "red_flags": {}}),
    Row(candidacy.decide_candidacy, DOCTORS, "a doctor decides",
        lambda w: {"assessment": w.house.assessment(w.twin), "outcome": "NOT_A_CANDIDATE", "overrides": {},
                   "credential": Simulated()}),
    Row(courses.open_course, {COORDINATOR, PHYSIATRIST, SURGEON}, "on a signed decision, so the desk may",
        lambda w: {"decision": w.house.decision(w.house.assessment(w.twin))}),
    Row(courses.consent_to_course, {PHYSIATRIST, NURSE, COORDINATOR, SURGEON}, "a witness who has explained",
        lambda w: {"course": w.consented, "places": [], "language": "en", "method": "PAPER"}),
    Row(courses.withdraw_from_course, {PHYSIATRIST, NURSE, COORDINATOR}, "whoever is told takes it down",
        lambda w: {"course": w.consented, "reason": ""}),
    Row(courses.stop_course, {PHYSIATRIST, SURGEON, COORDINATOR}, "who leads the treatment",
        lambda w: {"course": w.consented, "reason": "moved away"}),
    Row(courses.complete_course, {PHYSIATRIST, SURGEON, COORDINATOR}, "who leads the treatment",
        lambda w: {"course": w.consented}),
    Row(courses.give_care, {PHYSIATRIST, SURGEON, THERAPIST, NURSE}, "who treats",
        lambda w: {"course": w.consented, "visit_code": "session_1"}),
    Row(planning.add_resource, {COORDINATOR, ADMINISTRATOR}, "who keeps the calendar",
        lambda w: {"site": w.house.clinic.site, "kind": "c_arm", "name": "C-arm 2"}),
    Row(planning.book_chain, {COORDINATOR}, "one desk books",
        lambda w: {"course": w.consented, "earliest": w.at, "held": {}}),
    Row(planning.complete_visit, ATTENDING, "who was there", lambda w: {"visit": a_visit(w)}),
    Row(planning.miss_visit, ATTENDING, "who was there",
        lambda w: {"visit": a_visit(w), "reason": "did not come"}),
    Row(planning.cancel_visits, ATTENDING, "who was there",
        lambda w: {"course": a_visit(w).course, "reason": "ill"}),
    Row(planning.cancel_visit, ATTENDING, "who was there",
        lambda w: {"visit": a_visit(w), "reason": "ill"}),
    Row(planning.set_hours, {COORDINATOR, ADMINISTRATOR}, "who keeps the calendar",
        lambda w: {"site": w.house.clinic.site, "area": "PATIENTS", "hours": {}, "valid_from": w.at.date(),
                   "reason": "x"}),
    Row(planning.set_shifts, {COORDINATOR, ADMINISTRATOR}, "who keeps the calendar",
        lambda w: {"site": w.house.clinic.site, "resource": something(w), "hours": {}, "valid_from": w.at.date(),
                   "reason": "x"}),
    Row(planning.close_site, {COORDINATOR, ADMINISTRATOR}, "who keeps the calendar",
        lambda w: {"site": w.house.clinic.site, "kind": "HOLIDAY", "starts_at": w.at,
                   "ends_at": w.at + timedelta(days=1), "is_for_laboratory": False, "reason": "x"}),
    Row(planning.mark_away, {COORDINATOR, ADMINISTRATOR}, "who keeps the calendar",
        lambda w: {"site": w.house.clinic.site, "resource": something(w), "starts_at": w.at,
                   "ends_at": w.at + timedelta(days=1), "reason": "x"}),
    Row(planning.take_back_absence, {COORDINATOR, ADMINISTRATOR}, "who keeps the calendar",
        lambda w: {"absence": an_absence(w), "reason": "x"}),
    Row(planning.set_turn_time, {COORDINATOR, ADMINISTRATOR}, "who keeps the calendar",
        lambda w: {"site": w.house.clinic.site, "kind": "c_arm", "before_minutes": 5, "after_minutes": 5,
                   "valid_from": w.at.date(), "reason": "x"}),
    Row(planning.wait_for_visits, {COORDINATOR}, "one desk keeps the list",
        lambda w: {"course": w.consented, "first_by": w.at.date() + timedelta(days=30)}),
    Row(planning.leave_waiting_list, {COORDINATOR}, "one desk keeps the list",
        lambda w: {"place": a_place(w), "reason": "x"}),
    Row(planning.offer_free_slots, {COORDINATOR}, "one desk keeps the list",
        lambda w: {"site": w.house.clinic.site}),
    Row(planning.accept_offer, {COORDINATOR}, "the patient, or the desk for them",
        lambda w: {"offer": an_offer(w)}),
    Row(planning.decline_offer, {COORDINATOR}, "the patient, or the desk for them",
        lambda w: {"offer": an_offer(w)}),
    Row(planning.draft_reminders, {COORDINATOR, ADMINISTRATOR}, "who keeps the calendar",
        lambda w: {"site": w.house.clinic.site, "can_mail": False}),
    Row(planning.mark_reminder_sent, {COORDINATOR, ADMINISTRATOR}, "who sends it",
        lambda w: {"reminder": a_reminder(w), "was_sent": True}),
    Row(planning.mark_change_told, {COORDINATOR, ADMINISTRATOR}, "who sends it",
        lambda w: {"change": a_change(w), "told": None, "was_sent": True}),
    Row(planning.mark_reminder_phoned, {COORDINATOR, NURSE}, "who telephones",
        lambda w: {"reminder": a_reminder(w)}),
    Row(planning.answer_wish, {COORDINATOR}, "one desk answers",
        lambda w: {"wish": a_wish(w), "answer": "the room is taken"}),
    Row(planning.ask_for_plan, {COORDINATOR}, "one desk plans",
        lambda w: {"site": w.house.clinic.site, "upset": Upset(Happening.AWAY)}),
    Row(planning.begin_search, {COORDINATOR}, "one desk plans",
        lambda w: {"replan": a_replan(w), "seconds": 10.0}),
    Row(planning.stop_search, {COORDINATOR}, "one desk plans",
        lambda w: {"replan": a_replan(w)}),
    Row(planning.take_plan, {COORDINATOR}, "one desk plans",
        lambda w: {"replan": a_replan(w), "courses": [], "agreed": [], "reason": "ill"}),
    Row(planning.move_visit, {COORDINATOR}, "one desk moves",
        lambda w: {"visit": a_visit(w), "to": w.at, "reason": "ill"}),
    Row(planning.move_visits, {COORDINATOR}, "one desk moves",
        lambda w: {"moves": [planning.Move(a_visit(w), w.at)], "reason": "ill"}),
    Row(custody.register_donor, HANDS, "who meets the donor",
        lambda w: {"site": w.house.clinic.site, "relation": Donor.Relation.ALLOGENEIC, "patient": None}),
    Row(custody.record_donor_test, HANDS, "who receives the result",
        lambda w: {"donor": a_donor(w), "agent": "HCV", "method": "NAT", "result": "NON_REACTIVE",
                   "sampled_at": w.at}),
    Row(custody.screen_donor, BEDSIDE, "history and examination are clinical",
        lambda w: {"donor": a_donor(w), "has_risk": False}),
    Row(custody.determine_eligibility, {PHYSIATRIST}, "a physician is responsible (21 CFR 1271.50)",
        lambda w: {"donor": a_donor(w), "credential": Simulated()}),
    Row(custody.print_label, HANDS, "whoever holds the container",
        lambda w: {"material": w.ready_dose, "reason": "smudged"}),
    Row(custody.apply_label, HANDS, "whoever holds the container", lambda w: {"label": printed(w)}),
    Row(custody.destroy_label, {TECHNOLOGIST, QUALITY}, "labels are reconciled in the laboratory",
        lambda w: {"label": printed(w), "reason": "smudged"}),
    Row(custody.report_label_missing, HANDS, "whoever does not find it",
        lambda w: {"label": printed(w), "reason": "fell off"}),
    Row(custody.import_product_codes, {QUALITY, ADMINISTRATOR}, "who answers for the site's labels",
        lambda w: {"site": w.house.clinic.site, "table": a_table_of_codes(w)}),
    Row(custody.hand_over, HANDS, "whoever holds the container",
        lambda w: {"material": w.ready_dose, "to_place": w.house.clinic.place("LAB-1"), "scans": {}}),
    Row(custody.divide_for_course, {TECHNOLOGIST, QUALITY}, "the bank is the laboratory's",
        lambda w: {"material": stored(w), "amount": stored(w).remaining, "course": w.recipient,
                   "place": w.house.clinic.place("LAB-1"), "expires_at": stored(w).expires_at}),
    Row(custody.discard, HANDS, "whoever holds the container, before a witness",
        lambda w: {"material": w.ready_dose, "witness": w.house.person("technologist2"),
                   "credential": Simulated(), "reason": "over"}),
    Row(custody.undo_hand_over, HANDS, "whoever holds the container",
        lambda w: {"handed": w.ready_dose.hand_overs.latest("handed_over_at"), "scans": {}, "reason": ""}),
    Row(custody.split, {TECHNOLOGIST, QUALITY}, "the clean room",
        lambda w: {"material": w.ready_dose, "amounts": []}),
    Row(custody.take_sample, {TECHNOLOGIST, QUALITY}, "the clean room",
        lambda w: {"material": w.ready_dose, "amount": Decimal(1)}),
    Row(custody.pool, {TECHNOLOGIST, QUALITY}, "the clean room", lambda w: {"materials": [w.ready_dose]}),
    Row(custody.quarantine_container, HANDS, "whoever sees that something is wrong",
        lambda w: {"material": w.ready_dose, "cause": "DAMAGE", "reason": "a crack"}),
    Row(custody.lift_quarantine, {QUALITY}, "quality lets go",
        lambda w: {"hold": a_hold(w, w.ready_dose), "reason": "sound"}),
    Row(custody.quarantine_donor, {QUALITY}, "a look-back is quality's",
        lambda w: {"donor": w.bank.donor, "reason": "a late result"}),
    Row(custody.add_storage_unit, {TECHNOLOGIST, QUALITY}, "who keeps the cold",
        lambda w: {"place": w.house.clinic.place("LAB-1"), "kind": UnitKind.FREEZER, "name": "Freezer",
                   "code": "F9", "shelves": 1, "racks": 1, "positions": 1}),
    Row(custody.store_container, {TECHNOLOGIST, QUALITY}, "who keeps the cold",
        lambda w: {"material": w.ready_dose, "position": a_position(w), "scans": {}}),
    Row(custody.take_out_of_storage, {TECHNOLOGIST, QUALITY}, "who keeps the cold",
        lambda w: {"material": w.ready_dose}),
    Row(custody.thaw_container, {TECHNOLOGIST}, "the clean room", lambda w: {"material": w.ready_dose}),
    Row(custody.set_transport_limits, {QUALITY}, "limits rest on a validation",
        lambda w: {"site": w.house.clinic.site, "storage": "refrigerated",
                   "limits": Limits(Decimal(2), Decimal(8), 0, "validation 7")}),
    Row(custody.seal_box, HANDS, "whoever sends",
        lambda w: {"site": w.house.clinic.site, "box_code": "BOX-9", "materials": [w.ready_dose],
                   "from_place": w.house.clinic.place("PROC-1"), "to_place": w.house.clinic.place("LAB-1"),
                   "seal": "S-9"}),
    Row(custody.open_box, HANDS, "whoever receives", lambda w: {"shipment": a_shipment(w), "seal": ""}),
    Row(custody.read_temperature_log, HANDS, "whoever receives",
        lambda w: {"shipment": a_shipment(w), "text": "", "file": "log.csv"}),
    Row(custody.decide_disposition, {PHYSIATRIST, QUALITY}, "cells are given up by a decision",
        lambda w: {"lot": w.ready_lot, "kind": "DISCARD", "reason": "course over"}),
    Row(collection.collect_tissue, BEDSIDE, "who is at the bedside",
        lambda w: {"donor": a_lot(w).donor, "protocol": w.consented.protocol, "course": w.consented,
                   "amount": Decimal(60), "place": w.house.clinic.place("PROC-1")}),
    Row(collection.collect_own_tissue, BEDSIDE, "who is at the bedside",
        lambda w: {"course": w.consented, "amount": Decimal(60), "place": w.house.clinic.place("PROC-1")}),
    Row(processing.scan_for_step, {TECHNOLOGIST}, "the clean room",
        lambda w: {"batch": a_batch(w), "expected": w.ready_dose, "raw": ""}),
    Row(courses.offer_consent, DOCTORS, "who explains the treatment",
        lambda w: {"course": w.consented, "places": []}),
    Row(processing.begin_batch, {TECHNOLOGIST}, "the clean room", lambda w: {"lot": a_lot(w)}),
    Row(processing.do_step, {TECHNOLOGIST}, "the clean room",
        lambda w: {"batch": a_batch(w), "code": "receive", "material": w.ready_dose}),
    Row(processing.scan_thing, {TECHNOLOGIST}, "the clean room",
        lambda w: {"batch": a_batch(w), "expected": w.ready_dose, "kind": "centrifuge", "raw": ""}),
    Row(custody.keep_scan_photo, {TECHNOLOGIST, QUALITY, NURSE, PHYSIATRIST}, "who scans",
        lambda w: {"site": w.house.clinic.site, "content": b"p", "media_type": "image/png"}),
    Row(processing.correct_value, {TECHNOLOGIST, QUALITY}, "who read it, or who reviews it",
        lambda w: {"value": a_value(w), "right": Decimal(1), "reason": ""}),
    Row(processing.correct_count, {TECHNOLOGIST, QUALITY}, "who counted, or who reviews it",
        lambda w: {"count": a_count(w), "right": CountReadings(9, 1, 1, Decimal(1), Decimal(1)), "reason": ""}),
    Row(processing.accept_findings, {QUALITY}, "quality answers for the review",
        lambda w: {"batch": a_batch(w), "reasons": {}}),
    Row(processing.keep_photo, {TECHNOLOGIST}, "who is at the bench",
        lambda w: {"step": a_value(w).step, "photo": Photo("p.png", "image/png", b"p")}),
    Row(processing.add_equipment, {TECHNOLOGIST, QUALITY}, "the laboratory keeps its register",
        lambda w: {"site": w.house.clinic.site,
                   "kept": EquipmentKept("scale", "Scale", "SC-1", used_by_no_protocol=True)}),
    Row(processing.clean_equipment, {TECHNOLOGIST}, "who cleans", lambda w: {"equipment": equipment(w)}),
    Row(processing.calibrate_equipment, {TECHNOLOGIST, QUALITY}, "who has it calibrated",
        lambda w: {"equipment": equipment(w), "valid_until": w.house.now + timedelta(days=9)}),
    Row(processing.take_out_equipment, {TECHNOLOGIST, QUALITY}, "whoever sees the fault",
        lambda w: {"equipment": equipment(w), "reason": "rattles"}),
    Row(processing.return_equipment, {QUALITY}, "quality says it is fit again",
        lambda w: {"equipment": equipment(w), "reason": "mended"}),
    Row(processing.receive_reagent, {TECHNOLOGIST, QUALITY}, "the laboratory keeps its register",
        lambda w: {"site": w.house.clinic.site, "received": ReagentReceived(
            "dye", "Dye", "Maker", "7", "DY-7", w.house.now + timedelta(days=9), used_by_no_protocol=True)}),
    Row(processing.release_reagent, {QUALITY}, "quality lets it be used",
        lambda w: {"reagent": reagent(w), "credential": Simulated()}),
    Row(processing.open_reagent, {TECHNOLOGIST}, "who opens it", lambda w: {"reagent": reagent(w)}),
    Row(processing.recall_reagent, {QUALITY}, "quality calls back",
        lambda w: {"reagent": reagent(w), "reason": "the maker wrote", "quarantines": False}),
    Row(processing.close_batch, {TECHNOLOGIST, QUALITY}, "the clean room, or who reviews it",
        lambda w: {"batch": a_batch(w)}),
    Row(release.record_result, {TECHNOLOGIST, QUALITY}, "the laboratory",
        lambda w: {"lot": w.tested_lot, "code": "appearance", "text": "pass", "method": "eye"}),
    Row(cytometry.read_cytometry, {TECHNOLOGIST, QUALITY}, "the laboratory",
        lambda w: {"lot": w.bank, "prepared": prepared_for(w.bank)}),
    Row(cytometry.move_gate, {TECHNOLOGIST, QUALITY}, "who reviews the gates",
        lambda w: {"reading": a_kept_reading(w), "gate": "live", "low": None, "high": 900.0, "reason": "seen"}),
    Row(cytometry.record_cytometry, {TECHNOLOGIST, QUALITY}, "the laboratory",
        lambda w: {"reading": a_kept_reading(w)}),
    Row(stains.record_stain, {TECHNOLOGIST, QUALITY}, "who took the photographs, or reviews them",
        lambda w: {"lot": w.ready_lot, "measured": a_stain(w)}),
    Row(controls.open_control, {QUALITY}, "quality says what is measured against what",
        lambda w: {"site": w.house.clinic.site, "name": "Pool", "lot_number": "1", "codes": ["appearance"],
                   "learn_from": 20}),
    Row(controls.run_control, {TECHNOLOGIST, QUALITY}, "the laboratory",
        lambda w: {"material": a_control(w), "value": Decimal(10)}),
    Row(controls.lift_result_hold, {QUALITY}, "quality lets a held result count",
        lambda w: {"hold": a_held_result(w), "reason": "dried out"}),
    Row(investigations.open_investigation, {QUALITY}, "quality investigates",
        lambda w: {"lot": a_failed_lot(w), "code": "appearance"}),
    Row(investigations.write_step, {TECHNOLOGIST, QUALITY}, "the laboratory finds, quality plans",
        lambda w: {"investigation": an_investigation(w), "kind": Kind.HYPOTHESIS, "words": "a fiber"}),
    Row(investigations.conclude_investigation, {QUALITY}, "quality concludes",
        lambda w: {"investigation": an_investigation(w), "outcome": Outcome.CONFIRMED, "words": "a fiber"}),
    Row(investigations.ask_exception, {PHYSIATRIST}, "who told the patient asks",
        lambda w: {"lot": w.tested_lot, "codes": ["x"], "reason": "the only cells", "means": "PHONE"}),
    Row(late_positives.do_late_step, {QUALITY, PHYSIATRIST}, "who calls",
        lambda w: {"case": a_late_positive(w), "code": "open_deviation", "words": "opened"}),
    Row(late_positives.close_late_positive, {QUALITY}, "quality closes when nothing is left",
        lambda w: {"case": a_late_positive(w, is_done=True), "words": "over"}),
    Row(release.sign_certificate, {QUALITY}, "nobody signs in a role they do not hold: here as quality",
        lambda w: {"lot": w.tested_lot, "role": QUALITY, "credential": Simulated()}),
    Row(release.release_lot, {QUALITY}, "quality lets go", lambda w: {"lot": w.tested_lot}),
    Row(release.reject_lot, {QUALITY}, "quality rejects", lambda w: {"lot": w.tested_lot, "reason": "failed"}),
    Row(release.tell_patient_of_failure, {PHYSIATRIST}, "a patient is told by their doctor",
        lambda w: {"rejection": rejection(w), "means": "PHONE"}),
    Row(release.decide_after_failure, {PHYSIATRIST}, "a patient decides with their doctor",
        lambda w: {"notice": release.tell_patient_of_failure(
            rejection=rejection(w), means="PHONE", by=w.house.person("physiatrist"), at=w.house.later()),
            "kind": release.FailureDecision.Kind.STOP, "reason": "enough"}),
    Row(injection.complete_time_out, {PHYSIATRIST}, "who holds the needle leads the time-out",
        lambda w: {"course": w.ready, "material": w.ready_dose, "spot": w.house.spot(w.ready), "scans": {},
                   "second_person": w.house.person("nurse2")}),
    Row(injection.cancel_time_out, {PHYSIATRIST, NURSE}, "who stood at the bed",
        lambda w: {"time_out": w.ready_time_out, "scans": {}, "reason": "unwell", "seen_whole": True,
                   "witness": w.house.person("nurse2")}),
    Row(injection.give_dose, {PHYSIATRIST}, "who holds the needle",
        lambda w: {"time_out": w.ready_time_out, "volume_ml": w.ready_dose.amount, "guidance": "fluoroscopy"}),
    Row(follow_up.plan_follow_up, CARERS, "who cares for the patient", lambda w: {"course": w.consented}),
    Row(follow_up.answer_questionnaire, CARERS, "who asks; a patient only for their own record",
        lambda w: {**a_baseline(w), "method": QuestionnaireAnswer.Method.PATIENT}),
    Row(follow_up.correct_answer, CARERS, "who asked",
        lambda w: {"answer": an_answer(w), "answers": {}, "reason": ""}),
    Row(follow_up.report_adverse_event, {PHYSIATRIST, SURGEON, NURSE}, "a clinical judgement",
        lambda w: {"course": w.ready, "event": an_event(w), "verbatim": "soreness", "outcome": "RECOVERING"}),
    Row(follow_up.record_intervention, CARERS, "who hears of it",
        lambda w: {"course": w.ready, "kind": "OTHER", "happened_at": w.at}),
    Row(follow_up.decide_another_treatment, DOCTORS, "a doctor decides",
        lambda w: {"course": w.ready, "treatment_number": 2}),
    Row(registry.extract_registry, {ANALYST, QUALITY}, "who counts",
        lambda w: {"site": w.house.clinic.site}),
]  # fmt: skip


def may(row: Row, by: User, world: World) -> bool:
    """Whether the action's own rules are reached; what they say then is another matter."""
    values = row.values(world)
    entries = Entry.objects.count()
    try:
        with transaction.atomic():
            row.action(**values, by=by, at=world.house.later())
    except NotAuthorized:
        assert Entry.objects.count() == entries
        return False
    except Refused:
        return True
    return True


@pytest.fixture(scope="module")
def one_of_each(_made_world: World) -> dict[Role, User]:
    """A person with one role only, for every role."""
    house = _made_world.house
    return {
        role: add_person(
            site=house.clinic.site,
            person=NewPerson(f"only-{role.lower()}", f"Only {role.title()}"),
            roles=[role],
            by=house.clinic.administrator,
            at=house.now,
        )
        for role in Role
    }


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.lower())
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.action.__name__}: {row.why}")
def test_an_action_is_open_to_these_roles_and_no_other(
    world: World, one_of_each: dict[Role, User], row: Row, role: Role
) -> None:
    assert may(row, one_of_each[role], world) == (role in row.allowed)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.action.__name__)
def test_somebody_of_another_site_may_do_nothing_here(world: World, row: Row) -> None:
    _, administrator = open_site(
        name="Elsewhere",
        facility_number="A9998",
        time_zone="UTC",
        address="",
        administrator=NewPerson("elsewhere", "Eve Elsewhere"),
        by="tests",
        at=world.house.now,
    )
    everything = add_person(
        site=administrator.role_assignments.get().site,
        person=NewPerson("all-elsewhere", "All Elsewhere"),
        roles=list(Role),
        by=administrator,
        at=world.house.now,
    )
    assert not may(row, everything, world)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.action.__name__)
def test_a_closed_account_may_do_nothing(world: World, one_of_each: dict[Role, User], row: Row) -> None:
    by = User.objects.get(pk=one_of_each[sorted(row.allowed)[0]].pk)
    with transaction.atomic():
        assert may(row, by, copy.deepcopy(world))
        transaction.set_rollback(True)
    by.is_active = False
    assert not may(row, by, world)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.action.__name__)
def test_a_role_that_was_taken_away_opens_nothing(world: World, row: Row) -> None:
    by = add_person(
        site=world.house.clinic.site,
        person=NewPerson("former", "Former Colleague"),
        roles=list(Role),
        by=world.house.clinic.administrator,
        at=world.house.now,
    )
    by.role_assignments.update(active_to=world.house.now + timedelta(seconds=1))
    assert not may(row, by, world)


def _modules_below(package: ModuleType) -> list[ModuleType]:
    """The modules of a step whose actions are a folder."""
    names = [one.name for one in pkgutil.iter_modules(getattr(package, "__path__", []))]
    return [import_module(f"{package.__name__}.{name}") for name in names]


def test_every_action_stands_in_the_table() -> None:
    steps = (
        "ledger", "clinic", "patients", "candidacy", "courses", "planning", "custody", "collection",
        "processing", "release", "injection", "follow_up", "registry",
    )  # fmt: skip
    there = {
        name
        for step in steps
        for package in [import_module(f"stroma.{step}.actions")]
        for module in [package, *_modules_below(package)]
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if in_action(function) and function.__module__.startswith(module.__name__)
    }
    assert sorted(there) == sorted(
        {row.action.__name__ for row in ROWS} | NOBODY_ASKED.keys() | ONLY_THEIR_OWN.keys()
    )
