"""The shipped protocols say what the clinical reference says, with its sources, and hold together."""

import os
import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import BaseModel

from stroma.protocols.domain.document import protocol_digest
from stroma.protocols.domain.problem import BadInput
from stroma.protocols.domain.schema import Criterion, Indication, Protocol, Route, Tissue, Visit, Weight
from stroma.protocols.domain.spine import LUMBAR_LEVELS
from stroma.protocols.library import shipped_protocol, shipped_protocols

ROOT = Path(__file__).resolve().parents[2]
REAL_DATA = Path(os.environ.get("STROMA_REAL_DATA", ROOT / "../shared/data"))
CLINICAL = REAL_DATA.parent / "reference" / "clinical.md"

PROTOCOLS = [shipped.protocol for shipped in shipped_protocols()]
CELL_PROTOCOLS = [protocol for protocol in PROTOCOLS if protocol.gives_cells]
OTHERS = [protocol for protocol in PROTOCOLS if not protocol.gives_cells]
every_protocol = pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda protocol: protocol.id)
every_cell_protocol = pytest.mark.parametrize("protocol", CELL_PROTOCOLS, ids=lambda protocol: protocol.id)


@pytest.fixture(scope="module")
def clinical() -> str:
    if not CLINICAL.exists():
        pytest.skip("the clinical reference is not beside this checkout; STROMA_REAL_DATA names its neighbor")
    return CLINICAL.read_text()


def sourced_parts(part: object, place: str) -> Iterator[tuple[str, BaseModel]]:
    """Every part below this one that names a source, with its place."""
    if isinstance(part, BaseModel):
        if not isinstance(part, Protocol) and "source" in type(part).model_fields:
            yield place, part
        for name in type(part).model_fields:
            yield from sourced_parts(getattr(part, name), f"{place}.{name}")
    elif isinstance(part, list):
        for number, item in enumerate(part):
            yield from sourced_parts(item, f"{place}[{number}]")


def test_the_library_holds_the_ten_treatments() -> None:
    assert [
        (protocol.id, protocol.source.value, protocol.donor.value, protocol.route.value)
        for protocol in PROTOCOLS
    ] == [
        ("disc-cord-donor", "umbilical_cord", "allogeneic", "expanded"),
        ("disc-fat-expanded", "adipose", "autologous", "expanded"),
        ("disc-marrow-concentrate", "bone_marrow", "autologous", "same_day"),
        ("disc-marrow-expanded", "bone_marrow", "autologous", "expanded"),
        ("disc-pulp-research", "dental_pulp", "autologous", "expanded"),
        ("facet-marrow-concentrate", "bone_marrow", "autologous", "same_day"),
        ("medication", "none", "none", "medication"),
        ("physical-therapy", "none", "none", "physical_therapy"),
        ("sciatica-marrow-expanded", "bone_marrow", "autologous", "expanded"),
        ("surgery", "none", "none", "surgery"),
    ]


def test_only_dental_pulp_is_research_only_and_only_fat_is_a_series() -> None:
    assert [protocol.id for protocol in PROTOCOLS if protocol.research_only] == ["disc-pulp-research"]
    assert {
        protocol.id: len(protocol.treatment_visits)
        for protocol in CELL_PROTOCOLS
        if protocol.another_treatment.kind == "series"
    } == {"disc-fat-expanded": 2}
    assert shipped_protocol("disc-fat-expanded").protocol.another_treatment.treatments == 2


def test_a_shipped_protocol_comes_with_its_exact_text_and_digest() -> None:
    for shipped in shipped_protocols():
        text = (ROOT / "stroma" / "protocols" / "library" / shipped.file).read_bytes().decode()
        assert (shipped.text, shipped.digest) == (text, protocol_digest(text))
        assert shipped.file == f"{shipped.protocol.id}.toml"


def test_asking_for_a_protocol_that_is_not_shipped_names_those_that_are() -> None:
    with pytest.raises(BadInput) as caught:
        shipped_protocol("../surgery")
    [problem] = caught.value.problems
    assert problem.code == "unknown_protocol"
    assert problem.message.endswith(", ".join(protocol.id for protocol in PROTOCOLS))


@pytest.mark.real_data
@every_protocol
def test_every_source_is_a_key_of_the_clinical_reference_or_general_knowledge(
    protocol: Protocol, clinical: str
) -> None:
    table = clinical.partition("## 8. Sources")[2]
    keys = {key for row in re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE) for key in row.split(" / ")}
    unknown = [
        (place, key)
        for place, part in sourced_parts(protocol, protocol.id)
        for key in part.source.split("; ")  # type: ignore[attr-defined]
        if key not in keys | {"general knowledge"}
    ]
    assert unknown == []


