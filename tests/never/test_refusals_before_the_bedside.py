"""Every reason at once, and nothing written: collecting, processing, releasing, consenting, merging, closing."""

from dataclasses import replace
from decimal import Decimal
from functools import partial

from stroma.candidacy.actions import NotDecidable, decide_candidacy
from stroma.clinic.actions import NewPerson, NotSignable, add_person
from stroma.clinic.actions.competence import record_training
from stroma.clinic.credentials import Password, Simulated
from stroma.clinic.domain.competence import Skill
from stroma.clinic.domain.roles import Role
from stroma.collection.actions import NotCollectable, collect_tissue
from stroma.courses.actions import (
    CourseEnded,
    NotOpenable,
    complete_course,
    open_course,
    withdraw_from_course,
)
from stroma.custody.actions import (
    NotEligible,
    NotLabeled,
    apply_label,
    decide_disposition,
    destroy_label,
    determine_eligibility,
    discard,
    print_label,
    record_donor_test,
    register_donor,
    report_label_missing,
    screen_donor,
)
from stroma.custody.containers import NotPossible
from stroma.custody.models import Donor, Label, Material
from stroma.patients.actions import (
    LikelyDuplicate,
    NotConsented,
    NotMergeable,
    Place,
    give_consent,
    merge_patients,
    register_patient,
    withdraw_consent,
)
from stroma.patients.models import Patient
from stroma.processing.actions import NewContainer, StepRefused, close_batch, do_step
from stroma.processing.models import Batch
from stroma.protocols.domain.spine import Side, Target
from stroma.release.actions import NotReleasable, record_result, release_lot, sign_certificate
from tests.never.house import intake
from tests.never.refusals import codes_of, stop_the_course
from tests.never.world import World


def test_a_release_that_nobody_signed(world: World) -> None:
    act = partial(release_lot, lot=world.tested_lot, by=world.house.person("quality"), at=world.at)
    assert codes_of(NotReleasable, act) == ["signature_missing", "signature_missing"]


def test_a_release_for_everything_wrong_at_once(world: World) -> None:
    lot, house = world.tested_lot, world.house
    withdraw_from_course(course=world.tested, reason="", by=house.person("nurse"), at=house.later())
    Label.objects.filter(material=house.dose_of(lot)).update(state=Label.State.DESTROYED)
    record_result(
        lot=lot, code="appearance", text="fail", method="eye", by=house.person("quality"), at=house.later()
    )
    expires_at = house.dose_of(lot).expires_at
    assert expires_at is not None
    act = partial(release_lot, lot=lot, by=house.person("quality"), at=expires_at)
    assert codes_of(NotReleasable, act) == [
        "appearance_failed",
        "investigation_open",
        "lot_expired",
        "consent_withdrawn",
        "course_stopped",
        "label_not_applied",
        "signature_missing",
        "signature_missing",
    ]


def sign_as(world: World, part: str, role: Role) -> None:
    sign_certificate(
        lot=world.tested_lot,
        role=role,
        credential=Simulated(),
        by=world.house.person(part),
        at=world.house.later(1),
    )


def test_a_signature_is_void_once_the_certificate_has_changed(world: World) -> None:
    house = world.house
    sign_as(world, "physiatrist", Role.PHYSIATRIST)
    sign_as(world, "quality", Role.QUALITY)
    record_result(
        lot=world.tested_lot,
        code="identity_chain",
        text="pass",
        method="a second look",
        by=house.person("quality"),
        at=house.later(1),
    )
    act = partial(release_lot, lot=world.tested_lot, by=house.person("quality"), at=world.at)
    assert codes_of(NotReleasable, act) == [
        "signed_document_changed",
        "signed_document_changed",
        "signature_missing",
        "signature_missing",
    ]


def test_one_person_with_both_roles_does_not_sign_twice(world: World) -> None:
    house = world.house
    both = add_person(
        site=house.clinic.site,
        person=NewPerson("both", "Bo Both"),
        roles=[Role.PHYSIATRIST, Role.QUALITY],
        by=house.clinic.administrator,
        at=house.later(1),
    )
    record_training(
        site=house.clinic.site,
        person=both,
        skill=Skill.RELEASE,
        procedure="SOP-1",
        trained_by="A trainer",
        trained_at=house.later(1),
        valid_until=None,
        by=house.clinic.administrator,
        at=house.later(1),
    )
    sign = {"lot": world.tested_lot, "credential": Simulated(), "by": both}
    sign_certificate(role=Role.PHYSIATRIST, at=house.later(1), **sign)
    act = partial(sign_certificate, role=Role.QUALITY, at=house.later(1), **sign)
    assert codes_of(NotReleasable, act) == ["signed_already"]


