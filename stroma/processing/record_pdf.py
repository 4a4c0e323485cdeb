"""The whole batch record as PDF, drawn by Typst. Everything that somebody wrote goes in as data, never as markup.

Nothing of the clock goes into it, so the same record always gives the same bytes.
"""

import json
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from stroma import __version__
from stroma.ledger.record import is_simulated
from stroma.ledger.wording import sentence, word
from stroma.look.formats import amount_text, chunks, moment_text
from stroma.processing.count_figures import figure_words, figures_of
from stroma.processing.count_keeping import cells_of_sample
from stroma.processing.domain.count_figures import CountFigures
from stroma.processing.domain.review import Finding, Review
from stroma.processing.models import Batch, BatchStep, CellCount, StepPhoto, StepValue
from stroma.processing.photos import small_picture
from stroma.processing.queries import steps_of
from stroma.processing.record_queries import (
    ValueLine,
    counts_of,
    lines_of,
    millions,
    reviewed,
    whole_record_of,
)
from stroma.protocols.domain.blocker import Blocker


def record_pdf(batch: Batch) -> bytes:
    """The record of a batch, with what a review finds in it first."""
    import typst  # slow import

    template = files("stroma.processing").joinpath("typst/record.typ").read_text("utf-8")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "record.json").write_text(json.dumps(_values(batch, root), ensure_ascii=False), "utf-8")
        (root / "main.typ").write_text(template, "utf-8")
        return bytes(typst.compile(str(root / "main.typ"), root=str(root)))


def _values(batch: Batch, folder: Path) -> dict[str, Any]:
    lot = batch.lot
    zone = ZoneInfo(lot.site.time_zone)
    steps = whole_record_of(batch)
    figures = figures_of(steps)
    titles = {step.code: word(step.title) for step in steps_of(lot).steps}
    closed = moment_text(batch.closed_at, zone, with_year=True) if batch.closed_at else _("still open")
    people = ", ".join(sorted({step.done_by.name for step in steps}))
    return {
        "language": get_language() or "en",
        "title": _("Batch record"),
        "din": " ".join(chunks(lot.din)),
        "simulated": _("Simulated: this record is of no real product.") if is_simulated() else "",
        "footer": f"{lot.site.name} · {_('Batch record')} {lot.din} · Stroma {__version__}",
        "facts": [
            [_("Product"), f"{lot.product_name} ({lot.product_code})"],
            [_("Protocol"), str(lot.protocol)],
            [_("For"), lot.course.number if lot.course else _("a donor's bank, for no single patient")],
            [_("Begun"), moment_text(batch.began_at, zone, with_year=True)],
            [_("Closed"), closed],
            [_("Times"), _("in the zone %(zone)s") % {"zone": lot.site.time_zone}],
            [_("People"), people or _("nobody yet")],
        ],
        "review": _review(reviewed(batch, steps), zone),
        "steps": [
            _step(step, titles.get(step.code, step.code), figures.get(step.pk), zone, folder)
            for step in steps
        ],
        "value_head": [_("Value"), _("Read"), _("Limits"), _("Reason")],
        "missing_title": _("Not done"),
        "missing": [title for code, title in titles.items() if code not in {step.code for step in steps}],
    }


def _review(found: Review, zone: ZoneInfo) -> dict[str, Any]:
    looked_at = _(
        "Looked at (steps: %(steps)s, values: %(values)s, uses of equipment: %(equipment)s, of reagents: %(reagents)s) "
        "for what is missing, late, out of limits, expired, recalled, drifting from earlier lots, or edited."
    )
    return {
        "title": _("Review by exception"),
        "nothing": _("Nothing to look at in the batch record"),
        "head": [_("Step"), _("What"), _("Weight")],
        "findings": [
            {
                "step": word(one.title),
                "text": sentence(one.blocker),
                "weight": _weight(one),
                "is_open": one.waits_for_quality,
                "accepted": _accepted(one, zone),
            }
            for one in found.findings
        ],
        "looked_at": looked_at
        % {
            "steps": found.steps,
            "values": found.values,
            "equipment": found.equipment,
            "reagents": found.reagents,
        },
    }


def _weight(finding: Finding) -> str:
    """How a finding stands, in the words of the page."""
    if finding.accepted is not None:
        return _("accepted by quality")
    if finding.waits_for_quality:
        return _("not explained")
    return _("to be done") if finding.is_open else _("explained, look at it")


def _accepted(finding: Finding, zone: ZoneInfo) -> str:
    if (said := finding.accepted) is None:
        return ""
    when = moment_text(said.at, zone, with_year=True)
    return _("Accepted: %(reason)s (%(who)s, %(when)s)") % {
        "reason": said.reason,
        "who": said.by,
        "when": when,
    }


def _step(
    step: BatchStep, title: str, figures: CountFigures | None, zone: ZoneInfo, folder: Path
) -> dict[str, Any]:
    lines = [
        [_("Done"), f"{moment_text(step.done_at, zone, with_year=True)}, {step.done_by.name}"],
        [_("Container"), step.material.division],
    ]
    if equipment := [f"{use.equipment.name} ({use.equipment.code})" for use in step.equipment_used.all()]:
        lines.append([_("Equipment"), ", ".join(equipment)])
    if reagents := [_reagent(use.reagent, zone) for use in step.reagents_used.all()]:
        lines.append([_("Reagents"), "; ".join(reagents)])
    lines += _count_lines(step, figures, zone)
    return {
        "heading": f"{step.position}. {title}",
        "lines": lines,
        "values": [_value(line, zone) for line in lines_of(list(step.values.all()))],
        "exceptions": [
            _("Exception. %(what)s Reason: %(reason)s (%(who)s, %(when)s)")
            % {
                "what": sentence(Blocker(one.code, one.values, one.source)),
                "reason": one.reason,
                "who": one.raised_by.name,
                "when": moment_text(one.raised_at, zone, with_year=True),
            }
            for one in step.exceptions.all()
        ],
        "photos": [_photo(photo, zone, folder) for photo in step.photos.all()],
    }


