"""The page parts as template tags: ``{% load parts %}``. Each renders a file of ``templates/look/parts/``."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import template
from django.forms import BaseForm, BoundField
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst

from stroma.ledger.wording import word
from stroma.look import formats
from stroma.look.line_mark import mark_svg
from stroma.look.parts import ICONS, STATE_ICONS, TONES, Figure, Happening, Signature, Tab, reasons
from stroma.protocols.domain.blocker import Blocker, stopping

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """A sign that repeats the word beside it, so it is hidden from screen readers."""
    return format_html(
        '<svg class="icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false">'
        '<path d="{}" fill="none" stroke="currentColor" stroke-width="2.25" stroke-linecap="round" '
        'stroke-linejoin="round"/></svg>',
        ICONS[name],
    )


@register.simple_tag
def mark() -> SafeString:
    """The project's mark, in the color of the text around it."""
    return mark_safe(mark_svg().strip())  # noqa: S308 - made by our own code from constants


@register.inclusion_tag("look/parts/button.html")
def button(
    label: str,
    *,
    kind: str = "secondary",
    href: str = "",
    name: str = "",
    value: str = "",
    blocked_by: str = "",
    symbol: str = "",
) -> dict[str, Any]:
    """A button that says what happens; with ``href`` a link that looks like one.

    ``kind`` is primary, secondary, stop or quiet. ``blocked_by`` is the id of the reasons in the
    way: the button can still be reached and read, and does nothing.
    """
    return {
        "label": label,
        "kind": kind,
        "href": href,
        "name": name,
        "value": value,
        "blocked_by": blocked_by,
        "symbol": symbol,
    }


@register.simple_tag
def field(bound: BoundField) -> SafeString:
    """A form field with its label, help and errors; a group of choices gets a fieldset."""
    described = [f"{bound.auto_id}-help"] if bound.help_text else []
    described += [f"{bound.auto_id}-error"] if bound.errors else []
    attributes: dict[str, Any] = {"class": "control"}
    if described:
        attributes["aria-describedby"] = " ".join(described)
    if bound.errors:
        attributes["aria-invalid"] = "true"
    kind = getattr(bound.field.widget, "input_type", "")
    context = {
        "field": bound,
        "control": bound.as_widget(attrs=attributes),
        "described": attributes.get("aria-describedby", ""),
        "is_group": kind in {"radio", "checkbox"} and hasattr(bound.field, "choices"),
        "is_single_check": kind == "checkbox" and not hasattr(bound.field, "choices"),
    }
    return mark_safe(render_to_string("look/parts/field.html", context))  # noqa: S308 - rendered with escaping


@register.inclusion_tag("look/parts/error_summary.html")
def error_summary(form: BaseForm, *, takes_focus: bool = True) -> dict[str, Any]:
    """All the faults of a form at once, above it, each a link to its field; the page opens on it."""
    faults = []
    for bound in form:
        first = f"{bound.auto_id}_0" if getattr(bound.field.widget, "use_fieldset", False) else bound.auto_id
        faults += [{"target": first, "label": bound.label, "message": message} for message in bound.errors]
    return {
        "faults": faults,
        "others": list(form.non_field_errors()),
        "is_shown": bool(form.errors),
        "takes_focus": takes_focus,
    }


@register.inclusion_tag("look/parts/blockers.html")
def blockers(found: Iterable[Blocker], key: str) -> dict[str, Any]:
    """The reasons that stand in the way, heaviest first, each with its weight in words and its source."""
    listed = list(found)
    return {"reasons": reasons(listed), "key": key, "stop_count": len(stopping(listed))}


@register.inclusion_tag("look/parts/tag.html")
def tag(state: str, label: str = "", tone: str = "") -> dict[str, Any]:
    """A state as a word with its sign. ``state`` is the record's own value, ``label`` what is read."""
    tone = tone or TONES.get(state.lower(), "plain")
    return {
        "state": state.lower(),
        "label": label or capfirst(word(state)),
        "tone": tone,
        "symbol": STATE_ICONS[tone],
    }