def test_a_login_session_is_no_signature(world: World) -> None:
    by = world.house.person("quality")  # signed in, and without a password that anybody could type
    act = partial(
        sign_certificate, lot=world.tested_lot, role=Role.QUALITY, credential=Password(""), by=by, at=world.at
    )
    assert codes_of(NotSignable, act) == ["credential_wrong"]


def test_a_donor_about_whom_nothing_is_known(world: World) -> None:
    house = world.house
    donor = register_donor(
        site=house.clinic.site,
        relation=Donor.Relation.ALLOGENEIC,
        patient=None,
        by=house.person("nurse"),
        at=house.later(),
    )
    determine = partial(
        determine_eligibility,
        donor=donor,
        credential=Simulated(),
        by=house.person("physiatrist"),
        at=world.at,
    )
    assert codes_of(NotEligible, determine) == ["donor_not_screened", "donor_tests_missing"]
    screen_donor(donor=donor, has_risk=True, by=house.person("nurse"), at=house.later())
    record_donor_test(
        donor=donor,
        agent="HCV",
        method="NAT",
        result="REACTIVE",
        sampled_at=house.now,
        by=house.person("nurse"),
        at=house.later(),
    )
    assert codes_of(NotEligible, determine) == ["donor_has_risk", "donor_tests_missing", "donor_reactive"]


def test_a_collection_with_everything_wrong(world: World) -> None:
    stop_the_course(world)
    donor = Donor.objects.create(
        site=world.house.clinic.site, relation=Donor.Relation.AUTOLOGOUS, patient=world.twin
    )
    world.ready.refresh_from_db()
    act = partial(
        collect_tissue,
        donor=donor,
        protocol=world.ready.protocol,
        course=world.ready,
        amount=Decimal(100_000),
        place=world.house.clinic.place("PROC-1"),
        by=world.house.person("physiatrist"),
        at=world.at,
    )
    assert codes_of(NotCollectable, act) == [
        "amount_out_of_range",
        "course_not_open",
        "consent_missing",
        "cells_of_somebody_else",
    ]


def test_a_step_after_the_last(world: World) -> None:
    batch = Batch.objects.get(lot=world.ready_lot)
    lab = world.house.clinic.place("LAB-1")
    by = world.house.person("technologist")
    act = partial(
        do_step,
        batch=batch,
        code="fill",
        material=world.recipient_dose,
        makes=[NewContainer(Material.Kind.DOSE, Decimal(50), lab)],
        by=by,
        at=world.at,
    )
    assert codes_of(StepRefused, act) == [
        "step_already_done",
        "material_not_here",
        "container_of_another_lot",
        "container_holds_less",
        "equipment_missing",
        "step_late",
    ]
    assert codes_of(StepRefused, lambda: close_batch(batch=batch, by=by, at=world.at)) == ["batch_closed"]


def test_a_merge_with_everything_wrong(world: World) -> None:
    by = world.house.person("coordinator")
    act = partial(merge_patients, duplicate=world.twin, survivor=world.twin, reason=" ", by=by, at=world.at)
    assert codes_of(NotMergeable, act) == ["merge_with_itself", "reason_missing"]
    merge_patients(
        duplicate=world.twin, survivor=world.ready.patient, reason="one", by=by, at=world.house.later()
    )
    again = partial(
        merge_patients, duplicate=world.twin, survivor=world.consented.patient, reason="", by=by, at=world.at
    )
    assert codes_of(NotMergeable, again) == ["merged_already", "reason_missing"]


def test_a_person_very_like_another(world: World) -> None:
    known = Patient.objects.get(pk=world.twin.pk)
    act = partial(
        register_patient,
        site=world.house.clinic.site,
        intake=replace(intake("Twin", born=known.birth_date), identifiers=()),
        by=world.house.person("coordinator"),
        at=world.at,
    )
    assert codes_of(LikelyDuplicate, act) == ["likely_duplicate"]


