"""What the review of a batch record left open is accepted by quality with a reason before anybody signs for the lot."""

import pytest
from django.test import Client
from django.utils import timezone

from stroma.clinic.authority import NotAuthorized
from stroma.clinic.credentials import Simulated
from stroma.clinic.domain.roles import Role
from stroma.processing.actions import NotAccepted, accept_findings, recall_reagent
from stroma.processing.domain.review import Finding, Review, acceptance_blockers
from stroma.processing.models import Batch, FindingAcceptance, ReagentLot
from stroma.processing.record_queries import review_of
from stroma.protocols.domain.blocker import Blocker, Weight
from stroma.release.actions import NotReleasable, release_lot, sign_certificate
from stroma.release.queries import certificate_of
from stroma.release.review_written import UNEXPLAINED
from stroma.simulation.bench import Bench
from tests.lots_on_the_way import collect, collected, process, release, signed_in
from tests.treated_courses import a_clinic


@pytest.fixture
def made(db: None) -> Bench:
    """A lot with every result."""
    bench = collected(a_clinic())
    collect(bench)
    process(bench)
    return bench


@pytest.fixture
def bench(made: Bench) -> Bench:
    """The same with a reagent that was recalled after its use."""
    recall(made)
    return made


def recall(bench: Bench) -> None:
    recall_reagent(
        reagent=ReagentLot.objects.get(kind="wash_solution"),
        reason="the maker wrote",
        quarantines=False,
        by=bench.person("quality"),
        at=timezone.now(),
    )


def record_of(bench: Bench) -> Batch:
    return Batch.objects.get(lot=bench.lot)


def sign(bench: Bench, role: Role, part: str) -> None:
    assert bench.lot is not None
    sign_certificate(
        lot=bench.lot, role=role, credential=Simulated(), by=bench.person(part), at=timezone.now()
    )


def accept(bench: Bench, reason: str = "the maker withdrew another pack size") -> list[FindingAcceptance]:
    reasons = {one.key: reason for one in review_of(record_of(bench)).waiting}
    return accept_findings(
        batch=record_of(bench), reasons=reasons, by=bench.person("quality"), at=timezone.now()
    )


def test_nobody_signs_before_every_finding_is_accepted(bench: Bench) -> None:
    with pytest.raises(NotReleasable) as refused:
        sign(bench, Role.PHYSIATRIST, "physiatrist")
    assert [one.code for one in refused.value.blockers] == ["findings_open", "reagent_recalled_since"]
    assert refused.value.blockers[0].values == {"findings": 1}
    accept(bench)
    sign(bench, Role.PHYSIATRIST, "physiatrist")
    sign(bench, Role.QUALITY, "quality")
    assert bench.lot is not None
    assert release_lot(lot=bench.lot, by=bench.person("quality"), at=timezone.now()).kind == "CONDITIONAL"


def test_an_acceptance_is_part_of_what_is_signed_and_says_who_and_why(bench: Bench) -> None:
    assert bench.lot is not None
    before = certificate_of(bench.lot)
    [accepted] = accept(bench)
    after = certificate_of(bench.lot)
    assert UNEXPLAINED in before
    assert UNEXPLAINED not in after
    assert accepted.reason in after
    assert bench.person("quality").name in after
    page = signed_in(bench.person("physiatrist")).get(f"/release/lots/{bench.lot.pk}/certificate/")
    assert f"{accepted.reason} ({bench.person('quality').name}" in page.content.decode()


@pytest.mark.parametrize("part", ["technologist", "physiatrist", "nurse"])
def test_only_quality_accepts(bench: Bench, part: str) -> None:
    [finding] = review_of(record_of(bench)).waiting
    with pytest.raises(NotAuthorized):
        accept_findings(
            batch=record_of(bench), reasons={finding.key: "fine"}, by=bench.person(part), at=timezone.now()
        )


def test_a_finding_that_is_not_there_is_not_accepted_and_nothing_else_is(bench: Bench) -> None:
    [finding] = review_of(record_of(bench)).waiting
    with pytest.raises(NotAccepted) as refused:
        accept_findings(
            batch=record_of(bench),
            reasons={finding.key: "fine", "0" * 64: "fine"},
            by=bench.person("quality"),
            at=timezone.now(),
        )
    assert [one.code for one in refused.value.blockers] == ["finding_is_gone"]
    assert FindingAcceptance.objects.count() == 0