@every_protocol
def test_what_rests_on_general_knowledge_is_an_unconfirmed_default(protocol: Protocol) -> None:
    resting = [
        (place, part)
        for place, part in sourced_parts(protocol, protocol.id)
        if "general knowledge" in part.source  # type: ignore[attr-defined]
    ]
    confirmed = [part for _, part in resting if part.confirmed]  # type: ignore[attr-defined]
    # That a patient is alive is a fact, not a default to be edited.
    assert [getattr(part, "code", "") for part in confirmed] == ["deceased"]


@every_protocol
def test_an_unconfirmed_limit_says_in_a_note_what_is_uncertain(protocol: Protocol) -> None:
    limits = [*protocol.criteria, *protocol.specification]
    assert [limit.code for limit in limits if not limit.confirmed and not limit.note] == []


def rule_rows(clinical: str) -> list[tuple[str, str, str, str]]:
    """Rule, what it applies to, test and severity of the rule table of §3.2."""
    table = clinical.partition("### 3.2")[2].partition("### 3.3")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in re.findall(r"^\|.*\|$", table, re.MULTILINE)
    ]
    return [(row[0], row[1], row[3], row[4]) for row in rows[2:]]


INDICATIONS = {
    "ddd": {Indication.DISCOGENIC_LOW_BACK_PAIN},
    "facet": {Indication.FACET_JOINT_PAIN},
    "sciatica": {Indication.SCIATICA_CONTAINED_HERNIATION},
    "all": set(Indication),
}


def rule_applies(applies_to: str, protocol: Protocol) -> bool:
    if applies_to == "bone_marrow source":
        return protocol.source is Tissue.BONE_MARROW
    return any(protocol.indication in INDICATIONS[word] for word in applies_to.split(", "))


CODES_OF_RULES = {"anticoagulant": "anticoagulant_hold_plan_missing"}
"""Rules whose criterion is named for what is missing; every other criterion has its rule's own name."""

BESIDE_THE_RULES = {
    "deceased",
    "capacity",
    "conservative_care_supervised",
    "pfirrmann_mod_max",
    "instability_angulation",
    "coagulopathy_platelets",
    "bmi_max",
    "motor_deficit",
    "donor_lot",
    "tooth",
}
"""Criteria that split a rule of two limits, or that no rule of the table has."""


@pytest.mark.real_data
@every_cell_protocol
def test_a_cell_protocol_asks_every_rule_that_applies_to_it_and_no_other(
    protocol: Protocol, clinical: str
) -> None:
    rules = [
        CODES_OF_RULES.get(rule, rule)
        for rule, applies, _, _ in rule_rows(clinical)
        if rule_applies(applies, protocol)
    ]
    asked = [criterion.code for criterion in protocol.criteria if criterion.code not in BESIDE_THE_RULES]
    assert sorted(asked) == sorted(rules)


@pytest.mark.real_data
@every_cell_protocol
def test_a_criterion_weighs_as_its_rule_says(protocol: Protocol, clinical: str) -> None:
    weights = {criterion.code: criterion.weight for criterion in protocol.criteria}
    expected = {
        rule: Weight.CAUTION if severity.startswith("caution") else Weight.HARD
        for rule, applies, _, severity in rule_rows(clinical)
        # The first is excluded or a caution by protocol; the second is a caution only with a hold plan.
        if rule_applies(applies, protocol) and rule not in ("prior_surgery", "anticoagulant")
    }
    assert {code: weights[code] for code in expected} == expected
    assert weights["anticoagulant_hold_plan_missing"] == Weight.OVERRIDABLE


PASSING = {"≥": ">=", "≤": "<="}
FAILING = {">": "<=", "<": ">=", "≥": "<", "=": "<"}
"""The test of a criterion, for a rule that states what passes and for one that states what does not."""


@pytest.mark.real_data
@every_cell_protocol
def test_a_limit_is_the_number_that_its_rule_states(protocol: Protocol, clinical: str) -> None:
    criteria = {criterion.code: criterion for criterion in protocol.criteria}
    wrong = []
    for rule, applies, test, severity in rule_rows(clinical):
        stated = re.match(r"([≥≤<>=]) (\d+(?:\.\d+)?)", test)
        if stated is None or not rule_applies(applies, protocol):
            continue
        sign, number = stated[1], float(stated[2])
        # "include" and the maximum age state what passes; the other rules what does not.
        passes = severity == "include" or sign == "≤" or rule in ("disc_height", "levels")
        wanted = PASSING[sign] if passes else FAILING[sign]
        criterion = criteria[rule]
        if (criterion.test, criterion.limit) != (wanted, number):
            wrong.append((rule, criterion.test, criterion.limit, wanted, number))
    assert wrong == []


