"""The stained area of a photograph is found by color deconvolution, and what cannot be measured is refused."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stroma.cli import main
from stroma.protocols.domain.problem import BadInput
from stroma.release.stain.area import (
    LEAST_DENSITY,
    Stain,
    shipped_stains,
    stain_measured,
    stain_named,
    stained_area,
    white_of,
)
from stroma.release.stain.picture import Pixels, read_picture


def photograph(
    share: float,
    stain: str,
    *,
    seed: int = 1,
    density: float = 0.6,
    side: int = 240,
    vector: tuple[float, float, float] | None = None,
) -> Pixels:
    """White light through shade and noise; the first ``share`` of every 60 rows carries the stain."""
    draw = np.random.default_rng(seed)
    color = np.asarray(vector or shipped_stains()[stain].vector)
    color = color / np.linalg.norm(color)
    total = draw.uniform(0.0, 0.15, (side, side, 1)) * np.ones(3) / np.sqrt(3)  # shade: cells without stain
    total += draw.normal(0, 0.005, (side, side, 3))
    stained = (np.arange(side) % 40) < 40 * share
    total[stained] += density * color
    return np.clip(245 * 10.0**-total, 0, 255).round().astype(np.uint8)


def as_file(pixels: np.ndarray, mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels, "RGB").convert(mode).save(out, "TIFF" if mode == "CMYK" else "PNG")
    return out.getvalue()


@pytest.mark.parametrize("stain", sorted(shipped_stains()))
@pytest.mark.parametrize("share", [0.1, 0.25, 0.5, 0.9])
def test_a_known_share_is_found(stain: str, share: float) -> None:
    control = photograph(0, stain, seed=2)
    found = stained_area([photograph(share, stain)], [control], stain_named(stain))
    assert found.induced.fraction == pytest.approx(share, abs=0.012)
    assert found.induced.low <= share + 0.012
    assert found.induced.high >= share - 0.012
    assert found.control.fraction < 0.006
    assert found.is_told_apart


@pytest.mark.parametrize(("stain", "other"), [("alizarin-red", "alcian-blue"), ("alcian-blue", "oil-red-o")])
def test_another_color_is_not_taken_for_the_stain(stain: str, other: str) -> None:
    found = stained_area([photograph(0.4, other)], [photograph(0, other, seed=2)], stain_named(stain))
    assert found.induced.fraction < 0.02


def test_shade_is_not_taken_for_stain() -> None:
    dark = photograph(0.5, "alizarin-red", vector=(1.0, 1.0, 1.0))
    found = stained_area([dark], [photograph(0, "alizarin-red", seed=2)], stain_named("alizarin-red"))
    assert found.induced.fraction < 0.02
    assert not found.is_told_apart


def test_a_stained_control_raises_the_bar() -> None:
    weak = photograph(0.5, "oil-red-o", density=0.2)
    against_clean = stained_area([weak], [photograph(0, "oil-red-o", seed=2)], stain_named("oil-red-o"))
    against_weak = stained_area(
        [weak], [photograph(0.5, "oil-red-o", density=0.2, seed=3)], stain_named("oil-red-o")
    )
    assert against_clean.induced.fraction == pytest.approx(0.5, abs=0.012)
    assert against_weak.induced.fraction < 0.02
    assert against_weak.threshold > against_clean.threshold >= LEAST_DENSITY


def test_three_pictures_give_the_interval_by_themselves() -> None:
    shares = (0.2, 0.3, 0.4)
    induced = [photograph(share, "alcian-blue", seed=number) for number, share in enumerate(shares)]
    found = stained_area(induced, [photograph(0, "alcian-blue", seed=9)], stain_named("alcian-blue")).induced
    assert (found.units, found.unit) == (3, "pictures")
    # mean 0.3, standard deviation 0.1, t of two degrees 4.303: 4.303 * 0.1 / sqrt(3) = 0.248
    assert (found.low, found.high) == pytest.approx((0.052, 0.548), abs=0.02)


def test_the_color_is_measured_on_a_picture_of_the_single_stain() -> None:
    true = (0.1, 0.3, 0.9)
    blank = photograph(0, "oil-red-o", seed=4)
    single = photograph(0.6, "oil-red-o", vector=true, density=1.0)
    measured = stain_measured(single, stain_named("oil-red-o"), white=white_of([blank]))
    unit = np.asarray(measured.vector) / np.linalg.norm(measured.vector)
    shade_of_it = np.asarray(true) / np.linalg.norm(true)
    assert float(unit @ shade_of_it) > 0.99
    with pytest.raises(BadInput) as refused:
        stain_measured(np.full((64, 64, 3), 245, np.uint8), stain_named("oil-red-o"), white=np.full(3, 245.0))
    assert refused.value.problems[0].code == "stain_not_there"


def test_a_grey_stain_and_an_unknown_one_are_refused() -> None:
    with pytest.raises(BadInput):
        stained_area([photograph(0.5, "oil-red-o")], [photograph(0, "oil-red-o")],
                     Stain("ink", "ink", (1.0, 1.0, 1.0), "test"))  # fmt: skip
    with pytest.raises(BadInput):
        stain_named("ink")


def gradient(low: int, high: int) -> np.ndarray:
    ramp = np.linspace(low, high, 100).round().astype(np.uint8)
    return np.stack([np.tile(ramp, (100, 1))] * 3, axis=2)


COLORED = photograph(0.5, "oil-red-o")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"GIF89a nothing", "not_a_picture"),
        (as_file(COLORED)[:200], "not_a_picture"),
        (as_file(COLORED, "L"), "picture_not_rgb"),
        (as_file(COLORED, "RGBA"), "picture_not_rgb"),
        (as_file(COLORED, "CMYK"), "picture_not_rgb"),
        (as_file(COLORED[:40, :40]), "picture_too_small"),
        (as_file(np.full((100, 100, 3), 128, np.uint8)), "picture_blank"),
        (as_file(np.where(photograph(0.1, "oil-red-o") > 175, 255, COLORED).astype(np.uint8)), "picture_overexposed"),
        (as_file(np.where(COLORED > 200, COLORED, 0).astype(np.uint8)), "picture_underexposed"),
        (as_file(gradient(60, 200)), "picture_grey"),
    ],
)  # fmt: skip
def test_a_picture_that_cannot_be_measured_is_refused_with_its_reason(content: bytes, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_picture(content, name="well.png")
    assert [(problem.file, problem.code) for problem in refused.value.problems] == [("well.png", code)]


def test_the_command_prints_both_shares_and_names_every_bad_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, share in (("induced.png", 0.3), ("control.png", 0.0)):
        (tmp_path / name).write_bytes(as_file(photograph(share, "alcian-blue", seed=int(share * 10))))
    (tmp_path / "grey.png").write_bytes(as_file(gradient(60, 200)))
    induced, control = str(tmp_path / "induced.png"), str(tmp_path / "control.png")
    assert main(["stain", induced, "--control", control, "--stain", "alcian-blue", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["induced"]["percent"] == pytest.approx(30, abs=1.5)
    assert (told["told_apart"], told["confirmed"], told["source"]) == (True, True, "LANDINI")
    bad = [str(tmp_path / "grey.png"), str(tmp_path / "none.png")]
    assert main(["stain", *bad, "--control", control, "--stain", "alcian-blue"]) == 2
    said = capsys.readouterr().err
    assert all(file in said for file in bad)
