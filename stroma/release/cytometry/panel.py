"""A panel: which stains are looked for, what is expected of each, and by which limit. A panel is a TOML document.

A stain is found by its name in $PnS, or in $PnN where $PnS is empty. It must be the stain's own name, alone or with a
dye after it ("CD73", "CD73 PE", "HLA-DR APC-Cy7"): CD45RA is not CD45. Nothing is taken for another.
"""

import hashlib
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stroma.protocols.domain.problem import BadInput, Problem
from stroma.protocols.domain.schema import SpecificationLimit
from stroma.release.cytometry.channels import Channel
from stroma.release.cytometry.fcs import DataSet

_DYE = re.compile(
    r"(a|b|h|area|fitc|gfp|pe|apc|percp|cy[357](\.?5)?|cychrome|ecd|texasred|txred|bv\d{3}|bb\d{3}|buv\d{3}|v\d{3}|"
    r"r\d{3}|af\d{3}|alexa(fluor)?\d{3}|ax\d{3}|efluor\d{3}|sb\d{3}|qdot\d{3}|dylight\d{3}|vio(blue|green)?\d*|"
    r"(pacific|pac)(blue|orange)|krome|orange|amcyan|vioblue|fire\d*|dazzle\d*|brilliant|violet|blue|ultra|\d{3})+"
)
"""What may stand after a stain's name: a dye's name, without blanks and in small letters."""


