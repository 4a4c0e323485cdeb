"""The whole batch record as PDF, drawn by Typst. Everything that somebody wrote goes in as data, never as markup.

Nothing of the clock goes into it, so the same record always gives the same bytes.
"""

import json
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from stroma import __version__
from stroma.ledger.wording import sentence
from stroma.look.formats import amount_text, chunks, moment_text
from stroma.processing.count_keeping import cells_of_sample
from stroma.processing.domain.review import Review
from stroma.processing.models import Batch, BatchStep, CellCount
from stroma.processing.queries import steps_of
from stroma.processing.record_queries import ValueLine, counts_of, lines_of, reviewed, whole_record_of
from stroma.protocols.domain.blocker import Blocker


def record_pdf(batch: Batch) -> bytes:
    """The record of a batch, with what a review finds in it first."""
    import typst  # slow import

    template = files("stroma.processing").joinpath("typst/record.typ").read_text("utf-8")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "record.json").write_text(json.dumps(_values(batch), ensure_ascii=False), "utf-8")
        (root / "main.typ").write_text(template, "utf-8")
        return bytes(typst.compile(str(root / "main.typ"), root=str(root)))


def _values(batch: Batch) -> dict[str, Any]:
    lot = batch.lot
    zone = ZoneInfo(lot.site.time_zone)
    steps = whole_record_of(batch)
    titles = {step.code: step.title for step in steps_of(lot).steps}
    closed = moment_text(batch.closed_at, zone, with_year=True) if batch.closed_at else "still open"
    return {
        "title": f"Batch record {lot.din}",
        "footer": f"{lot.site.name} · Batch record {lot.din} · Stroma {__version__}",
        "din": " ".join(chunks(lot.din)),
        "facts": [
            ["Product", f"{lot.product_name} ({lot.product_code})"],
            ["Protocol", str(lot.protocol)],
            ["For", lot.course.number if lot.course else "a donor's bank, for no single patient"],
            ["Begun", moment_text(batch.began_at, zone, with_year=True)],
            ["Closed", closed],
            ["Times", f"in the zone {lot.site.time_zone}"],
        ],
        "review": _review(reviewed(batch, steps), zone),
        "steps": [_step(step, titles.get(step.code, step.code), zone) for step in steps],
        "missing": [title for code, title in titles.items() if code not in {step.code for step in steps}],
        "people": sorted({step.done_by.name for step in steps}),
    }


def _review(found: Review, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "findings": [
            {
                "step": one.title,
                "text": sentence(one.blocker),
                "explained": "not explained" if one.is_open else "accepted" if one.accepted else "explained",
                "accepted": ""
                if one.accepted is None
                else f"Accepted: {one.accepted.reason} ({one.accepted.by}, "
                f"{moment_text(one.accepted.at, zone, with_year=True)})",
            }
            for one in found.findings
        ],
        "looked_at": f"Looked at {found.steps} steps, {found.values} values, {found.equipment} uses of equipment and "
        f"{found.reagents} of reagents: for what is missing, late, out of limits, expired, recalled, drifting from "
        "earlier lots, or edited.",
    }


def _step(step: BatchStep, title: str, zone: ZoneInfo) -> dict[str, Any]:
    lines = [
        ["Done", f"{moment_text(step.done_at, zone, with_year=True)}, {step.done_by.name}"],
        ["Container", step.material.division],
    ]
    if equipment := [f"{use.equipment.name} ({use.equipment.code})" for use in step.equipment_used.all()]:
        lines.append(["Equipment", ", ".join(equipment)])
    if reagents := [_reagent(use.reagent, zone) for use in step.reagents_used.all()]:
        lines.append(["Reagents", "; ".join(reagents)])
    lines += _count_lines(step, zone)
    return {
        "heading": f"{step.position}. {title}",
        "lines": lines,
        "values": [_value(line, zone) for line in lines_of(list(step.values.all()))],
        "exceptions": [
            f"{sentence(Blocker(one.code, one.values, one.source))} Reason: {one.reason} "
            f"({one.raised_by.name}, {moment_text(one.raised_at, zone, with_year=True)})"
            for one in step.exceptions.all()
        ],
        "photos": [
            {
                "text": f"{photo.name}, {photo.taken_by.name}, {moment_text(photo.taken_at, zone, with_year=True)}",
                "sha256": photo.sha256,
            }
            for photo in step.photos.all()
        ],
    }


def _count_lines(step: BatchStep, zone: ZoneInfo) -> list[list[str]]:
    """Each sample's counts in the order they replaced each other, and what both come to where there are two."""
    first, second = counts_of(step), counts_of(step, second=True)
    lines = []
    for name, chain in (("Count", first), ("Second count", second)):
        for number, count in enumerate(chain, 1):
            of = name if number == len(chain) else f"{name}, wrong"
            lines.append(
                [of, f"{_seen(count)}{_sample(count) if second else _figures(count)}{_entered(count, zone)}"]
            )
    if second:
        mean = f"mean of both samples{_figures(second[-1])}"
        lines.append(["Both counts", mean])
    return lines


def _sample(count: CellCount) -> str:
    return f": {cells_of_sample(count) / 1_000_000:.2f} million viable cells by this sample"


def _seen(count: CellCount) -> str:
    if count.file is not None:
        how = (
            f"by an automated counter (sample {count.sample or 'without a name'}, line {count.file_line} of "
            f"{count.file.name}, SHA-256 {count.file.sha256}), "
        )
    else:
        assert count.dilution_factor is not None
        how = (
            f"{count.live_cells} live, {count.dead_cells} dead over {count.squares} squares, diluted "
            f"{amount_text(count.dilution_factor)} times, "
        )
    return f"{how}in {amount_text(count.volume_ml)} mL"


def _figures(count: CellCount) -> str:
    text = f": viability {100 * count.viability:.1f} %, {count.viable_cells / 1_000_000:.2f} million viable cells"
    if count.cumulative_population_doublings is not None:
        text += f", {count.cumulative_population_doublings:.2f} cumulative doublings"
    return text


def _entered(count: CellCount, zone: ZoneInfo) -> str:
    if count.entered_by is None or count.entered_at is None:
        return ""
    who = f"{count.entered_by.name}, {moment_text(count.entered_at, zone, with_year=True)}"
    return f". Corrected: {count.reason} ({who})" if count.corrects_id else f" ({who})"


def _reagent(reagent: Any, zone: ZoneInfo) -> str:
    expires = moment_text(reagent.expires_at, zone, with_year=True)
    return f"{reagent.name}, {reagent.manufacturer}, lot {reagent.number}, expires {expires}"


def _value(line: ValueLine, zone: ZoneInfo) -> dict[str, Any]:
    value = line.value
    by = f"{value.entered_by.name}, {moment_text(value.entered_at, zone, with_year=True)}"
    return {
        "title": value.title,
        "value": f"{amount_text(value.value)} {value.unit}".rstrip(),
        "limits": line.limits,
        "outside": line.is_outside,
        "replaced": [
            {
                "value": amount_text(old.value),
                "by": f"{old.entered_by.name}, {moment_text(old.entered_at, zone, with_year=True)}",
            }
            for old in line.replaced
        ],
        "why": f"{value.reason} ({by})" if value.reason else "",
    }
