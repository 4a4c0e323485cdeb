"""The page that shows every part in every state, on invented data: ``/components/``.

It is how a part is looked at while it is made, and what the browser tests hold against the rules of
accessibility.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from stroma.look import component_lines
from stroma.look.formats import Estimate
from stroma.look.parts import Figure, Happening, Signature, Tab
from stroma.protocols.domain.blocker import Blocker, Weight

NOW = datetime(2026, 11, 24, 19, 30, tzinfo=UTC)

BLOCKERS = [
    Blocker(
        "answer_contradicts_record",
        {"variable": "on_anticoagulant", "question": "Does the patient take an anticoagulant?"},
        "Stroma candidacy",
        Weight.CAUTION,
    ),
    Blocker(
        "donation_mismatch", {"expected": "A9999 26 000012", "scanned": "A9999 26 000021"}, "21 CFR 1271.290"
    ),
    Blocker(
        "volume_out_of_range",
        {"volume": "2.5", "least": 0.5, "most": 2},
        "Protocol, target",
        Weight.OVERRIDABLE,
    ),
    Blocker(
        "red_flag_saddle_numbness",
        {"route": "emergency department with MRI at any hour"},
        "BMJBP-CES",
        Weight.URGENT,
    ),
]


class BookingForm(forms.Form):
    """One field of each kind, as a consultation asks for them."""

    name = forms.CharField(label=_("Your name"))
    birth_date = forms.DateField(
        label=_("Date of birth"),
        help_text=_("Month, day, year"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    site = forms.ChoiceField(label=_("Where"), choices=[("a", "Alpharetta"), ("b", "Atlanta")])
    pain = forms.ChoiceField(
        label=_("Where does it hurt most?"),
        widget=forms.RadioSelect,
        choices=[("back", _("In the back")), ("leg", _("Down a leg")), ("neck", _("In the neck"))],
    )
    story = forms.CharField(label=_("What have you tried so far?"), required=False, widget=forms.Textarea)
    agrees = forms.BooleanField(label=_("You may call me about this"), required=True)


def chart_svg() -> str:
    """A small chart in the house's manner: labels at the lines, intervals drawn, n below."""
    arms = [
        ("cells", "Cells", "", [(90, 60, 10), (260, 128, 9), (430, 140, 10), (600, 145, 11)]),
        ("sham", "Sham injection", "7 4", [(98, 62, 9), (268, 105, 9), (438, 112, 10), (608, 117, 12)]),
    ]
    drawn = []
    for arm, label, dash, points in arms:
        path = " L".join(f"{x} {y}" for x, y, _ in points)
        bars = "".join(f"M{x} {y - half} V{y + half} " for x, y, half in points)
        dots = "".join(f'<circle cx="{x}" cy="{y}" r="4.5"/>' for x, y, _ in points)
        x, y, _half = points[-1]
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        drawn.append(
            f'<g class="chart-arm" data-arm="{arm}"><path d="M{path}"{dashed}/><path d="{bars}"/>{dots}'
            f'<text x="{x + 14}" y="{y + 5}">{label}</text></g>'
        )
    levels = ((40, "8"), (90, "6"), (140, "4"), (190, "2"))
    grid = "".join(
        f'<path class="chart-grid" d="M56 {y} H640"/>'
        f'<text x="44" y="{y + 5}" text-anchor="end">{value}</text>'
        for y, value in levels
    )
    times = (
        (94, "start", "64 · 61"),
        (264, "3 months", "60 · 58"),
        (434, "6 months", "57 · 52"),
        (604, "12 months", "51 · 49"),
    )
    axis = "".join(
        f'<text x="{x}" y="246" text-anchor="middle">{time}</text>'
        f'<text x="{x}" y="268" text-anchor="middle">{n}</text>'
        for x, time, n in times
    )
    return (
        '<svg class="chart" role="img" aria-label="Pain, 0 to 10, over 12 months in two arms" '
        f'viewBox="0 0 760 280">{grid}<path class="chart-axis" d="M56 222 H640"/>{axis}'
        f'<text x="44" y="268" text-anchor="end">n</text>{"".join(drawn)}</svg>'
    )


