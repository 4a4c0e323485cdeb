"""A failed control holds, an investigation keeps a lot back, an exception is asked for; a late positive is ended."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from stroma.clinic.credentials import Simulated
from stroma.clinic.domain.roles import Role
from stroma.custody.models import Lot, Material
from stroma.ledger.wording import sentence
from stroma.protocols.domain.blocker import Refused
from stroma.release.actions import NotReleasable, ResultRefused, record_result, release_lot, sign_certificate
from stroma.release.actions.controls import lift_result_hold, open_control, run_control
from stroma.release.actions.investigations import (
    ask_exception,
    conclude_investigation,
    open_investigation,
    write_step,
)
from stroma.release.actions.late_positives import close_late_positive, do_late_step
from stroma.release.domain.specification import Verdict
from stroma.release.judged import judgements_for
from stroma.release.late_queries import done_of, open_cases, recipients_of, tasks_of
from stroma.release.models import (
    Investigation,
    InvestigationConclusion,
    InvestigationStep,
    LatePositive,
    Release,
    ReleaseException,
    ResultHold,
)
from stroma.release.standing import Waiting
from stroma.simulation.bench import Bench
from stroma.simulation.clinic import open_simulated_clinic
from tests.lots_on_the_way import SAME_DAY, collect, collected, process, release, signed_in
from tests.treated_courses import START, a_clinic, a_course

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
ERROR = InvestigationConclusion.Outcome.LABORATORY_ERROR
CONFIRMED = InvestigationConclusion.Outcome.CONFIRMED
Kind = InvestigationStep.Kind


def brought_to_quarantine(*, viability_percent: float = 95) -> tuple[Bench, Lot, datetime]:
    bench = collected(a_clinic(), viability_percent=viability_percent)
    collect(bench)
    lot = process(bench)
    return bench, lot, timezone.now()


def codes_of(refused: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {blocker.code for blocker in refused.value.blockers}


def sign_both(bench: Bench, lot: Lot, at: datetime) -> None:
    for role, part in ((Role.PHYSIATRIST, "physiatrist"), (Role.QUALITY, "quality")):
        sign_certificate(lot=lot, role=role, credential=Simulated(), by=bench.person(part), at=at)


# --- Controls ---------------------------------------------------------------------------------------------------------


def test_a_failed_control_holds_what_it_covers_until_a_run_passes() -> None:
    bench, lot, at = brought_to_quarantine()
    quality = bench.person("quality")
    values = {"name": "Bio-ball", "lot_number": "7", "codes": ["appearance"], "by": quality}
    control = open_control(site=lot.site, **values, target=Decimal(10), sd=Decimal(1), at=at)
    assert run_control(material=control, value=Decimal("13.5"), by=quality, at=at).verdict == "FAILED"
    [hold] = ResultHold.objects.all()
    assert (hold.result.code, hold.result.lot_id) == ("appearance", lot.pk)
    with pytest.raises(NotReleasable) as refused:
        sign_certificate(lot=lot, role=Role.QUALITY, credential=Simulated(), by=quality, at=at + MINUTE)
    assert codes_of(refused) == {"appearance_held", "appearance_pending"}

    late = record_result(lot=lot, code="appearance", text="pass", method="eye", by=quality, at=at + MINUTE)
    assert late.holds.count() == 1

    run_control(material=control, value=Decimal("10.2"), by=quality, at=at + 2 * MINUTE)
    assert ResultHold.objects.filter(lift=None).count() == 0
    sign_both(bench, lot, at + 3 * MINUTE)
    assert release_lot(lot=lot, by=quality, at=at + 4 * MINUTE).kind in {"FULL", "CONDITIONAL"}


def test_a_released_lot_is_called_back_before_its_result_is_held() -> None:
    bench = collected(a_clinic())
    collect(bench)
    process(bench)
    lot = release(bench)
    quality, at = bench.person("quality"), timezone.now()
    values = {"name": "Bio-ball", "lot_number": "7", "codes": ["appearance"], "by": quality}
    control = open_control(site=lot.site, **values, target=Decimal(10), sd=Decimal(1), at=at)
    run_control(material=control, value=Decimal(20), by=quality, at=at)
    lot.refresh_from_db()
    assert (lot.state, ResultHold.objects.count()) == ("QUARANTINE", 1)


def test_quality_lifts_a_hold_only_with_a_reason_and_once() -> None:
    bench, lot, at = brought_to_quarantine()
    quality = bench.person("quality")
    control = open_control(
        site=lot.site, name="Bio-ball", lot_number="7", codes=["appearance"], target=Decimal(10), sd=Decimal(1),
        by=quality, at=at,
    )  # fmt: skip
    run_control(material=control, value=Decimal(20), by=quality, at=at)
    hold = ResultHold.objects.get()
    with pytest.raises(Refused) as refused:
        lift_result_hold(hold=hold, reason=" ", by=quality, at=at)
    assert codes_of(refused) == {"reason_missing"}
    lift_result_hold(hold=hold, reason="the control had dried out", by=quality, at=at)
    with pytest.raises(Refused) as refused:
        lift_result_hold(hold=hold, reason="again", by=quality, at=at)
    assert codes_of(refused) == {"result_hold_lifted_already"}


def test_nothing_is_judged_while_a_target_is_learned_and_then_everything_is() -> None:
    bench, lot, at = brought_to_quarantine()
    quality = bench.person("quality")
    control = open_control(
        site=lot.site,
        name="Pool",
        lot_number="1",
        codes=["appearance"],
        learn_from=10,
        by=quality,
        at=at,
    )
    for number in range(10):
        value = Decimal(10) + Decimal(number % 3)
        run = run_control(material=control, value=value, by=quality, at=at + number * MINUTE)
        assert run.verdict == "LEARNING"
    assert (
        run_control(material=control, value=Decimal(40), by=quality, at=at + 11 * MINUTE).verdict == "FAILED"
    )
    with pytest.raises(Refused) as refused:
        run_control(material=control, value=Decimal(11), by=quality, at=at)
    assert codes_of(refused) == {"control_run_out_of_order"}


# --- Out of specification ---------------------------------------------------------------------------------------------


def test_a_failing_result_is_investigated_and_not_tested_into_compliance() -> None:
    bench, lot, at = brought_to_quarantine()
    quality = bench.person("quality")
    values = {"lot": lot, "code": "appearance", "method": "eye", "by": quality}
    failed = record_result(**values, text="fail", at=at)
    opened = Investigation.objects.get(lot=lot)
    assert opened.result == failed
    with pytest.raises(ResultRefused) as refused:
        record_result(**values, text="pass", at=at)
    assert codes_of(refused) == {"retest_not_planned"}
    for kind, codes in (
        (Kind.RETEST_PLAN, {"retest_needs_a_hypothesis"}),
        (Kind.HYPOTHESIS, None),
        (Kind.RETEST_PLAN, None),
    ):
        if codes:
            with pytest.raises(Refused) as refused:
                write_step(investigation=opened, kind=kind, words="a fiber", by=quality, at=at)
            assert codes_of(refused) == codes
        else:
            write_step(investigation=opened, kind=kind, words="a fiber", by=quality, at=at)
    record_result(**values, text="pass", at=at + MINUTE)
    [line] = [one for one in judgements_for(lot) if one.limit.code == "appearance"]
    assert line.verdict is Verdict.NOT_MET
    end = {"investigation": opened, "by": quality, "at": at + MINUTE}
    for outcome, codes in (
        (ERROR, {"laboratory_error_without_finding"}),
        (CONFIRMED, {"full_investigation_missing"}),
    ):
        with pytest.raises(Refused) as refused:
            conclude_investigation(**end, outcome=outcome, words="found")
        assert codes_of(refused) == codes
    write_step(investigation=opened, kind=Kind.FINDING, words="the lens was dirty", by=quality, at=at)
    conclude_investigation(**end, outcome=ERROR, words="dirty lens, see photo")
    [line] = [one for one in judgements_for(lot) if one.limit.code == "appearance"]
    assert (line.verdict, [one.text for one in line.superseded]) == (Verdict.MET, ["fail"])
    sign_both(bench, lot, at + 2 * MINUTE)
    assert release_lot(lot=lot, by=quality, at=at + 3 * MINUTE)


def test_a_confirmed_failure_is_settled() -> None:
    bench, lot, at = brought_to_quarantine()
    quality = bench.person("quality")
    values = {"lot": lot, "code": "appearance", "method": "eye", "by": quality}
    record_result(**values, text="fail", at=at)
    opened = Investigation.objects.get(lot=lot)
    for kind in (Kind.HYPOTHESIS, Kind.FULL):
        write_step(investigation=opened, kind=kind, words="the bag", by=quality, at=at)
    conclude_investigation(investigation=opened, outcome=CONFIRMED, words="it leaks", by=quality, at=at)
    with pytest.raises(ResultRefused) as refused:
        record_result(**values, text="pass", at=at)
    assert codes_of(refused) == {"result_is_settled"}


def test_an_exception_is_signed_with_the_certificate_and_needs_all_of_it() -> None:
    bench, lot, at = brought_to_quarantine(viability_percent=60)
    quality, physician = bench.person("quality"), bench.person("physiatrist")
    failed = [one.limit.code for one in judgements_for(lot) if one.verdict is Verdict.NOT_MET]
    assert failed == ["viability"]
    with pytest.raises(NotReleasable) as refused:
        sign_both(bench, lot, at)
    assert codes_of(refused) == {"viability_below_limit", "investigation_missing"}
    opened = open_investigation(lot=lot, code="viability", by=quality, at=at)
    for kind in (Kind.HYPOTHESIS, Kind.FULL):
        write_step(investigation=opened, kind=kind, words="a long way", by=quality, at=at)
    conclude_investigation(investigation=opened, outcome=CONFIRMED, words="it was warm", by=quality, at=at)
    with pytest.raises(NotReleasable) as refused:
        sign_both(bench, lot, at)
    assert codes_of(refused) == {"viability_below_limit"}
    ask_exception(
        lot=lot,
        codes=["viability_below_limit"],
        reason="the only cells there are",
        means=ReleaseException.Means.PHONE,
        by=physician,
        at=at,
    )
    sign_both(bench, lot, at + MINUTE)
    done = release_lot(lot=lot, by=quality, at=at + 2 * MINUTE)
    assert done.kind == "EXCEPTION"
    assert "the only cells there are" in done.certificate


def test_an_exception_asked_after_the_signatures_voids_them() -> None:
    bench, lot, at = brought_to_quarantine()
    sign_both(bench, lot, at)
    ask_exception(
        lot=lot, codes=["x"], reason="why not", means=ReleaseException.Means.PHONE,
        by=bench.person("physiatrist"), at=at,
    )  # fmt: skip
    with pytest.raises(NotReleasable) as refused:
        release_lot(lot=lot, by=bench.person("quality"), at=at + MINUTE)
    assert "signed_document_changed" in codes_of(refused)


# --- A late positive --------------------------------------------------------------------------------------------------


def test_a_late_positive_stays_on_qualitys_home_until_everything_is_done() -> None:
    bench = collected(a_clinic())
    collect(bench)
    process(bench)
    lot = release(bench)
    Material.objects.filter(lot=lot, kind="DOSE").update(state="ADMINISTERED", remaining=0)
    quality, at = bench.person("quality"), timezone.now()
    record_result(lot=lot, code="sterility_final", text="growth", method="culture", by=quality, at=at)
    case = LatePositive.objects.get(lot=lot)
    page = signed_in(quality)
    assert [row.case for row in page.get("/release/").context["cases"].rows] == [case]
    assert [
        row.case for row in signed_in(bench.person("physiatrist")).get("/physiatrist/").context["cases"].rows
    ] == [case]
    assert lot.course is not None
    wanted = {(task.code, task.recipient) for task in tasks_of(case)}
    assert ("call_patient", lot.course.number) in wanted
    call = f"/release/late/{case.pk}/call_patient/{lot.course.number}/"
    phone = lot.course.patient.contacts.create(kind="phone", value="+1 202 555 0117").value
    for address in (f"/release/late/{case.pk}/", call):
        assert f'href="tel:{phone}"' in page.get(address).content.decode()
    drafted = page.get(call).context["form"].initial["words"]
    assert lot.course.patient.family_name in drafted
    edited = f"{drafted} She is well."
    assert page.post(call, {"words": edited}).status_code == 302
    assert case.steps.get().words == edited
    with pytest.raises(Refused) as refused:
        close_late_positive(case=case, words="over", by=quality, at=at)
    assert codes_of(refused) == {"late_positive_task_open"}
    assert len(refused.value.blockers) == len(wanted) - 1
    assert "Still to do: Secure every container that was not given " in map(sentence, refused.value.blockers)
    for code, recipient in sorted(wanted - done_of(case)):
        course = lot.course if recipient else None
        do_late_step(case=case, code=code, course=course, words="done", by=quality, at=at)
    later = at + timedelta(days=1)
    assert [row.left for row in open_cases(lot.site, at=later).rows] == [[]]
    assert page.post(f"/release/late/{case.pk}/close/", {"words": "nobody fell ill"}).status_code == 302
    assert page.get("/release/").context["cases"].rows == []


def test_a_late_positive_calls_its_own_patient_and_nobody_of_the_same_number_elsewhere() -> None:
    bench = collected(a_clinic())
    collect(bench)
    process(bench)
    lot = release(bench)
    assert lot.course is not None
    another = open_simulated_clinic(name="Another clinic", protocols=[], at=START - timedelta(days=1))
    elsewhere = a_course(another, SAME_DAY, at=START)
    assert elsewhere.number == lot.course.number
    Material.objects.filter(lot=lot, kind="DOSE").update(state="ADMINISTERED", remaining=0)
    quality, at = bench.person("quality"), timezone.now()
    record_result(lot=lot, code="sterility_final", text="growth", method="culture", by=quality, at=at)
    case = LatePositive.objects.get(lot=lot)
    assert recipients_of(case) == [lot.course]
    shown = signed_in(quality).get(f"/release/late/{case.pk}/").content.decode()
    assert lot.course.patient.family_name in shown
    with pytest.raises(Refused) as refused:
        do_late_step(case=case, code="call_patient", course=elsewhere, words="called", by=quality, at=at)
    assert codes_of(refused) == {"late_step_not_asked"}


def test_a_final_result_that_was_an_error_of_the_laboratory_is_awaited_again() -> None:
    bench = collected(a_clinic())
    collect(bench)
    process(bench)
    lot = release(bench)
    quality, at = bench.person("quality"), timezone.now()
    page = signed_in(quality)
    assert [row["row"].lot for row in page.get("/release/").context["due"]] == [lot]
    record_result(lot=lot, code="sterility_final", text="growth", method="culture", by=quality, at=at)
    found = Investigation.objects.get(lot=lot, code="sterility_final")
    for kind, words in ((Kind.HYPOTHESIS, "the bottle leaked"), (Kind.FINDING, "its cap was cracked")):
        write_step(investigation=found, kind=kind, words=words, by=quality, at=at)
    lot.refresh_from_db()
    assert [row.code for row in in_quarantine(page, lot).exceptions] == ["sterility_final_detected"]
    conclude_investigation(investigation=found, outcome=ERROR, words="the cap", by=quality, at=at)

    row = in_quarantine(page, lot)
    assert (row.exceptions, [one.limit.code for one in row.pending]) == ([], ["sterility_final"])
    with pytest.raises(NotReleasable) as refused:
        sign_certificate(lot=lot, role=Role.QUALITY, credential=Simulated(), by=quality, at=at)
    assert codes_of(refused) == {"sterility_final_pending"}

    later = at + MINUTE
    record_result(lot=lot, code="sterility_final", text="no growth", method="culture", by=quality, at=later)
    assert in_quarantine(page, lot).is_ready
    sign_both(bench, lot, later)
    again = release_lot(lot=lot, by=quality, at=later + MINUTE)
    assert again.kind == Release.Kind.FULL
    assert page.get("/release/").context["due"] == []


def in_quarantine(page: Client, lot: Lot) -> Waiting:
    """The lot's row on quality's home."""
    rows: list[Waiting] = [one["row"] for one in page.get("/release/").context["waiting"]]
    [row] = [one for one in rows if one.lot == lot]
    return row


def test_a_lot_that_nobody_was_given_calls_nobody() -> None:
    bench = collected(a_clinic())
    collect(bench)
    process(bench)
    lot = release(bench)
    quality, at = bench.person("quality"), timezone.now()
    record_result(lot=lot, code="sterility_final", text="growth", method="culture", by=quality, at=at)
    assert {task.recipient for task in tasks_of(LatePositive.objects.get(lot=lot))} == {""}


# --- The certificate --------------------------------------------------------------------------------------------------


def test_the_printed_digest_leads_to_whether_the_certificate_still_holds() -> None:
    bench = collected(a_clinic())
    collect(bench)
    process(bench)
    lot = release(bench)
    quality = bench.person("quality")
    page = signed_in(quality)
    shown = Release.objects.get(lot=lot).certificate_digest
    pdf = page.get(f"/release/lots/{lot.pk}/certificate/pdf/")
    assert (pdf["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    assert page.get(f"/release/verify/{shown}/").context["standing"] == "current"
    assert page.get(f"/release/verify/{'0' * 64}/").context["standing"] == "unknown"
    record_result(
        lot=lot, code="sterility_final", text="growth", method="culture", by=quality, at=timezone.now()
    )
    assert page.get(f"/release/verify/{shown}/").context["standing"] == "past"


# --- The database -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kept_back", ["hold", "held count", "investigation", "exception"])
def test_the_database_refuses_a_release_that_no_rule_looked_at(kept_back: str) -> None:
    bench, lot, at = brought_to_quarantine()
    quality = bench.person("quality")
    sign_both(bench, lot, at)
    from stroma.clinic.models import Signature

    signed = {s.role: s for s in Signature.objects.filter(document_kind="certificate", document_id=lot.pk)}
    kind = Release.Kind.EXCEPTION if kept_back == "exception" else Release.Kind.FULL
    if kept_back in {"hold", "held count"}:
        code = "appearance" if kept_back == "hold" else "viability"
        control = open_control(
            site=lot.site, name="c", lot_number="1", codes=[code], target=Decimal(10), sd=Decimal(1),
            by=quality, at=at,
        )  # fmt: skip
        run_control(material=control, value=Decimal(20), by=quality, at=at)
    elif kept_back == "investigation":
        Investigation.objects.create(lot=lot, code="viability", opened_by=quality, opened_at=at)
    with pytest.raises(IntegrityError), transaction.atomic():
        Release.objects.create(
            lot=lot,
            kind=kind,
            certificate="",
            certificate_digest=signed["QUALITY"].document_digest,
            physician=signed["PHYSIATRIST"].signer,
            quality=signed["QUALITY"].signer,
            physician_signature=signed["PHYSIATRIST"],
            quality_signature=signed["QUALITY"],
            released_at=at + MINUTE,
        )