def a_finding(code: str, weight: Weight = Weight.HARD, *, mean: float = 1.0) -> Finding:
    return Finding("fill", "Fill", Blocker(code, {"value": "7", "mean": mean}, "test", weight))


@pytest.mark.parametrize(
    ("finding", "reason", "codes"),
    [
        (a_finding("value_drifts"), "known", []),
        (a_finding("value_drifts"), " ", ["reason_missing"]),
        (a_finding("value_was_corrected", Weight.CAUTION), "known", ["finding_is_explained"]),
        (a_finding("step_not_done"), "known", ["step_not_done"]),
        (a_finding("step_count_missing"), "known", ["step_count_missing"]),
    ],
)
def test_what_is_explained_is_not_accepted_again_and_what_is_missing_is_done(
    finding: Finding, reason: str, codes: list[str]
) -> None:
    found = Review([finding], 1, 1, 0, 0)
    assert [one.code for one in acceptance_blockers(found, {finding.key: reason})] == codes
    assert [one.code for one in acceptance_blockers(found, {})] == ["no_finding_named"]


def test_an_acceptance_outlives_a_correction_of_an_earlier_lot() -> None:
    assert a_finding("value_drifts").key == a_finding("value_drifts", mean=2.0).key
    assert a_finding("value_drifts").key != a_finding("value_missing").key


# --- The pages -------------------------------------------------------------------------------------------


def fields_on(client: Client, address: str) -> list[str]:
    text = client.get(address).content.decode()
    return [part.split('"')[0] for part in text.split('name="reason-')[1:]]


def test_the_certificates_page_lists_what_is_open_first_and_takes_the_reasons(bench: Bench) -> None:
    assert bench.lot is not None
    quality = signed_in(bench.person("quality"))
    address, batch = f"/release/lots/{bench.lot.pk}/certificate/", record_of(bench)
    [finding] = review_of(batch).waiting
    assert fields_on(quality, address) == [finding.key]
    text = quality.get(address).content.decode()
    assert text.index("to be accepted before anybody signs") < text.index("Results beside the specification")
    home = quality.get("/release/").content.decode()
    assert "1 finding to accept" in home
    act = f"/processing/batches/{batch.pk}/findings/"
    empty = quality.post(act, {f"reason-{finding.key}": " ", "back": "certificate"})
    assert (empty.status_code, FindingAcceptance.objects.count()) == (422, 0)
    done = quality.post(act, {f"reason-{finding.key}": "another pack size", "back": "certificate"})
    assert (done.status_code, done.headers["Location"]) == (302, address)
    assert fields_on(quality, address) == []
    assert "1 finding to accept" not in quality.get("/release/").content.decode()


def test_whoever_else_reads_it_is_told_that_quality_accepts(bench: Bench) -> None:
    assert bench.lot is not None
    physiatrist = signed_in(bench.person("physiatrist"))
    address = f"/release/lots/{bench.lot.pk}/certificate/"
    assert fields_on(physiatrist, address) == []
    assert "Quality accepts each with a reason" in physiatrist.get(address).content.decode()


@pytest.mark.parametrize("page", ["lot_page", "batch_record", "same_day", "https://elsewhere.example/"])
def test_after_accepting_one_goes_on_where_one_was(bench: Bench, page: str) -> None:
    assert bench.lot is not None
    batch = record_of(bench)
    addresses = {
        "lot_page": f"/release/lots/{bench.lot.pk}/",
        "batch_record": f"/processing/batches/{batch.pk}/record/",
        "same_day": f"/processing/batches/{batch.pk}/same-day/",
    }
    quality = signed_in(bench.person("quality"))
    [finding] = review_of(batch).waiting
    if page in addresses:
        assert fields_on(quality, addresses[page]) == [finding.key]
    sent = {f"reason-{finding.key}": "another pack size", "back": page}
    done = quality.post(f"/processing/batches/{batch.pk}/findings/", sent)
    assert done.headers["Location"] == addresses.get(page, addresses["batch_record"])


def test_a_released_lot_asks_for_no_acceptance(made: Bench) -> None:
    release(made)
    recall(made)
    address = f"/processing/batches/{record_of(made).pk}/record/"
    assert review_of(record_of(made)).waiting
    assert fields_on(signed_in(made.person("quality")), address) == []