@every_protocol
def test_every_protocol_asks_for_a_living_adult_who_can_consent(protocol: Protocol) -> None:
    asked = {criterion.code: criterion for criterion in protocol.criteria}

    def said(criterion: Criterion) -> tuple[object, ...]:
        return criterion.variable, criterion.test, criterion.limit, criterion.weight

    assert said(asked["deceased"]) == ("is_deceased", "is_false", None, Weight.HARD)
    assert said(asked["age_min"]) == ("age_years", ">=", 18, Weight.HARD)
    assert said(asked["capacity"]) == ("has_capacity_to_consent", "is_true", None, Weight.OVERRIDABLE)


@every_cell_protocol
def test_a_cell_protocol_is_unapproved_and_its_patient_must_know_it(protocol: Protocol) -> None:
    assert protocol.legal.approved is False
    assert "not approved by the FDA" in protocol.consent.points[0]
    assert [c.weight for c in protocol.criteria if c.variable == "understands_unapproved"] == [Weight.HARD]


@every_cell_protocol
def test_expanded_cells_need_an_authorization(protocol: Protocol) -> None:
    # Culture expansion makes a drug and biologic that needs an IND (21 CFR 312; D.C. Cir. 2014).
    expanded = protocol.route is Route.EXPANDED
    assert (protocol.legal.basis == "US_351_IND", protocol.legal.authorization_required) == (
        expanded,
        expanded,
    )


def test_cells_and_ordinary_treatment_are_followed_in_the_same_way() -> None:
    assert {protocol.follow_up.model_dump_json() for protocol in PROTOCOLS} == {
        PROTOCOLS[0].follow_up.model_dump_json()
    }


@every_protocol
def test_follow_up_windows_do_not_overlap(protocol: Protocol) -> None:
    times = protocol.follow_up.times
    assert [
        (earlier.code, later.code)
        for earlier, later in pairwise(times)
        if earlier.after + earlier.late >= later.after - later.early
    ] == []


@every_protocol
def test_visits_begin_with_screening_and_consent_and_some_visit_gives_treatment(protocol: Protocol) -> None:
    assert [visit.code for visit in protocol.visits[:2]] == ["screening", "consent"]
    assert protocol.treatment_visits != []


@every_cell_protocol
def test_nothing_is_taken_or_thawed_before_the_waiting_time_of_consent_is_over(protocol: Protocol) -> None:
    after_consent = [visit for visit in protocol.visits if visit.after == "consent"]
    assert [
        visit.code for visit in after_consent if (visit.earliest or timedelta(0)) < protocol.consent.waiting
    ] == []


def chain_to(protocol: Protocol, visit: Visit) -> list[Visit]:
    """The visits that lead to this one, itself last."""
    by_code = {each.code: each for each in protocol.visits}
    chain = [visit]
    while chain[0].after is not None:
        chain.insert(0, by_code[chain[0].after])
    return chain


@every_cell_protocol
def test_a_dose_is_released_and_still_fresh_when_it_is_injected(protocol: Protocol) -> None:
    assert protocol.dose is not None
    for injection in protocol.treatment_visits:
        made, release, last = chain_to(protocol, injection)[-3:]
        assert (made.stage, release.stage, last) == ("process", "release", injection)
        # Even with both lags at their longest, and had the dose been formulated as soon as its making began.
        assert (release.latest or timedelta.max) + (
            injection.latest or timedelta.max
        ) <= protocol.dose.shelf_life


@every_protocol
def test_a_visit_begins_when_the_one_it_follows_has_ended(protocol: Protocol) -> None:
    by_code = {visit.code: visit for visit in protocol.visits}
    assert [
        visit.code
        for visit in protocol.visits
        if visit.after is not None and (visit.earliest or timedelta(0)) < by_code[visit.after].duration
    ] == []


@every_protocol
def test_every_visit_names_who_and_where_unless_it_is_a_call(protocol: Protocol) -> None:
    assert [
        visit.code for visit in protocol.visits if not visit.staff or (not visit.rooms and not visit.remote)
    ] == []


@every_cell_protocol
def test_laboratory_work_does_not_ask_the_patient_to_come(protocol: Protocol) -> None:
    laboratory = {visit.code for visit in protocol.visits if visit.rooms == ["laboratory"]}
    assert laboratory == {visit.code for visit in protocol.visits if not visit.patient}
    assert laboratory == {visit.code for visit in protocol.visits if visit.stage in ("process", "release")}


@every_cell_protocol
def test_shipped_targets_are_lumbar(protocol: Protocol) -> None:
    assert protocol.target is not None
    assert tuple(protocol.target.levels) == LUMBAR_LEVELS


