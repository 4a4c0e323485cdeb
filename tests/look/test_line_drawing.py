"""The line as a picture: well-formed, accessible, and different in shape for every state."""

from collections.abc import Callable
from itertools import pairwise
from math import hypot, isclose
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stroma.look
from stroma.look.line import Line, Source, State, Station, Strand, summary, text_equivalent
from stroma.look.line_drawing import small_svg, tall_svg, wide_svg
from stroma.look.line_geometry import Place, beads, distance, way
from stroma.look.line_mark import FAVICON_COLOR, mark_svg

SVG = "{http://www.w3.org/2000/svg}"
IMAGES = Path(stroma.look.__file__).parent / "static" / "look" / "img"
DRAWINGS: list[Callable[..., str]] = [wide_svg, tall_svg, small_svg]
Draw = Callable[..., str]


@st.composite
def lines(draw: st.DrawFn) -> Line:
    """Any line that may be made: any states, any words in any script, with and without a strand."""
    count = draw(st.integers(0, 11))
    words = st.text(max_size=60)
    stations = tuple(
        Station(
            f"s{i}",
            draw(words),
            draw(st.sampled_from(State)),
            draw(st.none() | words),
            draw(st.none() | words),
        )
        for i in range(count)
    )
    strand = None
    if count >= 2 and draw(st.booleans()):
        first = draw(st.integers(0, count - 2))
        last = draw(st.integers(first + 1, count - 1))
        strand = Strand(
            f"s{first}",
            f"s{last}",
            draw(st.sampled_from(Source)),
            draw(st.booleans()),
            draw(st.none() | words),
        )
    return Line(draw(words), stations, strand)


def stations_of(svg: str) -> list[str]:
    """The states of the stations that are drawn, in order."""
    root = ElementTree.fromstring(svg)
    return [g.attrib["data-state"] for g in root.iter(f"{SVG}g") if g.get("class") == "line-station"]


@pytest.mark.parametrize("draw", DRAWINGS)
@settings(deadline=None, max_examples=60)  # the machine that runs this may be busy
@given(line=lines())
def test_any_line_is_a_well_formed_picture_with_the_stations_of_the_list(draw: Draw, line: Line) -> None:
    assert stations_of(draw(line)) == [item.state for item in text_equivalent(line)]


@pytest.mark.parametrize("draw", DRAWINGS)
@settings(deadline=None, max_examples=60)  # the machine that runs this may be busy
@given(line=lines())
def test_nothing_in_a_picture_needs_an_inline_style_or_a_script(draw: Draw, line: Line) -> None:
    root = ElementTree.fromstring(draw(line))
    found = {
        name for element in root.iter() for name in element.attrib if name == "style" or name[:2] == "on"
    }
    found |= {element.tag for element in root.iter() if element.tag in {f"{SVG}style", f"{SVG}script"}}
    assert found == set()


def a_course(states: str, strand: Strand | None = None) -> Line:
    letters = {"d": State.DONE, "n": State.NOW, ".": State.NEXT, "l": State.LATE, "s": State.STOPPED}
    return Line(
        "A <course> & more",
        tuple(Station(f"s{i}", f"S{i}", letters[c]) for i, c in enumerate(states)),
        strand,
    )


@pytest.mark.parametrize("draw", DRAWINGS)
def test_the_picture_has_a_name_and_says_what_the_list_says(draw: Draw) -> None:
    line = a_course("ddn..")
    root = ElementTree.fromstring(draw(line, key="7"))
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert desc is not None
    assert (root.get("role"), title.text, desc.text) == ("img", "A <course> & more", summary(line))
    assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"


def shape(svg: str, state: str) -> list[tuple[str, str | None, str | None]]:
    """What a station of ``state`` is made of: tag, fill and width of its stroke; no color anywhere."""
    root = ElementTree.fromstring(svg)
    group = next(g for g in root.iter(f"{SVG}g") if g.get("data-state") == state)
    return [(e.tag.removeprefix(SVG), e.get("fill"), e.get("stroke-width") or e.get("r")) for e in group]


@pytest.mark.parametrize("draw", DRAWINGS)
def test_every_state_has_a_shape_of_its_own_so_that_color_only_repeats_it(draw: Draw) -> None:
    svg = draw(a_course("dnl.s."))
    shapes = [shape(svg, state) for state in ("done", "now", "late", "next", "stopped", "beyond")]
    assert len({str(one) for one in shapes}) == 6


def test_what_is_now_is_drawn_larger_than_what_is_done_and_what_is_done_larger_than_what_is_next() -> None:
    root = ElementTree.fromstring(wide_svg(a_course("dn.")))
    done, now, coming = (
        float(circle.attrib["r"]) + float(circle.get("stroke-width", "0")) / 2
        for circle in root.iter(f"{SVG}circle")
    )
    assert now > done > coming


