"""Gates: the published counts, the same on any number of threads and from storage, and moves that keep the old."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.gating_ml import FILE, REFERENCES, Reference, gate_set_of
from stroma.protocols.domain.problem import BadInput
from stroma.release.cytometry import counting
from stroma.release.cytometry.counting import channel_of, count, in_polygon
from stroma.release.cytometry.fcs import read_fcs
from stroma.release.cytometry.gates import ROOT, Gate, GateSet, GateSetError, gate_set_from
from stroma.release.cytometry.panel import panel_named
from stroma.release.cytometry.reading import count_again, read_with_panel
from stroma.release.cytometry.spillover import (
    Spillover,
    compensation_from,
    spillover_from_controls,
    spillover_of,
)
from stroma.release.cytometry.write import fcs_bytes
from stroma.simulation.cytometer import stromal_cells
from tests.skips import REAL_DATA


@pytest.mark.real_data
@pytest.mark.parametrize("reference", REFERENCES, ids=lambda one: one.name)
def test_a_reference_gate_holds_the_published_events(reference: Reference) -> None:
    (data,) = read_fcs(REAL_DATA / FILE)
    assert count(data, gate_set_of(reference)).of(reference.name) == reference.events


def test_compensation_takes_out_what_spilled() -> None:
    spill = np.array([[1, 0.1], [0.02, 1]])
    table = np.array([[100.2, 20.0], [1.0, 50.0]])
    (data,) = read_fcs(
        fcs_bytes(table, [("A", ""), ("B", "")], keywords={"$SPILLOVER": "2,A,B,1,0.1,0.02,1"})
    )
    found = spillover_of(data)
    assert found is not None
    assert np.array_equal(found.matrix, spill)
    gates = GateSet((), compensation_from(found, file=""))
    stretch = counting.whole_file(data, gates)
    assert stretch.values("A").tolist() == pytest.approx([100, 0], abs=1e-4)
    assert stretch.values("B").tolist() == pytest.approx([10, 50], abs=1e-4)


@pytest.mark.parametrize(
    ("keyword", "value", "code"),
    [
        ("$SPILLOVER", "2,A,C,1,0,0,1", "spillover_channel"),
        ("$SPILLOVER", "2,A,A,1,0,0,1", "spillover_channel"),
        ("$SPILLOVER", "2,A,B,1,0,0", "spillover_damaged"),
        ("$SPILLOVER", "2,A,B,1,0,0,x", "spillover_damaged"),
        ("$SPILLOVER", "2,A,B,1,0,0,nan", "spillover_damaged"),
        ("$COMP", "3,1,0,0,0,1,0,0,0,1", "spillover_damaged"),
    ],
)
def test_a_damaged_spillover_is_refused(keyword: str, value: str, code: str) -> None:
    (data,) = read_fcs(fcs_bytes(np.ones((2, 2)), [("A", ""), ("B", "")], keywords={keyword: value}))
    with pytest.raises(BadInput) as caught:
        spillover_of(data)
    assert {problem.code for problem in caught.value.problems} == {code}


@pytest.mark.parametrize(
    ("keywords", "matrix"),
    [
        ({"$SPILLOVER": "2,1,2,1,0.1,0.2,1"}, [[1, 0.1], [0.2, 1]]),
        ({"SPILL": "2,B,A,1,0.1,0.2,1"}, [[1, 0.1], [0.2, 1]]),
        ({"$COMP": "2,1,0.1,0.2,1"}, [[1, 0.1], [0.2, 1]]),
        ({"$DFC1TO2": "10", "$DFC2TO1": "20"}, [[1, 0.1], [0.2, 1]]),
    ],
)
def test_a_spillover_is_read_in_its_older_forms(keywords: dict[str, str], matrix: list[list[float]]) -> None:
    (data,) = read_fcs(fcs_bytes(np.ones((2, 2)), [("A", ""), ("B", "")], keywords=keywords))
    found = spillover_of(data)
    assert found is not None
    assert found.matrix.tolist() == matrix


def test_detectors_that_see_the_same_dye_are_not_compensated() -> None:
    with pytest.raises(BadInput) as caught:
        compensation_from(Spillover(("A", "B"), np.ones((2, 2)), "file"), file="a.fcs")
    assert [problem.code for problem in caught.value.problems] == ["spillover_singular"]


def test_single_stain_controls_tell_the_spillover_they_were_made_with() -> None:
    chance = np.random.default_rng(3)
    spill = np.array([[1, 0.2, 0.01], [0.05, 1, 0.1], [0.0, 0.03, 1]])
    channels = [("A", ""), ("B", ""), ("C", "")]

    def control(stained: int | None) -> bytes:
        dye = np.zeros((4000, 3))
        if stained is not None:
            dye[:2000, stained] = chance.lognormal(9, 0.4, 2000)
        return fcs_bytes(dye @ spill + chance.normal(50, 30, dye.shape), channels)

    (blank,) = read_fcs(control(None))
    stained = {name: read_fcs(control(place))[0] for place, (name, _) in enumerate(channels)}
    found = spillover_from_controls(blank, stained)
    assert found.matrix == pytest.approx(spill, abs=0.005)


@pytest.mark.real_data
def test_real_single_stain_controls_leave_their_dye_in_its_own_detector() -> None:
    folder = REAL_DATA / "fcs/comp_set"
    (blank,) = read_fcs(folder / "tasbe_blank.fcs")
    stained = {
        "Pacific Blue-A": read_fcs(folder / "tasbe_ebfp.fcs")[0],
        "FITC-A": read_fcs(folder / "tasbe_eyfp.fcs")[0],
        "PE-Tx-Red-YG-A": read_fcs(folder / "tasbe_mkate.fcs")[0],
    }
    found = spillover_from_controls(blank, stained)
    gates = GateSet((), compensation_from(found, file=""))
    for own, control in stained.items():
        stretch = counting.whole_file(control, gates)
        bright = stretch.linear(own) > np.quantile(blank.linear(channel_of(blank, own)), 0.999)
        gain = np.median(stretch.values(own)[bright])
        assert gain > 200
        for other in set(stained) - {own}:
            assert abs(np.median(stretch.values(other)[bright])) < 0.01 * gain


def test_a_control_that_is_not_stained_is_refused() -> None:
    chance = np.random.default_rng(3)
    (dark,) = read_fcs(fcs_bytes(chance.normal(50, 30, (4000, 1)), [("A", "")]))
    with pytest.raises(BadInput) as caught:
        spillover_from_controls(dark, {"A": dark})
    assert [problem.code for problem in caught.value.problems] == ["control_not_stained"]


@pytest.mark.parametrize("threads", [2, 5])
def test_any_number_of_threads_counts_the_same(monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    (data,) = read_fcs(stromal_cells())
    whole = read_with_panel(data, panel_named("isct"))
    monkeypatch.setattr(counting, "STRETCH", 777)
    assert count(data, whole.gate_set, threads=threads).counts == count(data, whole.gate_set).counts
    assert count(data, whole.gate_set).counts == {p.name: p.count for p in whole.populations[1:]}


def test_a_stored_gate_set_gives_the_same_counts_to_the_last_bit() -> None:
    (data,) = read_fcs(stromal_cells())
    (control,) = read_fcs(stromal_cells(is_stained=False, seed=8))
    made = read_with_panel(data, panel_named("isct"), control=control)
    stored = gate_set_from(made.gate_set.as_text())
    assert stored == made.gate_set
    assert stored.digest == made.gate_set.digest
    again = count_again(data, stored, panel=panel_named("isct"))
    assert again.populations == made.populations
    assert read_with_panel(data, panel_named("isct"), control=control).gate_set.digest == stored.digest


numbers = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(st.tuples(numbers, numbers), max_size=4))
def test_every_bound_is_stored_in_full(bounds: list[tuple[float, float]]) -> None:
    gates = tuple(
        Gate(f"g{place}", ROOT, "range", ("A",), *sorted(pair)) for place, pair in enumerate(bounds)
    )
    assert gate_set_from(GateSet(gates).as_text()) == GateSet(gates)


def test_a_moved_gate_is_a_new_version_that_names_the_old() -> None:
    old = GateSet((Gate("live", ROOT, "range", ("A",), None, 100.0, origin="control"),))
    new = old.moved("live", low=None, high=80.0, reason="the control was brighter")
    assert (new.version, new.previous) == (2, old.digest)
    assert (new.named("live").high, new.named("live").reason) == (80.0, "the control was brighter")
    assert old.named("live").high == 100.0
    assert new.digest != old.digest


@pytest.mark.parametrize(
    ("name", "low", "high", "reason"),
    [
        ("live", None, 80.0, " "),
        ("dead", None, 80.0, "why"),
        ("live", 90.0, 80.0, "why"),
        ("fast", 1.0, 2.0, "why"),
    ],
)
def test_a_move_without_reason_or_sense_is_refused(
    name: str, low: float | None, high: float | None, reason: str
) -> None:
    gates = GateSet(
        (
            Gate("live", ROOT, "range", ("A",), None, 100.0),
            Gate("fast", ROOT, "intervals", ("T",), spans=((0.0, 1.0),)),
        )
    )
    with pytest.raises(GateSetError):
        gates.moved(name, low=low, high=high, reason=reason)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"form": "other"}', '{"form": "stroma-gates-1", "gates": []}']
)
def test_a_text_that_is_no_gate_set_is_refused(text: str) -> None:
    with pytest.raises(GateSetError):
        gate_set_from(text)


def test_gates_stand_on_what_comes_before_them() -> None:
    with pytest.raises(GateSetError, match="does not come before"):
        GateSet((Gate("b", "a", "range", ("A",)), Gate("a", ROOT, "range", ("A",))))
    with pytest.raises(GateSetError, match="two gates"):
        GateSet((Gate("a", ROOT, "range", ("A",)), Gate("a", ROOT, "range", ("A",))))


def test_a_gate_on_a_channel_that_is_not_there_is_refused() -> None:
    (data,) = read_fcs(fcs_bytes(np.ones((2, 1)), [("A", "")]))
    gates = GateSet((Gate("x", ROOT, "range", ("B",)), Gate("y", ROOT, "range", ("C",))))
    with pytest.raises(BadInput) as caught:
        count(data, gates)
    assert [problem.place for problem in caught.value.problems] == ["B", "C"]


@given(st.lists(st.tuples(st.floats(-2, 3), st.floats(-2, 3)), min_size=1, max_size=30))
def test_a_square_drawn_as_a_polygon_is_the_square(places: list[tuple[float, float]]) -> None:
    x, y = np.array(places).T
    square = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    wanted = (x >= 0) & (x <= 1) & (y >= 0) & (y <= 1)
    assert np.array_equal(in_polygon(x, y, square), wanted)


def test_the_text_of_a_gate_set_is_plain_json() -> None:
    text = GateSet((Gate("a", ROOT, "range", ("A",), 0.1, None),)).as_text()
    assert json.loads(text)["gates"][0]["low"] == 0.1
