"""The control chart: every run against its target, with the lines of one, two and three standard deviations."""

from zoneinfo import ZoneInfo

from django.utils.html import escape
from django.utils.translation import gettext as _

from stroma.look.formats import moment_text
from stroma.look.parts import Figure
from stroma.release.domain.controls import RunVerdict, Target
from stroma.release.models import ControlMaterial, ControlRun

_LEFT, _RIGHT, _TOP, _BOTTOM = 70.0, 600.0, 16.0, 250.0
MINUS = "\N{MINUS SIGN}"
_SHOWN = 40
"""Runs on the picture; the table has them all."""
_REACH = 4.0
"""Standard deviations up and down; a run beyond them is drawn at the edge."""
VERDICTS = {
    RunVerdict.LEARNING.value: "learning",
    RunVerdict.IN_CONTROL.value: "in",
    RunVerdict.WARNING.value: "warning",
    RunVerdict.FAILED.value: "failed",
}


def control_figure(
    material: ControlMaterial, runs: list[ControlRun], target: Target | None, zone: str
) -> Figure:
    """The chart with its answer as the title, and a table of the same runs."""
    shown = runs[-_SHOWN:]
    where = ZoneInfo(zone)
    rows = tuple(
        (
            moment_text(run.run_at, where),
            f"{run.value.normalize():f}",
            "–" if run.z is None else f"{run.z:+.2f}".replace("-", MINUS),
            ", ".join(run.rules) or "–",
            str(run.get_verdict_display()),
            run.run_by.name,
        )
        for run in reversed(runs)
    )
    return Figure(
        key="control",
        answer=_answer(material, runs, target),
        question=_("Runs of the control, in the order in which they were made"),
        svg=_svg(shown, target),
        headers=(_("Run"), _("Value"), _("SD from target"), _("Rules broken"), _("Verdict"), _("By")),
        rows=rows,
        note=_note(material, target),
    )


def _answer(material: ControlMaterial, runs: list[ControlRun], target: Target | None) -> str:
    if not runs:
        return _("No run yet")
    if target is None:
        return _("The target is being learned: %(n)s of %(all)s runs") % {
            "n": len(runs),
            "all": material.learn_from,
        }
    last = runs[-1]
    if last.verdict == RunVerdict.FAILED:
        return _("Failed: %(rules)s. Results are held until a run passes") % {"rules": ", ".join(last.rules)}
    if last.verdict == RunVerdict.WARNING:
        return _("Warning: more than 2 SD from the target. The results stand")
    return _("In control")


def _note(material: ControlMaterial, target: Target | None) -> str:
    if target is None:
        return _("Nothing is judged by this control until its target is learned.")
    values = {"mean": f"{target.mean:.5g}", "sd": f"{target.sd:.3g}", "n": material.learn_from}
    if material.learn_from:
        return _("Target %(mean)s and SD %(sd)s were learned from the first %(n)s runs.") % values
    return _("Target %(mean)s and SD %(sd)s are as given when the control was opened.") % values


def _svg(runs: list[ControlRun], target: Target | None) -> str:
    if not runs:
        return ""
    values = [float(run.value) for run in runs]
    mean = target.mean if target else sum(values) / len(values)
    sd = target.sd if target else (max(values) - min(values)) / 4 or 1.0

    def x(number: int) -> float:
        return _LEFT + 16 + (_RIGHT - _LEFT - 32) * (number + 0.5) / max(len(runs), 8)

    def y(z: float) -> float:
        return _TOP + (_BOTTOM - _TOP) * (0.5 - max(-_REACH, min(_REACH, z)) / (2 * _REACH))

    parts = [
        f'<svg viewBox="0 0 634 275" class="qc-chart" role="img" aria-label="{escape(_("Control chart"))}">'
    ]
    if target:
        parts.append(
            f'<rect class="qc-band" x="{_LEFT}" y="{y(2):.1f}" width="{_RIGHT - _LEFT}" height="{y(-2) - y(2):.1f}"/>'
        )
        for z in (-3, -2, -1, 0, 1, 2, 3):
            kind = "qc-mean" if z == 0 else "qc-stop" if abs(z) == 3 else "qc-line"
            parts.append(f'<line class="{kind}" x1="{_LEFT}" x2="{_RIGHT}" y1="{y(z):.1f}" y2="{y(z):.1f}"/>')
            label = f"{mean + z * sd:.4g}"
            parts.append(
                f'<text class="qc-text" x="{_LEFT - 6}" y="{y(z) + 3.5:.1f}" text-anchor="end">{label}</text>'
            )
            beside = "" if z == 0 else f"{z:+d}".replace("-", MINUS)
            parts.append(f'<text class="qc-text" x="{_RIGHT + 3}" y="{y(z) + 3.5:.1f}">{beside}</text>')
    points = [(x(number), y((value - mean) / sd)) for number, value in enumerate(values)]
    parts.append(f'<polyline class="qc-path" points="{" ".join(f"{a:.1f},{b:.1f}" for a, b in points)}"/>')
    for (a, b), run in zip(points, runs, strict=True):
        parts.append(_mark(a, b, run))
    parts.append(
        f'<text class="qc-text" x="{_LEFT}" y="270">{escape(_("earlier"))}</text>'
        f'<text class="qc-text" x="{_RIGHT}" y="270" text-anchor="end">{escape(_("newest run"))}</text></svg>'
    )
    return "".join(parts)


def _mark(x: float, y: float, run: ControlRun) -> str:
    """A run: a dot in control, a hollow square as a warning, a cross where it failed. Never color alone."""
    kind = VERDICTS[run.verdict]
    if kind == "failed":
        return (
            f'<path class="qc-failed" d="M{x - 6:.1f} {y - 6:.1f}l12 12m0-12l-12 12"/>'
            f'<text class="qc-word" x="{x - 11:.1f}" y="{y + 4:.1f}" text-anchor="end">'
            f"{escape(', '.join(rule for rule in run.rules if rule != '1-2s'))}</text>"
        )
    if kind == "warning":
        return f'<rect class="qc-warning" x="{x - 5:.1f}" y="{y - 5:.1f}" width="10" height="10"/>'
    return f'<circle class="qc-{kind}" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'