class Part(BaseModel):
    """A part of a panel; a key that is unknown is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Reference(Part):
    """A threshold on linear, compensated values for a scale that ends at ``top``; provisional by nature."""

    threshold: float = Field(gt=0)
    top: float = Field(gt=0)
    source: str = Field(min_length=1)


class Viability(Part):
    """Dyes that only dead cells take up; the one that is there is used."""

    stains: list[str] = Field(min_length=1)
    source: str = Field(min_length=1)


class Marker(Part):
    """One stain with what is expected of it."""

    stain: str = Field(min_length=1)
    instead: list[str] = []
    """Stains that may stand for this one."""
    expect: Literal["positive", "negative"]
    limit_percent: float = Field(ge=0, le=100)
    result: str = ""
    """The line of the release specification that it answers."""
    reference: Reference | None = None
    source: str = Field(min_length=1)


class Panel(Part):
    """A whole panel."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    version: str = Field(min_length=1)
    title: str = Field(min_length=1)
    source: str = Field(min_length=1)
    control_percentile: float = Field(gt=50, lt=100)
    reference: Reference | None = None
    viability: Viability | None = None
    markers: list[Marker] = Field(min_length=1)

    @property
    def digest(self) -> str:
        """SHA-256 of the panel's content, however its document is written."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    @property
    def identity(self) -> str:
        """Name, version and digest, as a gate set keeps it."""
        return f"{self.name} {self.version} {self.digest}"

    def for_specification(self, limits: Sequence[SpecificationLimit], *, name: str) -> "Panel":
        """This panel with the limits of a protocol's specification, and only the markers that it asks for.

        Raises BadInput where the specification asks for none of them.
        """
        asked = {limit.code: limit for limit in limits if limit.kind == "number" and limit.unit == "%"}
        markers = []
        for marker in self.markers:
            limit = asked.get(marker.result)
            if limit is None:
                continue
            wanted = limit.minimum if marker.expect == "positive" else limit.maximum
            if wanted is not None:
                markers.append(
                    marker.model_copy(update={"limit_percent": float(wanted), "source": limit.source})
                )
        if not markers:
            message = (
                f"{name} asks for no marker of the panel {self.name}; its cells are not judged by cytometry"
            )
            raise BadInput([Problem("panel_not_asked", message)])
        return self.model_copy(
            update={"name": name, "title": f"{self.title}, limits of {name}", "markers": markers}
        )


def read_panel(text: str, *, file: str) -> Panel:
    """A panel from its text. Raises BadInput with every fault."""
    try:
        return Panel.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput([Problem("toml_syntax", f"this is not TOML: {error}", file)]) from None
    except ValidationError as error:
        raise BadInput(
            Problem("panel_fault", fault["msg"], file, ".".join(str(part) for part in fault["loc"]))
            for fault in error.errors(include_url=False)
        ) from None


def shipped_panels() -> list[str]:
    """The names of the panels that come with Stroma."""
    folder = files("stroma.release.cytometry").joinpath("panels")
    return sorted(one.name.removesuffix(".toml") for one in folder.iterdir() if one.name.endswith(".toml"))


def panel_named(name: str) -> Panel:
    """A shipped panel, a file, or the ISCT panel with the limits of a shipped protocol. Raises BadInput."""
    from stroma.protocols.library import shipped_protocols

    if name in shipped_panels():
        text = files("stroma.release.cytometry").joinpath("panels", f"{name}.toml").read_text("utf-8")
        return read_panel(text, file=f"{name}.toml")
    if name.endswith(".toml"):
        try:
            return read_panel(Path(name).read_text("utf-8"), file=name)
        except OSError as error:
            raise BadInput([Problem("file_not_readable", error.strerror or "cannot be read", name)]) from None
    for shipped in shipped_protocols():
        if shipped.protocol.id == name:
            return panel_named("isct").for_specification(shipped.protocol.specification, name=name)
    known = ", ".join(shipped_panels())
    message = f"there is no panel {name!r}; there are {known}, a file PANEL.toml, and the name of a protocol"
    raise BadInput([Problem("unknown_panel", message)])


@dataclass(frozen=True, slots=True)
class Found:
    """A marker of the panel and the channel in which it is measured."""

    marker: Marker
    stain: str
    channel: Channel


def find_markers(panel: Panel, data: DataSet) -> list[Found]:
    """The channel of every marker. Raises BadInput with each that is missing or is there more than once."""
    found: list[Found] = []
    problems: list[Problem] = []
    for marker in panel.markers:
        names = [marker.stain, *marker.instead]
        hits = [(name, channel) for name in names for channel in channels_stained(data, name)]
        if len(hits) == 1:
            found.append(Found(marker, *hits[0]))
            continue
        have = ", ".join(channel.marker or channel.name for channel in data.channels)
        if hits:
            message = (
                f"{' or '.join(names)} is in more than one channel ({', '.join(c.name for _, c in hits)})"
            )
            problems.append(Problem("stain_twice", message, data.file, marker.stain))
        else:
            message = f"no channel is stained with {' or '.join(names)}; the file has {have}"
            problems.append(Problem("stain_missing", message, data.file, marker.stain))
    if problems:
        raise BadInput(problems)
    return found


def find_viability(panel: Panel, data: DataSet) -> tuple[str, Channel] | None:
    """The channel of a viability dye, None where there is none. Raises BadInput where there are two."""
    hits = {
        channel.name: (stain, channel)
        for stain in (panel.viability.stains if panel.viability else ())
        for channel in channels_stained(data, stain)
    }
    if len(hits) > 1:
        message = f"there is more than one viability dye: {', '.join(hits)}"
        raise BadInput([Problem("stain_twice", message, data.file, "viability")])
    return next(iter(hits.values()), None)


def channels_stained(data: DataSet, stain: str) -> list[Channel]:
    """The channels whose stain this is; of one detector's area, height and width only the area."""
    hits = [channel for channel in data.channels if _is_stain(channel.marker or channel.name, stain)]
    detectors = {re.sub(r"[-_ ]?[AHW]$", "", channel.name) for channel in hits}
    areas = [channel for channel in hits if re.search(r"[-_ ]A$", channel.name)]
    return areas if len(detectors) == 1 and len(areas) == 1 else hits


def _is_stain(text: str, stain: str) -> bool:
    """Whether a channel's words name this stain, alone or with a dye."""
    letters = [re.escape(letter) for letter in re.sub(r"[\s_/-]", "", stain)]
    match = re.match(r"[\s_/-]*".join(letters) + r"(?P<rest>.*)$", text.strip(), re.IGNORECASE)
    if match is None:
        return False
    rest = match["rest"]
    if not rest:
        return True
    return not rest[0].isalnum() and bool(_DYE.fullmatch(re.sub(r"[\s_/.,:()-]", "", rest).lower()))
