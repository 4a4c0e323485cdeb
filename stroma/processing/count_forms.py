"""The fields of a count: what was seen in a hemocytometer, or the file of an automated counter."""

from decimal import Decimal
from pathlib import PurePath
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from stroma.ledger import wording
from stroma.processing.domain.counter_file import read_counter_file, reading_of_sample
from stroma.processing.domain.counting import AnyCount, CounterCount, CountReadings
from stroma.processing.domain.counts import MOST_DILUTION, MOST_PER_ML, cells_per_ml
from stroma.protocols.domain.problem import BadInput, Problem

SEEN = ("live", "dead", "squares", "dilution")
COUNTED = (*SEEN, "counter_file", "counter_sample")
MOST_FAULTS = 8
"""So many faults of a file are shown at once; a file of another kind has one on every line (our choice)."""
FIELDS = {
    "sample": _("sample"),
    "total_per_ml": _("all cells per mL"),
    "viable_per_ml": _("viable cells per mL"),
    "dead_per_ml": _("dead cells per mL"),
    "viability": _("viability"),
    "diameter_um": _("diameter"),
    "dilution": _("dilution"),
    "cells_seen": _("cells counted"),
}
"""The columns of a counter's file as a person calls them."""


def count_fields(*, has_file: bool) -> dict[str, forms.Field]:
    """The fields: the numbers are needed unless a file does for them."""
    is_needed = not has_file
    return {
        "live": forms.IntegerField(
            label=_("Live cells seen"), min_value=0, max_value=100_000, required=is_needed
        ),
        "dead": forms.IntegerField(
            label=_("Dead cells seen"), min_value=0, max_value=100_000, required=is_needed
        ),
        "squares": forms.IntegerField(
            label=_("Squares counted"), min_value=1, max_value=100_000, required=is_needed
        ),
        "dilution": forms.DecimalField(
            label=_("Dilution factor"),
            min_value=Decimal(1),
            max_value=Decimal(MOST_DILUTION),
            decimal_places=2,
            required=is_needed,
        ),
        "counter_file": forms.FileField(
            label=_("Or the CSV of a cell counter"),
            required=False,
            widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv"}),
            help_text=_("It is kept as it came."),
        ),
        "counter_sample": forms.CharField(
            label=_("Sample in the file"),
            max_length=200,
            required=False,
            help_text=_("Its name, where the file has several."),
        ),
    }


def clean_count(form: forms.Form) -> None:
    """A file is read and refused with every fault; without one, some cell was seen."""
    data = form.cleaned_data
    upload = data.get("counter_file")
    if upload is None:
        if data.get("live") == 0 and data.get("dead") == 0:
            form.add_error("live", _("Nothing was counted: there is no viability of no cells. Count again."))
        elif _is_too_dense(data):
            form.add_error(
                "live", _("So many cells do not fit into a mL. Look at the squares and the dilution factor.")
            )
        return
    if data.get("live") is not None or data.get("dead") is not None:
        form.add_error("counter_file", _("Give the cells you saw or a counter's file, not both."))
        return
    name, content = PurePath(upload.name or "file").name, upload.read()
    try:
        found = reading_of_sample(
            read_counter_file(content, name=name), data.get("counter_sample", ""), name=name
        )
    except BadInput as fault:
        for problem in fault.problems[:MOST_FAULTS]:
            form.add_error("counter_file", said(problem))
        if len(fault.problems) > MOST_FAULTS:
            more = len(fault.problems) - MOST_FAULTS
            message = ngettext(
                "%(n)d more line or field is faulty.", "%(n)d more lines or fields are faulty.", more
            )
            form.add_error("counter_file", message % {"n": more})
        return
    data["counted_by_machine"] = found, name, content


def _is_too_dense(data: dict[str, Any]) -> bool:
    """Whether what was typed comes to more cells in a mL than there can be."""
    if any(data.get(name) is None for name in SEEN):
        return False
    seen = (data["live"] + data["dead"]) / data["squares"]
    return cells_per_ml(seen, float(data["dilution"])) > MOST_PER_ML


def said(problem: Problem) -> str:
    """``counts.csv:3: viability: …``: file, line and field, then what is wrong."""
    where = f"{problem.file}:{problem.line}" if problem.line else problem.file
    field = str(FIELDS.get(problem.place, problem.place))
    return ": ".join(part for part in (where, field, wording.fault(problem)) if part)


def told_count(data: dict[str, Any], volume: Decimal) -> AnyCount | None:
    """What was counted in that volume; None while something of it is missing or faulty."""
    if machine := data.get("counted_by_machine"):
        reading, name, content = machine
        return CounterCount(reading, volume, name, content)
    if any(data.get(name) is None for name in SEEN) or not data["live"] + data["dead"]:
        return None
    return CountReadings(data["live"], data["dead"], data["squares"], data["dilution"], volume)
