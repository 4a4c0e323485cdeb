"""The clinician's tables ``spec/candidacy.txt`` and ``spec/red_flags.txt``, against every shipped protocol."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stroma.candidacy.domain.answer import Value, gather
from stroma.candidacy.domain.decision import candidacy_blockers
from stroma.candidacy.domain.red_flags import RED_FLAG_CODES, RED_FLAGS, red_flag_blockers
from stroma.candidacy.examples import example_answers, example_text
from stroma.protocols.domain.blocker import Blocker, Weight, stopping
from stroma.protocols.domain.schema import Indication, Protocol
from stroma.protocols.domain.variables import VARIABLES
from stroma.protocols.library import shipped_protocol, shipped_protocols
from tests.spec_tables import SpecCase, line_of, spec_cases

AT = datetime(2026, 6, 1, 14, tzinfo=UTC)
PROTOCOLS = [shipped.protocol for shipped in shipped_protocols()]
WORDS: dict[str, Value] = {"yes": True, "no": False}
NOBODY_SAID = "nobody said"


def reasons_for(protocol: Protocol, answers: dict[str, Value], *, authorized: bool = True) -> list[Blocker]:
    gathered, contradicted = gather({}, answers, {})
    return candidacy_blockers(
        protocol,
        gathered,
        dict.fromkeys(RED_FLAG_CODES, False),
        contradicted=contradicted,
        has_authorization=authorized,
        at=AT,
    )


def the_example(protocol: Protocol) -> dict[str, Value]:
    return {"age_years": 46, "levels_affected": 1, **example_answers(protocol.indication).answers}


def value_of(name: str, text: str) -> Value:
    if VARIABLES[name].kind == "bool":
        return WORDS[text]
    return text if VARIABLES[name].kind == "word" else float(text)


@pytest.mark.parametrize("case", spec_cases("candidacy.txt"), ids=line_of)
def test_every_patient_of_the_table_gets_exactly_these_reasons(case: SpecCase) -> None:
    protocol = shipped_protocol(case["protocol"]).protocol
    answers, authorized = the_example(protocol), True
    for difference in case.listed("differs"):
        name, _, said = (part.strip() for part in difference.partition("="))
        if name == "authorization":
            authorized = said == "yes"
        elif said == NOBODY_SAID:
            del answers[name]
        else:
            answers[name] = value_of(name, said)
    reasons = reasons_for(protocol, answers, authorized=authorized)
    assert [f"{reason.code} {reason.weight}" for reason in reasons] == case.listed("reasons")
    assert [reason.code for reason in reasons if not reason.source] == []


@pytest.mark.parametrize("case", spec_cases("red_flags.txt"), ids=line_of)
def test_a_red_flag_of_the_table_has_this_weight_and_this_route(case: SpecCase) -> None:
    said = {"yes": True, "no": False, "not asked": None}[case["answer"]]
    reasons = red_flag_blockers({**dict.fromkeys(RED_FLAG_CODES, False), case["flag"]: said})
    assert [str(reason.weight) for reason in reasons] == case.listed("weight")
    assert [str(reason.values.get("route", "")) for reason in reasons if said] == [
        route for route in [case.get("route")] if route
    ]


def test_the_table_of_red_flags_names_every_one() -> None:
    asked = [case["flag"] for case in spec_cases("red_flags.txt") if case["answer"] == "yes"]
    assert asked == [flag.code for flag in RED_FLAGS]


def test_a_criterion_of_every_protocol_can_fail_in_the_table() -> None:
    told = {
        reason.rpartition(" ")[0] for case in spec_cases("candidacy.txt") for reason in case.listed("reasons")
    }
    assert {criterion.code for protocol in PROTOCOLS for criterion in protocol.criteria} - told == set()


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda protocol: protocol.id)
@pytest.mark.parametrize("flag", sorted(RED_FLAG_CODES))
def test_one_red_flag_stops_every_protocol_and_comes_first(protocol: Protocol, flag: str) -> None:
    answers, _ = gather({}, the_example(protocol), {})
    flags = {**dict.fromkeys(RED_FLAG_CODES, False), flag: True}
    reasons = candidacy_blockers(protocol, answers, flags, has_authorization=True, at=AT)
    assert (reasons[0].code, reasons[0].weight) == (f"red_flag_{flag}", Weight.URGENT)
    assert stopping(reasons, overridden=[reason.code for reason in reasons])[0] == reasons[0]


def test_nothing_asked_is_never_a_candidate() -> None:
    for protocol in PROTOCOLS:
        reasons = candidacy_blockers(protocol, {}, {}, has_authorization=True, at=AT)
        unasked = {reason.values["criterion"] for reason in reasons if reason.code == "not_answered"}
        assert unasked == {criterion.code for criterion in protocol.criteria}
        assert sum(reason.code == "red_flag_not_asked" for reason in reasons) == len(RED_FLAGS)


def test_an_answer_that_the_record_contradicts_is_a_caution_and_the_record_stands() -> None:
    protocol = PROTOCOLS[0]
    answers, _ = gather({}, the_example(protocol), {})
    flags = dict.fromkeys(RED_FLAG_CODES, False)

    def reasons(*contradicted: str) -> list[tuple[str, Weight, object]]:
        found = candidacy_blockers(
            protocol, answers, flags, contradicted=contradicted, has_authorization=True, at=AT
        )
        return [(reason.code, reason.weight, reason.values.get("variable")) for reason in found]

    assert reasons() == []
    assert reasons("smokes") == [("answer_contradicts_record", Weight.CAUTION, "smokes")]


def test_a_red_flag_that_was_not_asked_stops() -> None:
    asked = dict.fromkeys(RED_FLAG_CODES, False)
    assert red_flag_blockers(asked) == []
    [reason] = red_flag_blockers(asked | {"saddle_numbness": None})
    assert (reason.code, reason.weight) == ("red_flag_not_asked", Weight.HARD)


@given(st.data())
def test_reasons_stand_in_order_of_weight_whatever_is_answered(data: st.DataObject) -> None:
    protocol = data.draw(st.sampled_from(PROTOCOLS))
    flags = {code: data.draw(st.sampled_from([True, False, None])) for code in sorted(RED_FLAG_CODES)}
    answers = {
        name: value
        for name, value in the_example(protocol).items()
        if data.draw(st.booleans(), label=f"{name} is said")
    }
    gathered, _ = gather({}, answers, {})
    reasons = candidacy_blockers(protocol, gathered, flags, has_authorization=True, at=AT)
    weights = [list(Weight).index(reason.weight) for reason in reasons]
    assert weights == sorted(weights)
    assert any(reason.weight is Weight.URGENT for reason in reasons) == (True in flags.values())


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda protocol: protocol.id)
def test_the_example_of_an_indication_answers_every_criterion_of_its_protocols(protocol: Protocol) -> None:
    example = example_answers(protocol.indication)
    assert example.indication is protocol.indication
    gathered, _ = gather({}, example.answers, {})
    # The age comes from the birth date, which every record has; the levels from the places that are named.
    asked = {criterion.variable for criterion in protocol.criteria} - {"age_years", "levels_affected"}
    assert asked - set(gathered) == set()
    assert set(example.red_flags) == RED_FLAG_CODES
    if protocol.target is not None:
        assert [place.level for place in example.places if place.level not in protocol.target.levels] == []
        assert 0 < len(example.places) <= protocol.target.maximum_levels


@pytest.mark.parametrize("indication", list(Indication))
def test_every_indication_ships_an_example_that_says_it_is_assumed(indication: Indication) -> None:
    assert "every\n# answer taken from it is marked as assumed" in example_text(indication)