def _photo(photo: StepPhoto, zone: ZoneInfo, folder: Path) -> dict[str, str]:
    """What is said of a photo, and the file in ``folder`` that it is printed from; none where it cannot be drawn."""
    when = moment_text(photo.taken_at, zone, with_year=True)
    drawn = small_picture(bytes(photo.content))
    file = f"photo-{photo.pk}.jpg" if drawn is not None else ""
    if drawn is not None:
        (folder / file).write_bytes(drawn)
    return {
        "text": f"{_('Photo')}: {photo.name}, {photo.taken_by.name}, {when}",
        "sha256": photo.sha256,
        "file": file,
    }


def _count_lines(step: BatchStep, figures: CountFigures | None, zone: ZoneInfo) -> list[list[str]]:
    """Each sample's counts in the order they replaced each other, and what both come to where there are two."""
    first, second = counts_of(step), counts_of(step, second=True)
    lines = []
    for name, wrong, chain in (
        (_("Count"), _("Count, wrong"), first),
        (_("Second count"), _("Second count, wrong"), second),
    ):
        for number, count in enumerate(chain, 1):
            of = name if number == len(chain) else wrong
            lines.append(
                [
                    of,
                    f"{_seen(count)}: {_sample(count) if second else _figures(count)}{_entered(count, zone)}",
                ]
            )
    if second:
        lines.append([_("Mean of both"), _figures(second[-1])])
    if figures is not None:
        lines.append([_("95 % intervals"), _intervals(figures)])
    return lines


def _intervals(figures: CountFigures) -> str:
    told = figure_words(figures)
    words = [
        _("viability %(percent)s, %(cells)s viable cells")
        % {"percent": told["viability"], "cells": told["cells"]}
    ]
    if told["doublings"]:
        words.append(
            _("%(doublings)s doublings since the last count")
            % {"doublings": f"{told['doublings']} ({told['doublings_interval']})"}
        )
    if told["rate"]:
        words.append(_("%(rate)s doublings a day") % {"rate": f"{told['rate']} ({told['rate_interval']})"})
    if told["cumulative"]:
        words.append(_("%(doublings)s cumulative doublings") % {"doublings": told["cumulative"]})
    return "; ".join(words)


def _sample(count: CellCount) -> str:
    return _("%(cells)s viable cells by this sample") % {"cells": millions(cells_of_sample(count))}


def _seen(count: CellCount) -> str:
    volume = amount_text(count.volume_ml)
    if count.file is not None:
        told = {
            "sample": count.sample or "–",
            "line": count.file_line,
            "file": count.file.name,
            "sha256": count.file.sha256,
            "volume": volume,
        }
        words = _(
            "by an automated counter (sample %(sample)s, line %(line)s of %(file)s, SHA-256 %(sha256)s), "
            "in %(volume)s mL"
        )
        return words % told
    assert count.dilution_factor is not None
    assert count.squares is not None
    words = ngettext(
        "%(live)s live, %(dead)s dead over %(n)s square, diluted %(times)s times, in %(volume)s mL",
        "%(live)s live, %(dead)s dead over %(n)s squares, diluted %(times)s times, in %(volume)s mL",
        count.squares,
    )
    return words % {
        "live": count.live_cells,
        "dead": count.dead_cells,
        "n": count.squares,
        "times": amount_text(count.dilution_factor),
        "volume": volume,
    }


def _figures(count: CellCount) -> str:
    figures = {"percent": f"{100 * count.viability:.1f} %", "cells": millions(count.viable_cells)}
    text = _("viability %(percent)s, %(cells)s viable cells") % figures
    if count.cumulative_population_doublings is None:
        return text
    doublings = f"{count.cumulative_population_doublings:.2f}"
    return f"{text}, {_('%(doublings)s cumulative doublings') % {'doublings': doublings}}"


def _entered(count: CellCount, zone: ZoneInfo) -> str:
    if count.entered_by is None or count.entered_at is None:
        return ""
    who = f"{count.entered_by.name}, {moment_text(count.entered_at, zone, with_year=True)}"
    if not count.corrects_id:
        return f" ({who})"
    return ". " + _("Corrected: %(reason)s (%(who)s)") % {"reason": count.reason, "who": who}


def _reagent(reagent: Any, zone: ZoneInfo) -> str:
    expires = moment_text(reagent.expires_at, zone, with_year=True)
    words = _("%(name)s, %(maker)s, lot %(number)s, expires %(expires)s")
    return words % {
        "name": reagent.name,
        "maker": reagent.manufacturer,
        "number": reagent.number,
        "expires": expires,
    }


def _value(line: ValueLine, zone: ZoneInfo) -> dict[str, Any]:
    value = line.value
    return {
        "title": word(value.title),
        "value": f"{amount_text(value.value)} {value.unit}".rstrip(),
        "limits": line.limits,
        "outside": line.is_outside,
        "replaced": [amount_text(old.value) for old in line.replaced],
        "was": [
            _("was %(value)s, %(who)s") % {"value": amount_text(old.value), "who": _by(old, zone)}
            for old in line.replaced
        ],
        "why": f"{value.reason} ({_by(value, zone)})" if value.reason else "",
    }


def _by(value: StepValue, zone: ZoneInfo) -> str:
    return f"{value.entered_by.name}, {moment_text(value.entered_at, zone, with_year=True)}"