@register.inclusion_tag("look/parts/empty.html")
def empty(title: str, body: str, *, action: str = "", href: str = "") -> dict[str, Any]:
    """What an empty list says: that it is empty, why that may be, and what to do."""
    return {"title": title, "body": body, "action": action, "href": href}


@register.inclusion_tag("look/parts/stat.html")
def stat(label: str, value: formats.Estimate, *, note: str = "") -> dict[str, Any]:
    """One number with its interval and n, never without."""
    return {
        "label": label,
        "value": formats.value_text(value),
        "interval": formats.interval_text(value),
        "n": value.n,
        "note": note,
    }


@register.inclusion_tag("look/parts/progress.html")
def progress(key: str, label: str, done: int, total: int) -> dict[str, Any]:
    """How far something has come, in words and as a bar."""
    return {"key": key, "label": label, "done": done, "total": total}


@register.inclusion_tag("look/parts/tabs.html")
def tabs(label: str, items: Sequence[Tab]) -> dict[str, Any]:
    """Views beside each other as plain links; ``label`` names the group."""
    return {"label": label, "items": items}


@register.inclusion_tag("look/parts/timeline.html")
def timeline(happenings: Sequence[Happening], zone: str = "") -> dict[str, Any]:
    """What happened, in order, with who and the entry of the ledger."""
    return {"happenings": happenings, "zone": zone}


@register.inclusion_tag("look/parts/figure.html")
def figure(shown: Figure) -> dict[str, Any]:
    """A chart under its answer, with the table of its numbers beside it and the download under it."""
    rows = [
        [{"text": cell, "header": header} for cell, header in zip(row, shown.headers, strict=True)]
        for row in shown.rows
    ]
    svg = mark_safe(shown.svg)  # noqa: S308 - charts are drawn by our own code
    return {"figure": shown, "svg": svg, "rows": rows}


@register.inclusion_tag("look/parts/signatures.html")
def signatures(lines: Sequence[Signature], zone: str = "") -> dict[str, Any]:
    """The signatures under a record: given ones, and those it still waits for."""
    return {"lines": lines, "zone": zone}


@register.inclusion_tag("look/parts/menu.html")
def menu(label: str, items: Sequence[Tab]) -> dict[str, Any]:
    """The reader's own menu in the header; ``label`` says who is signed in, and in which role."""
    return {"label": label, "items": items}


@register.inclusion_tag("look/parts/search.html")
def search(action: str, query: str = "") -> dict[str, Any]:
    """The search that finds a patient, lot or label from any page."""
    return {"action": action, "query": query}


@register.inclusion_tag("look/parts/print_header.html", takes_context=True)
def print_header(context: template.Context, document: str, subject: str = "") -> dict[str, Any]:
    """The head of a printed page: the site, what this paper is, and the identifier it is about."""
    return {"site_name": context.get("site_name", ""), "document": document, "subject": subject}


@register.inclusion_tag("look/parts/verdict.html")
def verdict(
    found: Iterable[Blocker],
    *,
    go: str,
    stop: str,
    subject: str = "",
    action: str = "",
    way_on: str = "",
    href: str = "",
    compared: Iterable[tuple[str, str]] = (),
) -> dict[str, Any]:
    """GO or STOP over the whole screen of a doing page.

    ``go`` and ``stop`` are the sentences; ``action`` labels the button of a GO, which submits the form around
    this; ``way_on`` and ``href`` are the way out of a STOP, unless the page's bar holds it. ``compared`` are pairs of
    what was wanted and what came in its place, for a STOP to show in large type.
    """
    listed = list(found)
    return {
        "is_go": not stopping(listed),
        "reasons": reasons(listed),
        "go": go,
        "stop": stop,
        "subject": subject,
        "action": action,
        "way_on": way_on,
        "href": href,
        "compared": compared,
    }
