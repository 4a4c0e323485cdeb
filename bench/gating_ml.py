"""The reference gates of Gating-ML 2.0 and how many events each holds, as published with the standard's test suite.

The events are those of the suite's ``data1.fcs`` (13,367 events of a FACSCalibur), which the real data holds as
``fcs/facscalibur_cd3_cd4_cd8.fcs``. Gates and counts: Spidlen et al., Gating-ML 2.0 compliance tests, as kept by
FlowKit (``data/gate_ref``, BSD-3-Clause); only the numbers are written down here.
"""

from dataclasses import dataclass

import numpy as np

from stroma.release.cytometry.gates import ROOT, Gate, GateSet
from stroma.release.cytometry.scales import Scale
from stroma.release.cytometry.spillover import Spillover, compensation_from

FILE = "fcs/facscalibur_cd3_cd4_cd8.fcs"
EVENTS = 13_367

DETECTORS = ("FL1-H", "FL2-H", "FL3-H")
MY_SPILL = ((1.0, 0.02, 0.06), (0.11, 1.0, 0.07), (0.09, 0.01, 1.0))

ASINH = Scale("asinh", t=10_000, m=4, a=1)
LINEAR = Scale("linear", t=10_000, a=500)
LOG = Scale("log", t=10_000, m=5)
LOGICLE = Scale("logicle", t=10_000, w=0.5, m=4.5, a=0)
LOGICLE_WIDE = Scale("logicle", t=10_000, w=1, m=4, a=0.5)


@dataclass(frozen=True, slots=True)
class Side:
    """One dimension of a rectangle: from (in), to (out), on a scale where one is named."""

    channel: str
    low: float | None
    high: float | None
    scale: Scale | None = None

    def on_linear(self, bound: float | None) -> float | None:
        """A bound on linear values."""
        if bound is None or self.scale is None:
            return bound
        return float(self.scale.inverse(np.array([bound]))[0])


@dataclass(frozen=True, slots=True)
class Reference:
    """One gate of the suite, and the events it holds."""

    name: str
    events: int
    sides: tuple[Side, ...] = ()
    points: tuple[tuple[float, float], ...] = ()
    channels: tuple[str, ...] = ()
    is_compensated: bool = False


TRIANGLE = ((5.0, 5.0), (500.0, 5.0), (500.0, 500.0))
HOOK = ((10, 10), (500, 10), (500, 390), (100, 390), (100, 180), (200, 180), (200, 300), (10, 300))
SQUARE = ((20, 10), (120, 10), (120, 160), (20, 160))

REFERENCES = (
    Reference("Range1", 440, (Side("FSC-H", 100, None),)),
    Reference("Range2", 4710, (Side("Time", 20, 80),)),
    Reference("Rectangle1", 252, (Side("SSC-H", 20, 80), Side("FL1-H", 70, 200))),
    Reference("Rectangle3", 6446, (Side("FL1-H", 5, 70), Side("FL2-H", 9, 208)), is_compensated=True),
    Reference("Rectangle4", 1275, (Side("FL3-H", 7, 90), Side("FSC-H", 10, 133)), is_compensated=True),
    Reference("Rectangle5", 1303, (Side("FL3-H", 7, 90), Side("FSC-H", 10, None)), is_compensated=True),
    Reference("FL2N-FL4N", 5148, (Side("FL2-H", None, 12.14748), Side("FL4-H", None, 14.22417))),
    Reference("FL2N-FL4P", 238, (Side("FL2-H", None, 12.14748), Side("FL4-H", 14.22417, None))),
    Reference("FL2P-FL4N", 7361, (Side("FL2-H", 12.14748, None), Side("FL4-H", None, 14.22417))),
    Reference("FL2P-FL4P", 620, (Side("FL2-H", 12.14748, None), Side("FL4-H", 14.22417, None))),
    Reference("ScaleRange1", 8425, (Side("FL1-H", 0.37, 0.63, ASINH),)),
    Reference("ScaleRange3", 3181, (Side("FL1-H", 0.049, 0.055, LINEAR),)),
    Reference("ScaleRange4", 2509, (Side("FL1-H", 0.37, 0.63, LOGICLE),)),
    Reference("ScaleRange5", 1840, (Side("FL1-H", 0.37, 0.63, LOGICLE_WIDE),)),
    Reference("ScaleRange6", 8351, (Side("FL1-H", 0.37, 0.63, LOG),)),
    Reference("ScaleRange1c", 6916, (Side("FL1-H", 0.37, 0.63, ASINH),), is_compensated=True),
    Reference("ScaleRange3c", 2309, (Side("FL1-H", 0.049, 0.055, LINEAR),), is_compensated=True),
    Reference("ScaleRange4c", 1873, (Side("FL1-H", 0.37, 0.63, LOGICLE),), is_compensated=True),
    Reference("ScaleRange5c", 1436, (Side("FL1-H", 0.37, 0.63, LOGICLE_WIDE),), is_compensated=True),
    Reference("ScaleRange6c", 4113, (Side("FL2-H", 0.09, 0.36, ASINH),), is_compensated=True),
    Reference("ScaleRange8c", 6263, (Side("FL2-H", 0.09, 0.36, LOGICLE_WIDE),), is_compensated=True),
    Reference(
        "ScaleRect1",
        809,
        (Side("FL2-H", 0.31, 0.69, LOGICLE), Side("FL3-H", 0.27, 0.73, LOGICLE)),
        is_compensated=True,
    ),
    Reference("Polygon1", 1582, points=TRIANGLE, channels=("FL2-H", "FL3-H")),
    Reference("Polygon2", 183, points=SQUARE, channels=("FL1-H", "FL4-H")),
    Reference("Polygon3NS", 1325, points=HOOK, channels=("SSC-H", "FL3-H")),
    Reference("Polygon4", 716, points=TRIANGLE, channels=("FL2-H", "FL3-H"), is_compensated=True),
)


def gate_set_of(reference: Reference) -> GateSet:
    """The reference gate as our own; its last gate holds the events."""
    compensation = None
    if reference.is_compensated:
        compensation = compensation_from(Spillover(DETECTORS, np.array(MY_SPILL), "MySpill"), file="")
    if reference.points:
        gate = Gate(reference.name, ROOT, "polygon", reference.channels, spans=reference.points)
        # A scale of one to one: the suite's polygons are drawn on linear values.
        return GateSet((gate,), compensation, {name: Scale("linear", t=1.0) for name in reference.channels})
    gates: list[Gate] = []
    for number, side in enumerate(reference.sides, start=1):
        name = reference.name if number == len(reference.sides) else f"{reference.name} side {number}"
        low, high = side.on_linear(side.low), side.on_linear(side.high)
        gates.append(Gate(name, gates[-1].name if gates else ROOT, "range", (side.channel,), low, high))
    return GateSet(tuple(gates), compensation)