def circles(svg: str) -> dict[str, tuple[float, float]]:
    """Where the first circle of each state's station is."""
    root = ElementTree.fromstring(svg)
    places = {}
    for group in root.iter(f"{SVG}g"):
        circle = group.find(f"{SVG}circle")
        if group.get("class") == "line-station" and circle is not None:
            places[group.attrib["data-state"]] = (float(circle.attrib["cx"]), float(circle.attrib["cy"]))
    return places


def test_a_late_step_is_pulled_out_of_the_line() -> None:
    places = circles(wide_svg(a_course("dl.")))
    assert places["done"][1] == places["next"][1]
    assert places["late"][1] > places["done"][1]


def test_on_a_phone_a_late_step_is_pulled_to_the_side() -> None:
    places = circles(tall_svg(a_course("dl.")))
    assert places["done"][0] == places["next"][0]
    assert places["late"][0] < places["done"][0]


def ways(svg: str) -> list[str]:
    root = ElementTree.fromstring(svg)
    return [
        path.attrib["data-reached"] for path in root.iter(f"{SVG}path") if path.get("class") == "line-way"
    ]


def test_a_stopped_course_has_no_way_beyond_its_bar() -> None:
    assert ways(wide_svg(a_course("dds..."))) == ["true", "true"]


def test_the_way_ahead_is_thin_and_the_way_behind_is_thick() -> None:
    assert ways(wide_svg(a_course("ddn.."))) == ["true", "true", "false", "false"]


def cell_groups(svg: str) -> list[tuple[str, int]]:
    """For each stretch of the strand, whether it is reached, and how many cells it has."""
    root = ElementTree.fromstring(svg)
    groups = [g for g in root.iter(f"{SVG}g") if g.get("class") == "line-cells"]
    return [(g.attrib["data-reached"], len(list(g))) for g in groups]


def test_the_strand_has_three_stretches_and_cells_that_grow_are_more() -> None:
    same_day = cell_groups(wide_svg(a_course("ddddn...", Strand("s2", "s5"))))
    grown = cell_groups(wide_svg(a_course("ddddn...", Strand("s2", "s5", grows=True))))
    assert [reached for reached, _ in same_day] == ["true", "true", "false"]
    assert [more > few for (_, few), (_, more) in zip(same_day, grown, strict=True)] == [False, True, True]


def test_a_donor_strand_begins_outside_the_patients_line() -> None:
    root = ElementTree.fromstring(
        wide_svg(a_course("dnddd...", Strand("s2", "s5", Source.DONOR, label="Donor lot")))
    )
    assert [e.tag for e in root.iter() if e.get("class") == "line-origin"] == [f"{SVG}path"]
    assert [e.text for e in root.iter(f"{SVG}text") if e.text == "Donor lot"] == ["Donor lot"]
    # right, when → inject → recover → result: the patient's own line passes by the donor's stations.
    assert (
        len(ways(ElementTree.tostring(root, encoding="unicode").replace("ns0:", "").replace(":ns0", ""))) == 4
    )


def test_stations_of_one_code_stand_under_each_other_on_a_board() -> None:
    columns = ("right", "when", "collect", "inject", "result")
    whole = Line("a", tuple(Station(code, code, State.DONE) for code in columns))
    short = Line("b", tuple(Station(code, code, State.DONE) for code in ("right", "inject", "result")))
    centers = [
        [
            circle.attrib["cx"]
            for circle in ElementTree.fromstring(small_svg(line, columns=columns)).iter(f"{SVG}circle")
        ]
        for line in (whole, short)
    ]
    assert centers[1] == [centers[0][0], centers[0][3], centers[0][4]]


@given(st.floats(5, 300), st.floats(1, 20))
def test_cells_lie_at_equal_distances(length: float, spacing: float) -> None:
    dots = beads([(0.0, 0.0), (length / 3, 0.0), (length, 0.0)], spacing)
    gaps = [b[0] - a[0] for a, b in pairwise(dots)]
    assert abs(len(dots) - length / spacing) <= 1
    assert all(isclose(gap, gaps[0], rel_tol=1e-6) and gap > spacing * 0.5 for gap in gaps)


@given(st.floats(-20, 20), st.floats(-20, 20), st.floats(0, 60))
def test_a_way_never_enters_the_circles_of_its_stations(pull_a: float, pull_b: float, lane: float) -> None:
    start, end = Place(0, 0, pull_a, 9), Place(140, lane, pull_b, 15)
    points = way(start, end)
    assert min(distance(point, (0, start.cross)) for point in points) >= 9
    assert min(hypot(x - 140, y - end.cross) for x, y in points) >= 15


@pytest.mark.parametrize(("name", "color"), [("mark.svg", ""), ("favicon.svg", FAVICON_COLOR)])
def test_the_files_of_the_mark_are_the_drawing(name: str, color: str) -> None:
    assert (IMAGES / name).read_text(encoding="utf-8") == mark_svg(color)
