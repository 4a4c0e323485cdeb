"""A kept reading as its page shows it: names in the reader's language, limits, verdicts, gates and their versions."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stroma.release.cytometry.gates import GateSet

WORDS: dict[str, str | Promise] = {
    "all events": gettext_lazy("all events"),
    "steady": gettext_lazy("measured steadily"),
    "FSC on scale": gettext_lazy("FSC on scale"),
    "SSC on scale": gettext_lazy("SSC on scale"),
    "cells": gettext_lazy("cells"),
    "singlets": gettext_lazy("single cells"),
    "live": gettext_lazy("live cells"),
    "sample": gettext_lazy("sample"),
    "control": gettext_lazy("control"),
    "counted": gettext_lazy("counted"),
    "events, each to its own peak": gettext_lazy("events, each to its own peak"),
}

VERDICTS: dict[str, tuple[str | Promise, str]] = {
    "met": (gettext_lazy("meets the limit"), "go"),
    "not met": (gettext_lazy("does not meet the limit"), "stop"),
    "within error": (gettext_lazy("too close to tell"), "wait"),
}


def say(word: str) -> str:
    """A population's name, or a word of a picture."""
    if word in WORDS:
        return str(WORDS[word])
    if word.endswith(" positive"):
        return _("%(stain)s positive") % {"stain": word.removesuffix(" positive")}
    return word


@dataclass(frozen=True, slots=True)
class PopulationLine:
    """One row of the table."""

    name: str
    count: int
    percent: str
    interval: str
    parent: str
    limit: str
    verdict: str
    tone: str


@dataclass(frozen=True, slots=True)
class GateLine:
    """One gate with its numbers, and whether it can be moved."""

    number: int
    name: str
    channels: str
    low: str
    high: str
    origin: str
    reason: str
    may_move: bool


def population_lines(populations: list[dict[str, Any]]) -> list[PopulationLine]:
    """The populations as they were kept."""
    lines = []
    for one in populations:
        sign = "≥" if one.get("expect") == "positive" else "≤"
        verdict, tone = VERDICTS.get(one.get("verdict", ""), ("", ""))
        lines.append(
            PopulationLine(
                name=say(one["name"]),
                count=one["count"],
                percent="–" if one["percent"] is None else f"{one['percent']:.2f} %",
                interval=f"{one['low']:.2f}–{one['high']:.2f}" if one["parent"] else "",
                parent=say(one["parent"]) if one["parent"] else "",
                limit=f"{sign} {one['limit_percent']:g} %" if one.get("expect") else "",
                verdict=str(verdict),
                tone=tone,
            )
        )
    return lines


def gate_lines(gate_set: GateSet) -> list[GateLine]:
    """The gates, counted from 1 as their addresses are."""
    return [
        GateLine(
            number,
            say(gate.name),
            " / ".join(gate.channels),
            "" if gate.low is None else f"{gate.low:.6g}",
            "" if gate.high is None else f"{gate.high:.6g}",
            gate.origin,
            gate.reason,
            gate.kind in {"range", "ratio"},
        )
        for number, gate in enumerate(gate_set.gates, start=1)
    ]
