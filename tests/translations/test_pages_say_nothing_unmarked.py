"""No template says a word that cannot be translated, but for names and codes that are the same in every language."""

import pytest

from tests.house.tree import Source, every_text
from tests.translations.unmarked import unmarked

TEMPLATES = [one for one in every_text() if one.name.startswith("stroma/") and one.name.endswith(".html")]

SHOWS_PARTS = frozenset(
    f"stroma/look/templates/look/{name}.html"
    for name in ("components", "components_doing", "components_reading")
)
"""The page that shows every part on invented data: for those who build, in English like the code."""

BUILDS_ITS_TAG = frozenset({"stroma/clinic/templates/allauth/elements/button.html"})
"""The name of the tag depends, so that it cannot be read as HTML; it has no words of its own."""

SAME_EVERYWHERE = frozenset({"mL", "ClinicalTrials", "gov"})
"""Units and names."""


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_a_template_says_nothing_that_is_not_marked(template: Source) -> None:
    if template.name in SHOWS_PARTS | BUILDS_ITS_TAG:
        assert unmarked(template), "nothing is left to except"
        return
    assert not unmarked(template, allowed=SAME_EVERYWHERE)


@pytest.mark.parametrize(
    "said",
    [
        "<p>Lots</p>",
        "<p>{{ n }} lots</p>",
        "{% if a %}Released{% endif %}",
        '<nav aria-label="Pages"></nav>',
        '<img alt="The line of {{ name }}">',
        '{% translate "Lots" %} waiting',
        '<p class="source">See PETTINE16</p>',
    ],
)
def test_a_word_without_a_mark_is_found(said: str) -> None:
    assert unmarked(Source("a.html", said))


@pytest.mark.parametrize(
    "said",
    [
        '<p class="lots">{% translate "Lots" %}: {{ n }}</p>',
        '<a href="{% url "lot_page" lot.id %}"{% if a %} aria-current="page"{% endif %}>{{ lot }}</a>',
        "{% blocktranslate %}Released by {{ name }}{% endblocktranslate %} · 21",
        "{# a note #}<style>p { color: red }</style>",
        "{% block body_class %}working-page{% endblock %}",
        '<p class="source">PETTINE16; CSCTC24</p>',
    ],
)
def test_codes_values_and_marked_texts_are_no_finding(said: str) -> None:
    assert not unmarked(Source("a.html", said))