FIGURE = Figure(
    key="example-figure",
    answer="Both groups had less pain after 12 months",
    question="Invented numbers. Mean pain (0–10), with 95 % intervals.",
    svg=chart_svg(),
    headers=("When", "Cells", "Sham injection"),
    rows=(
        ("start", "7.2 (6.8–7.6)", "7.1 (6.8–7.5)"),
        ("3 months", "4.5 (4.1–4.8)", "5.4 (5.0–5.7)"),
        ("6 months", "4.0 (3.6–4.4)", "5.1 (4.7–5.5)"),
        ("12 months", "3.8 (3.3–4.2)", "4.9 (4.4–5.4)"),
    ),
    note="13 of 64 and 12 of 61 had not answered at 12 months; they are counted as missing, not as well.",
    download="#example-figure",
)

HAPPENINGS = [
    Happening(
        datetime(2026, 11, 24, 13, 35, tzinfo=UTC),
        "Marrow collected",
        "60 mL, left iliac crest",
        "R. Okafor",
        "9f2c41ab77",
    ),
    Happening(
        datetime(2026, 11, 24, 14, 20, tzinfo=UTC),
        "Handed over to the laboratory",
        "Scanned by both",
        "M. Lindqvist",
        "1d04be2255",
    ),
    Happening(datetime(2026, 12, 3, 15, 0, tzinfo=UTC), "Count is late", "Due 2 Dec, 15:00", "", "", "wait"),
    Happening(
        datetime(2026, 12, 4, 16, 10, tzinfo=UTC),
        "Lot rejected",
        "Viability 64 %, limit 70 %",
        "A. Mensah",
        "77aa0193ce",
        "stop",
    ),
]

SIGNATURES = [
    Signature(_("Tested against the specification"), "Maja Lindqvist", _("Technologist"), NOW),
    Signature(_("Released for this patient"), needs=_("Someone from quality who did not test it")),
]


def example_values(request: HttpRequest) -> dict[str, Any]:
    """Everything the page shows."""
    return {
        "lines": component_lines.lines(),
        "hero": component_lines.expanded(),
        "board": component_lines.board(),
        "blockers": BLOCKERS,
        "cautions": BLOCKERS[:1],
        "form": BookingForm(),
        "faulty_form": BookingForm(
            {"name": "", "birth_date": "31 Feb", "site": "a", "story": ""}, auto_id="faulty_%s"
        ),
        "figure": FIGURE,
        "happenings": HAPPENINGS,
        "signatures": SIGNATURES,
        "tabs": [
            Tab(_("Course"), request.path, is_current=True),
            Tab(_("Documents"), "#tabs", count=4),
            Tab(_("Messages"), "#tabs", count=0),
            Tab(_("Who looked"), "#tabs"),
        ],
        "menu": [Tab(_("My day"), "#"), Tab(_("Signatures"), "#"), Tab(_("Sign out"), "#")],
        "estimate": Estimate(72, 61, 81, 64, "%"),
        "difference": Estimate(-1.2, -2.4, 0.1, 125, decimals=1),
        "now": NOW,
        "day": date(2026, 11, 24),
        "three_weeks": timedelta(weeks=3),
        "four_days": timedelta(days=4),
        "spans": [
            timedelta(minutes=45),
            timedelta(hours=6),
            timedelta(days=3),
            timedelta(weeks=6),
            timedelta(days=365),
        ],
        "swatches": [
            ("surface", "surface"),
            ("raised", "surface-raised"),
            ("sunken", "surface-sunken"),
            ("text", "text"),
            ("quiet", "text-quiet"),
            ("go", "go"),
            ("go-surface", "go-surface"),
            ("wait-surface", "wait-surface"),
            ("stop", "stop"),
            ("stop-surface", "stop-surface"),
        ],
    }


def components(request: HttpRequest, page: str = "all", answer: str = "") -> HttpResponse:
    """The component page, or one of its pages for reading and doing, which need a screen of their own."""
    values = example_values(request)
    if page == "all":
        return render(request, "look/components.html", values)
    if page == "reading":
        return render(request, "look/components_reading.html", values)
    found = {"scan": None, "go": BLOCKERS[:1], "stop": BLOCKERS[1:3]}
    if answer not in found:
        raise Http404
    return render(request, "look/components_doing.html", {**values, "found": found[answer], "answer": answer})
