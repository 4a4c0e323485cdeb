"""What is printed on a label, and every reason not to print one."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_37_2

from stroma.custody.domain.isbt128.din import Din
from stroma.custody.domain.isbt128.parse import parse_scan
from stroma.custody.domain.label import LABEL_VERSION, NotPrintable, label_content
from stroma.custody.domain.label_facts import NEEDED, LabelFacts, LabelPurpose, label_blockers
from stroma.custody.domain.label_statements import DonorRelation
from stroma.custody.messages import MESSAGES
from tests.spec_tables import SPEC_FOLDER, SpecCase, line_of, spec_cases

PRODUCT = LabelFacts(
    purpose=LabelPurpose.PRODUCT,
    is_simulated=False,
    din=Din("G123426000012"),
    product_code="S0000",
    collection_type="1",
    division="00",
    product_name="MSC(M)",
    donor_relation=DonorRelation.AUTOLOGOUS,
    recipient_identifiers=("MRN 4711", "1970-01-31"),
    collection_facility="Spine Clinic North",
    collected_at=datetime(2026, 3, 1, 8, 15, tzinfo=UTC),
    expires_at=datetime(2026, 3, 9, 22, 59, 59, tzinfo=UTC),
    zone_name="Europe/Berlin",
    storage_temperature="2 to 8 °C",
    volume_ml=Decimal("2.0"),
    viable_cells=19_999_999,
    viability_fraction=Decimal("0.6999"),
    investigational=True,
    donor_screening_complete=True,
    donor_testing_complete=True,
    donor_risk_found=False,
    reactive_agents=(),
    establishment_name="Cell Laboratory",
    establishment_address="1 Main Street, Springfield",
)

PRINTED_DIN = f"G1234 26 000012 {mod_37_2.calc_check_digit('G123426000012')}"

YES_NO: dict[str, bool | None] = {"yes": True, "no": False, "?": None}


SPEC_LINES = (SPEC_FOLDER / "label_statements.txt").read_text(encoding="utf-8").splitlines()
WORDING = dict(line.removeprefix("#   ").split(": ", 1) for line in SPEC_LINES if line.startswith("#   "))
CASES = spec_cases("label_statements.txt")


def facts_of(case: SpecCase) -> LabelFacts:
    donor = case["donor"]
    return replace(
        PRODUCT,
        collection_type="0",
        donor_relation=None if donor == "?" else DonorRelation(donor.upper()),
        donor_screening_complete=YES_NO[case.get("screened", "yes")],
        donor_testing_complete=YES_NO[case.get("tested", "yes")],
        donor_risk_found=YES_NO[case.get("risk", "no")],
        reactive_agents=None if case.get("reactive for") == "?" else tuple(case.listed("reactive for")),
        investigational=YES_NO[case.get("trial drug", "no")],
        din=Din(case.get("facility", "G1234") + "26000012"),
    )


@pytest.mark.parametrize("case", [case for case in CASES if not case.get("missing")], ids=line_of)
def test_the_warnings_are_those_of_the_spec_page(case: SpecCase) -> None:
    statements = label_content(facts_of(case)).statements
    assert [statement.code for statement in statements] == case.listed("warnings")
    assert [statement.text for statement in statements] == [
        WORDING[statement.code] for statement in statements
    ]


@pytest.mark.parametrize("case", [case for case in CASES if case.get("missing")], ids=line_of)
def test_an_unknown_of_the_spec_page_prints_no_label(case: SpecCase) -> None:
    with pytest.raises(NotPrintable) as refused:
        label_content(facts_of(case))
    assert [(b.code, b.values["fact"]) for b in refused.value.blockers] == [
        ("label_fact_missing", fact) for fact in case.listed("missing")
    ]


def test_the_spec_page_shows_every_warning_there_is() -> None:
    assert {code for case in CASES for code in case.listed("warnings")} == set(WORDING)


def test_only_the_biohazard_legend_has_the_symbol() -> None:
    label = label_content(replace(PRODUCT, collection_type="X", donor_risk_found=True))
    assert [s.code for s in label.statements if s.has_biohazard_symbol] == ["biohazard"]


def test_a_simulated_clinic_prints_nothing_for_clinical_use() -> None:
    assert (
        label_content(replace(PRODUCT, is_simulated=True)).statements[0].text == "TEST - NOT FOR CLINICAL USE"
    )


def test_the_lines_for_the_eye_are_complete_and_never_promise_too_much() -> None:
    assert [(line.caption, line.text) for line in label_content(PRODUCT).lines] == [
        ("Donation number", PRINTED_DIN),
        ("Product", "MSC(M)"),
        ("Product code", "S0000100"),
        ("Recipient", "MRN 4711 · 1970-01-31"),
        ("Collected", "2026-03-01 09:15 CET (08:15 UTC)"),
        ("Expires", "2026-03-09 23:59 CET (22:59 UTC)"),
        ("Store at", "2 to 8 °C"),
        ("Volume", "2.0 mL"),
        ("Viable cells", "19.99 × 10⁶"),
        ("Viability", "69.9 %"),
        ("Collected by", "Spine Clinic North"),
        ("Made available by", "Cell Laboratory, 1 Main Street, Springfield"),
    ]


def test_the_barcodes_hold_the_same_facts_in_local_time() -> None:
    label = label_content(replace(PRODUCT, chain_of_identity="CHA999926ABC123"))
    assert label.barcodes == {
        "001": "=G12342600001200",
        "003": "=<S0000100",
        "005": "&>0260682359",
        "007": "&*0260600915",
        "040": "&/CHA999926ABC123",
    }
    assert label.compound == "=+05000=G12342600001200=<S0000100&>0260682359&*0260600915&/CHA999926ABC123"


def test_a_local_product_code_carries_type_and_division_like_any_other() -> None:
    label = label_content(replace(PRODUCT, product_code="DAX12", division="B0"))
    assert label.barcodes["003"] == "=<DAX121B0"


def test_a_division_beyond_two_characters_stands_in_its_own_barcode() -> None:
    label = label_content(replace(PRODUCT, division="99", division_code="000012"))
    assert [structure.number for structure in parse_scan(label.compound)] == [
        "023",
        "001",
        "003",
        "032",
        "005",
        "007",
    ]


def test_a_utc_time_on_another_day_says_so() -> None:
    label = label_content(replace(PRODUCT, zone_name="America/Los_Angeles"))
    assert [line.text for line in label.lines if line.field == "collected_at"] == [
        "2026-03-01 00:15 PST (08:15 UTC)"
    ]
    label = label_content(replace(PRODUCT, zone_name="Asia/Tokyo"))
    assert [line.text for line in label.lines if line.field == "expires_at"] == [
        "2026-03-10 07:59 JST (2026-03-09 22:59 UTC)"
    ]


def test_the_content_names_its_version_and_can_be_archived_as_plain_values() -> None:
    label = label_content(PRODUCT)
    archived = label.as_dict()
    assert (label.version, archived["version"]) == (LABEL_VERSION, LABEL_VERSION)
    assert archived["statements"][0]["text"] == "FOR AUTOLOGOUS USE ONLY"
    assert archived["lines"][0] == {"field": "din", "caption": "Donation number", "text": PRINTED_DIN}
    assert (archived["barcodes"], archived["compound"]) == (dict(label.barcodes), label.compound)


@pytest.mark.parametrize("purpose", [LabelPurpose.COLLECTION, LabelPurpose.IN_PROCESS])
def test_tissue_and_cultures_may_be_labeled_before_they_are_counted(purpose: LabelPurpose) -> None:
    facts = replace(PRODUCT, purpose=purpose, expires_at=None, viable_cells=None, viability_fraction=None)
    label = label_content(facts)
    assert list(label.barcodes) == ["001", "003", "007"]
    assert {line.field for line in label.lines} & {
        "expires_at",
        "viable_cells",
        "viability_fraction",
    } == set()


@pytest.mark.parametrize("name", [*NEEDED, "expires_at", "viable_cells", "viability_fraction"])
def test_a_product_with_an_unknown_fact_gets_no_label(name: str) -> None:
    unknown = replace(PRODUCT, **{name: None})
    assert [(b.code, b.values) for b in label_blockers(unknown)] == [("label_fact_missing", {"fact": name})]
    with pytest.raises(NotPrintable):
        label_content(unknown)


def test_every_unknown_fact_is_named_at_once_and_by_a_rule() -> None:
    asked = [f.name for f in fields(LabelFacts) if f.name not in ("purpose", "is_simulated")]
    blockers = label_blockers(replace(PRODUCT, **dict.fromkeys(asked)))
    optional = {"division_code", "chain_of_identity"}
    assert {b.values["fact"] for b in blockers} == set(asked) - optional
    assert [b for b in blockers if not b.source] == []


def test_blank_text_is_no_fact() -> None:
    assert [b.values for b in label_blockers(replace(PRODUCT, product_name="  "))] == [
        {"fact": "product_name"}
    ]


IMPOSSIBLE: list[tuple[dict[str, Any], str]] = [
    ({"recipient_identifiers": ()}, "label_needs_two_identifiers"),
    ({"recipient_identifiers": ("MRN 4711",)}, "label_needs_two_identifiers"),
    ({"recipient_identifiers": ("MRN 4711", "mrn 4711 ")}, "label_needs_two_identifiers"),
    ({"recipient_identifiers": ("MRN 4711", "")}, "label_needs_two_identifiers"),
    ({"recipient_identifiers": ("MRN 4711", "MRN 4711", "1970-01-31")}, "label_needs_two_identifiers"),
    ({"product_code": "T0416"}, "label_product_code_not_for_cells"),
    ({"product_code": "S000"}, "label_product_code_not_for_cells"),
    ({"product_code": "Q0000"}, "label_product_code_not_for_cells"),
    ({"product_code": "DAX12", "division": "99", "division_code": "000012"}, "label_division_not_for_code"),
    ({"product_code": "Y0000", "division": "99", "division_code": "000012"}, "label_division_not_for_code"),
    ({"division": "0a"}, "label_division_malformed"),
    ({"division": "99", "division_code": "00012A"}, "label_division_malformed"),
    ({"division": "99"}, "label_division_code_and_99_go_together"),
    ({"division_code": "000012"}, "label_division_code_and_99_go_together"),
    ({"collection_type": "V"}, "label_collection_type_contradicts"),
    ({"collection_type": "A"}, "label_collection_type_contradicts"),
    ({"collection_type": "X"}, "label_collection_type_contradicts"),
    ({"donor_risk_found": True}, "label_collection_type_contradicts"),
    ({"reactive_agents": ("HIV-1",)}, "label_collection_type_contradicts"),
    ({"donor_relation": DonorRelation.ALLOGENEIC}, "label_collection_type_contradicts"),
    ({"chain_of_identity": "A999926ABC123"}, "label_chain_of_identity_malformed"),
    ({"volume_ml": Decimal(0)}, "label_number_impossible"),
    ({"volume_ml": Decimal("NaN")}, "label_number_impossible"),
    ({"volume_ml": Decimal("Infinity")}, "label_number_impossible"),
    ({"viable_cells": -1}, "label_number_impossible"),
    ({"viability_fraction": Decimal("1.01")}, "label_number_impossible"),
    ({"viability_fraction": Decimal("NaN")}, "label_number_impossible"),
    ({"zone_name": "Mars/Olympus"}, "label_zone_unknown"),
    ({"zone_name": "../etc/passwd"}, "label_zone_unknown"),
    ({"expires_at": datetime(2100, 1, 1, 12, tzinfo=UTC)}, "label_year_not_encodable"),
    ({"expires_at": PRODUCT.collected_at}, "label_expires_before_collection"),
]


@pytest.mark.parametrize(("changes", "code"), IMPOSSIBLE)
def test_impossible_or_contradicting_facts_get_no_label(changes: dict[str, Any], code: str) -> None:
    facts = replace(PRODUCT, **changes)
    assert [blocker.code for blocker in label_blockers(facts)] == [code]
    with pytest.raises(NotPrintable) as refused:
        label_content(facts)
    assert [blocker.code for blocker in refused.value.blockers] == [code]


@pytest.mark.parametrize(
    "changes", [changes for changes, _ in IMPOSSIBLE], ids=[str(i) for i in range(len(IMPOSSIBLE))]
)
def test_every_reason_reads_as_a_sentence_and_names_no_recipient(changes: dict[str, Any]) -> None:
    (blocker,) = label_blockers(replace(PRODUCT, **changes))
    said = str(MESSAGES[blocker.code]).format_map(blocker.values)
    assert said.startswith("The label cannot be printed: ")
    assert said.count("4711") + said.casefold().count("mrn") == 0


@pytest.mark.parametrize(
    ("identifiers", "codes"), [((), []), (("MRN 4711",), ["label_needs_two_identifiers"])]
)
def test_a_donors_cells_name_two_identifiers_or_nobody(
    identifiers: tuple[str, ...], codes: list[str]
) -> None:
    facts = replace(
        PRODUCT,
        donor_relation=DonorRelation.ALLOGENEIC,
        collection_type="V",
        recipient_identifiers=identifiers,
    )
    assert [blocker.code for blocker in label_blockers(facts)] == codes


def test_a_time_without_a_zone_is_a_mistake_of_the_program() -> None:
    naive = datetime(2026, 3, 1, 9, 15)  # noqa: DTZ001 - the mistake that is tried
    with pytest.raises(ValueError, match="collected_at must be aware"):
        label_blockers(replace(PRODUCT, collected_at=naive))


def test_a_label_and_its_facts_show_no_recipient_when_they_are_logged() -> None:
    label = label_content(PRODUCT)
    assert [line.text for line in label.lines if "4711" in line.text] == ["MRN 4711 · 1970-01-31"]
    assert repr(PRODUCT).count("4711") + repr(label).count("4711") == 0


@given(
    st.datetimes(datetime(2001, 1, 1), datetime(2098, 1, 1)),  # noqa: DTZ001 - the zone is added below
    st.timedeltas(timedelta(minutes=1), timedelta(days=300)),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "UTC"]),
    st.sampled_from(["S0000", "Y0001", "DAX12"]),
)
def test_every_label_that_is_printed_reads_back_as_its_facts(
    collected: datetime, shelf_life: timedelta, zone: str, pdc: str
) -> None:
    collected_at = collected.replace(tzinfo=UTC)
    expires_at = collected_at + shelf_life
    facts = replace(
        PRODUCT, collected_at=collected_at, expires_at=expires_at, zone_name=zone, product_code=pdc
    )
    label = label_content(facts)
    header, *structures = parse_scan(label.compound)
    assert header.fields["count"] == len(structures)
    assert {structure.number: structure.text for structure in structures} == label.barcodes
    shown = {line.field: line.text for line in label.lines}
    for number, name in (("005", "expires_at"), ("007", "collected_at")):
        (read,) = [structure.fields["local"] for structure in structures if structure.number == number]
        assert shown[name].startswith(read.replace("T", " "))