def test_a_consent_with_everything_wrong(world: World) -> None:
    places = [
        Place(Target.FACET_JOINT, level, Side.LEFT) for level in ("L1-L2", "L2-L3", "L3-L4", "L4-L5", "L5-S1")
    ]
    act = partial(
        give_consent,
        patient=world.twin,
        protocol=world.ready.protocol,
        places=places,
        language="en",
        method="PAPER",
        decided_at=world.at,
        by=world.house.person("nurse"),
        at=world.at,
    )
    assert codes_of(NotConsented, act) == [
        "consent_too_early",
        *["place_not_in_protocol"] * 5,
        "too_many_levels",
    ]
    consent = world.ready.consent
    assert consent is not None
    withdraw = partial(
        withdraw_consent, consent=consent, reason="", by=world.house.person("nurse"), at=world.at
    )
    withdraw()
    assert codes_of(NotConsented, withdraw) == ["consent_withdrawn_already"]


def test_a_course_opened_or_decided_twice(world: World) -> None:
    decision, house = world.ready.decision, world.house
    again = partial(open_course, decision=decision, by=house.person("coordinator"), at=world.at)
    assert codes_of(NotOpenable, again) == ["course_open_already"]
    decide = partial(
        decide_candidacy,
        assessment=decision.assessment,
        outcome="CANDIDATE",
        overrides={},
        credential=Simulated(),
        by=house.person("physiatrist"),
        at=world.at,
    )
    assert codes_of(NotDecidable, decide) == ["assessment_decided"]


def test_a_course_closed_with_cells_about(world: World) -> None:
    act = partial(complete_course, course=world.ready, by=world.house.person("coordinator"), at=world.at)
    assert codes_of(CourseEnded, act) == ["cells_left", "nothing_given"]


def test_cells_given_up_or_destroyed_without_a_reason(world: World) -> None:
    by = world.house.person("quality")
    alone = partial(
        discard,
        material=world.ready_dose,
        witness=by,
        credential=Simulated(),
        reason=" ",
        by=by,
        at=world.at,
    )
    assert codes_of(NotPossible, alone) == ["witness_is_the_same_person", "reason_missing"]
    wanted = partial(decide_disposition, lot=world.ready_lot, kind="DISCARD", reason="no", by=by, at=world.at)
    assert codes_of(NotPossible, wanted) == ["lot_still_wanted"]


def test_a_label_applied_twice(world: World) -> None:
    label = Label.objects.get(material=world.ready_dose)
    by = world.house.person("technologist")
    assert codes_of(NotLabeled, lambda: apply_label(label=label, by=by, at=world.at)) == [
        "label_not_fresh",
        "labeled_already",
    ]
    assert codes_of(NotLabeled, lambda: destroy_label(label=label, reason="", by=by, at=world.at)) == [
        "reason_missing"
    ]
    assert codes_of(NotLabeled, lambda: print_label(material=world.ready_dose, by=by, at=world.at)) == [
        "reprint_reason_missing"
    ]
    destroy_label(label=label, reason="smudged", by=by, at=world.at)
    report = partial(report_label_missing, label=label, reason=" ", by=by, at=world.at)
    assert codes_of(NotLabeled, report) == ["label_not_fresh", "reason_missing"]


def test_a_label_while_labels_of_another_lot_lie_at_the_same_place(world: World) -> None:
    by = world.house.person("technologist")
    Material.objects.filter(pk=world.recipient_dose.pk).update(place=world.ready_dose.place)
    world.recipient_dose.refresh_from_db()
    loose = print_label(material=world.recipient_dose, reason="smudged", by=by, at=world.at)
    act = partial(print_label, material=world.ready_dose, reason="smudged", by=by, at=world.at)
    assert codes_of(NotLabeled, act) == ["labels_of_another_lot_lie_here"]
    destroy_label(label=loose, reason="not needed", by=by, at=world.at)
    assert act().state == Label.State.PRINTED


def test_no_two_containers_of_a_donors_bank_share_a_name(world: World) -> None:
    names = list(Material.objects.filter(lot__din=world.bank.din).values_list("division", flat=True))
    assert world.recipient_dose.lot.din == world.bank.din
    assert len(names) == len(set(names))
