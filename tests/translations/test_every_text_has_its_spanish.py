"""Every text that a page, a form or a refusal says has its Spanish, kept and compiled; each rule is shown to notice."""

import gettext
import io

import pytest
from django.apps import apps
from django.utils.functional import Promise

from tests.house.tree import Source
from tests.translations import catalogs
from tests.translations.catalogs import Entry, Marked
from tests.translations.marked import marked_in_python, marked_in_template, marked_texts, steps

MARKED = marked_texts()


@pytest.mark.parametrize("step", steps())
def test_every_text_of_a_step_has_its_spanish_with_the_same_place_holders(step: str) -> None:
    known = catalogs.read(catalogs.folder(step) / "django.po")
    faults = [
        fault
        for one in MARKED.get(step, [])
        for fault in known.get(one.text, Entry(one.text, one.plural, "")).faults()
    ]
    assert not faults, "\n".join(["", *faults, "Fill them in: docs/how-to/develop.md, Spanish"])


def test_the_catalogs_are_those_of_the_texts_and_compiled() -> None:
    anew = catalogs.anew(MARKED, catalogs.everything())
    stale = [path.name for path, content in anew.items() if not catalogs.holds(path, content)]
    assert not stale, f"{stale} are stale. Write them anew: .venv/bin/python -m tests.translations --write"


def test_no_step_has_a_catalog_without_a_text() -> None:
    lying = {path.parts[-5] for path in catalogs.CHECKOUT.glob("stroma/*/locale/es/LC_MESSAGES/django.*")}
    assert lying == MARKED.keys()


def test_texts_are_found_wherever_they_are_marked() -> None:
    python = Source("a.py", 'x = _("One " "text")\ny = ngettext("%(n)d day", "%(n)d days", n)\nz = _(name)\n')
    template = Source(
        "a.html",
        '{% translate "5 % more" as words %}{% blocktranslate count n=a %}{{ n }} lot{% plural %}{{ n }} lots'
        '{% endblocktranslate %}{% blocktranslate trimmed %}\n  Two\n  lines\n{% endblocktranslate %}{{ _("Said") }}',
    )
    assert [(one.text, one.plural) for one in (*marked_in_python(python), *marked_in_template(template))] == [
        ("One text", ""),
        ("%(n)d day", "%(n)d days"),
        ("5 %% more", ""),
        ("%(n)s lot", "%(n)s lots"),
        ("Two lines", ""),
        ("Said", ""),
    ]


@pytest.mark.parametrize("built", ['_(f"{n} lots")', '_("lots: " + n)', '_("%s lots" % n)'])
def test_a_text_that_is_built_before_it_is_translated_is_refused(built: str) -> None:
    with pytest.raises(ValueError, match="cannot be translated"):
        list(marked_in_python(Source("a.py", f"x = {built}\n")))


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        (Entry("Lot", "", ""), "has no Spanish"),
        (Entry("%(n)s lot", "%(n)s lots", "%(n)s lote", ""), "has no Spanish"),
        (Entry("Lot", "", "Lote", is_fuzzy=True), "is marked as unsure"),
        (Entry("Lot {din}", "", "Lote {lot}"), "has other place-holders"),
        (Entry("{share:.1%} left", "", "quedan {share}"), "has other place-holders"),
        (Entry("%(n)s lot", "%(n)s lots", "%(n)s lote", "lotes"), "has other place-holders"),
        (Entry("Lot ", "", "Lote"), "begins or ends with another blank"),
    ],
)
def test_a_faulty_translation_is_noticed(entry: Entry, fault: str) -> None:
    assert [found.startswith(fault) for found in entry.faults()] == [True]


def test_a_catalog_is_read_back_as_it_was_written_and_the_standard_library_reads_what_is_compiled() -> None:
    entries = {
        'Say "yes"\nor no': Entry('Say "yes"\nor no', "", "Diga «sí»\no no"),
        "%(n)s lot": Entry("%(n)s lot", "%(n)s lots", "%(n)s lote", "%(n)s lotes"),
        "Unsure": Entry("Unsure", "", "Dudoso", is_fuzzy=True),
    }
    text = catalogs.written("release", [Marked(e.text, e.plural, "a.py") for e in entries.values()], entries)
    assert catalogs.parsed(text) == entries
    spanish = gettext.GNUTranslations(io.BytesIO(catalogs.compiled(entries)))
    assert spanish.gettext('Say "yes"\nor no') == "Diga «sí»\no no"
    assert [spanish.ngettext("%(n)s lot", "%(n)s lots", n) for n in (1, 2)] == ["%(n)s lote", "%(n)s lotes"]
    assert spanish.gettext("Unsure") == "Unsure"


def test_every_choice_of_a_table_is_said_in_the_readers_language() -> None:
    fields = [
        f for m in apps.get_models() if m.__module__.startswith("stroma.") for f in m._meta.get_fields()
    ]
    unmarked = {
        f"{field.model.__name__}.{field.name}: {label}"
        for field in fields
        for value, label in (getattr(field, "flatchoices", None) or [])
        if not isinstance(label, Promise) and label != value
    }
    assert unmarked == set()