EXPANDED_SPECIFICATION = [
    "viability",
    "viable_count",
    "id_pos_cd73",
    "id_pos_cd90",
    "id_pos_cd105",
    "id_neg_cd45",
    "id_neg_cd34",
    "id_neg_cd14",
    "id_neg_cd19",
    "id_neg_hla_dr",
    "gram",
    "sterility_rapid",
    "sterility_final",
    "mycoplasma",
    "endotoxin",
    "endotoxin_per_kg",
    "karyotype",
    "cpd",
    "appearance",
    "identity_chain",
]
SAME_DAY_SPECIFICATION = [
    "count",
    "viability",
    "appearance",
    "identity_chain",
    "elapsed_time",
    "sterility_final",
]


@every_cell_protocol
def test_cells_are_released_against_the_specification_of_their_route(protocol: Protocol) -> None:
    wanted = EXPANDED_SPECIFICATION if protocol.route is Route.EXPANDED else SAME_DAY_SPECIFICATION
    assert [limit.code for limit in protocol.specification] == wanted
    assert [limit.code for limit in protocol.specification if limit.due == "final"] == ["sterility_final"]


@every_cell_protocol
def test_no_exception_lets_a_contaminated_or_mistaken_dose_go(protocol: Protocol) -> None:
    never = {
        "gram",
        "sterility_rapid",
        "sterility_final",
        "mycoplasma",
        "endotoxin",
        "endotoxin_per_kg",
        "appearance",
        "identity_chain",
    }
    assert [
        limit.code for limit in protocol.specification if limit.code in never and limit.exception_allowed
    ] == []


def test_the_stricter_endotoxin_limit_holds_where_the_dura_is_near() -> None:
    # 5 EU/kg for injection in general, 0.2 EU/kg for the spinal canal (SCHWANN21).
    limits = {
        protocol.target.target.value: limit.maximum
        for protocol in CELL_PROTOCOLS
        for limit in protocol.specification
        if limit.code == "endotoxin_per_kg" and protocol.target
    }
    assert limits == {"disc_nucleus": 5, "epidural_transforaminal": 0.2}


@every_cell_protocol
def test_release_and_processing_agree_on_doublings_dose_and_time(protocol: Protocol) -> None:
    assert protocol.processing is not None
    assert protocol.dose is not None
    limits = {limit.code: limit for limit in protocol.specification}
    if protocol.route is Route.EXPANDED:
        assert limits["cpd"].maximum == protocol.processing.cumulative_population_doublings_max
        tolerance = protocol.dose.tolerance_fraction
        assert tolerance is not None
        assert (limits["viable_count"].minimum, limits["viable_count"].maximum) == (
            1 - tolerance,
            1 + tolerance,
        )
    else:
        assert timedelta(hours=limits["elapsed_time"].maximum or 0) == protocol.dose.shelf_life


@every_cell_protocol
def test_the_last_visit_before_release_and_the_batch_record_make_the_same_product(protocol: Protocol) -> None:
    assert protocol.processing is not None
    steps = {step.code for step in protocol.processing.steps}
    visits = {visit.code for visit in protocol.visits if visit.stage == "process"}
    # One visit does the whole same-day process; the second thaw of a series is the step "thaw" again.
    assert visits - steps == {"processing"} & visits | {"thaw_2"} & visits
    kinds = [step.kind for step in protocol.processing.steps]
    thaws = any(code.startswith("thaw") for code in visits)
    assert kinds[-2:] == ["fill", "thaw"] if thaws else kinds[-1] == "fill"


@pytest.mark.parametrize(
    "protocol", [p for p in PROTOCOLS if p.another_treatment.kind == "series"], ids=lambda p: p.id
)
def test_a_series_is_never_booked_sooner_than_its_own_rule_allows(protocol: Protocol) -> None:
    thaw = next(visit for visit in protocol.visits if visit.code == "thaw_2")
    assert thaw.after == "injection"
    assert thaw.earliest is not None
    assert protocol.another_treatment.interval is not None
    # The dose is given within the visit, so its beginning alone must be an interval before the thaw.
    assert thaw.earliest >= protocol.another_treatment.interval


def test_ordinary_treatments_are_standard_care() -> None:
    assert {(protocol.legal.basis, protocol.legal.approved) for protocol in OTHERS} == {
        ("STANDARD_CARE", True)
    }


@every_cell_protocol
def test_a_dose_that_is_booked_as_late_as_allowed_is_given_before_it_expires(protocol: Protocol) -> None:
    visits = {visit.code: visit for visit in protocol.visits}
    visit, after_filling = visits["injection"], timedelta(minutes=45)  # what a bedside with two spots takes
    while visit.stage != "process":
        after_filling += visit.latest
        visit = visits[visit.after or ""]
    assert protocol.dose is not None
    assert after_filling <= protocol.dose.shelf_life, f"filled as {visit.code} begins"
