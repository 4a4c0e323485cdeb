"""The parts as they come out of their templates, and the frame round every page."""

from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from django import forms
from django.template import Context, Template
from django.test import Client

from stroma.look.middleware import POLICY
from stroma.look.parts import Signature, reasons
from stroma.look.templatetags.line import board_columns
from stroma.protocols.domain.blocker import Blocker, Weight
from tests.look.written_lines import a_line

LOADS = "{% load parts formats line %}"


class Words(HTMLParser):
    """Collects what is read, and the attributes of every element by tag."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []

    def handle_data(self, data: str) -> None:
        self.text += data.split()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))


pytestmark = pytest.mark.django_db


def rendered(template: str, **values: object) -> Words:
    words = Words()
    words.feed(Template(LOADS + template).render(Context(values)))
    return words


def said(words: Words) -> str:
    return " ".join(words.text)


def test_reasons_come_heaviest_first_and_otherwise_in_the_order_found() -> None:
    found = [
        Blocker("care", weight=Weight.CAUTION),
        Blocker("first_hard", weight=Weight.HARD),
        Blocker("flag", weight=Weight.URGENT),
        Blocker("second_hard", weight=Weight.HARD),
        Blocker("lift", weight=Weight.OVERRIDABLE),
    ]
    assert [r.code for r in reasons(found)] == ["flag", "first_hard", "second_hard", "lift", "care"]


def test_a_reason_is_shown_with_its_weight_in_words_its_sentence_and_its_source() -> None:
    found = [Blocker("container_not_labeled", {}, "SPEC-012", Weight.HARD)]
    words = rendered("{% blockers found 'why' %}", found=found)
    assert said(words) == (
        "1 reason stands in the way Stops it This container carries no label. Print and apply one first. "
        "Source: SPEC-012"
    )


def test_only_cautions_do_not_say_that_something_stands_in_the_way() -> None:
    words = rendered(
        "{% blockers found 'why' %}", found=[Blocker("mind", {"sentence": "Mind."}, "", Weight.CAUTION)]
    )
    assert said(words) == "Nothing stands in the way; mind this Go with care Mind."


def test_a_blocked_button_can_be_reached_points_at_its_reasons_and_submits_nothing() -> None:
    words = rendered("{% button 'Give the dose' kind='primary' blocked_by='why' %}")
    assert words.elements == [
        (
            "button",
            {
                "class": "button",
                "type": "button",
                "data-kind": "primary",
                "aria-disabled": "true",
                "aria-describedby": "why",
            },
        )
    ]


@pytest.mark.parametrize(
    ("weight", "answer", "role"),
    [
        (Weight.URGENT, "stop", "alert"),
        (Weight.HARD, "stop", "alert"),
        (Weight.OVERRIDABLE, "stop", "alert"),
        (Weight.CAUTION, "go", "status"),
    ],
)
def test_the_verdict_stops_for_every_weight_but_a_caution(weight: Weight, answer: str, role: str) -> None:
    words = rendered("{% verdict found go='Go on.' stop='Wait.' %}", found=[Blocker("why", weight=weight)])
    tag, attributes = words.elements[0]
    assert (tag, attributes["data-verdict"], attributes["role"]) == ("section", answer, role)


def test_a_stop_never_offers_the_action() -> None:
    words = rendered("{% verdict found go='Go on.' stop='Wait.' action='Give' %}", found=[Blocker("why")])
    assert said(words) == "STOP Wait. Why."


class Ask(forms.Form):
    level = forms.CharField(label="Level", help_text="As on the consent")
    side = forms.ChoiceField(label="Side", widget=forms.RadioSelect, choices=[("l", "Left"), ("r", "Right")])
    note = forms.CharField(label="Note", required=False)


def test_a_faulty_field_says_its_help_and_its_fault_to_a_screen_reader() -> None:
    words = rendered("{% field form.level %}", form=Ask({"side": "l"}))
    control = next(attributes for tag, attributes in words.elements if tag == "input")
    assert (control["aria-invalid"], control["aria-describedby"]) == ("true", "id_level-help id_level-error")
    ids = {attributes.get("id") for _, attributes in words.elements}
    assert {"id_level-help", "id_level-error", "id_level"} <= ids


def test_a_sound_field_claims_no_fault() -> None:
    words = rendered("{% field form.note %}", form=Ask())
    control = next(attributes for tag, attributes in words.elements if tag == "input")
    assert [name for name in control if name.startswith("aria-")] == []
    assert said(words) == "Note (optional)"


def test_a_group_of_choices_is_a_fieldset_with_its_question_as_legend() -> None:
    words = rendered("{% field form.side %}", form=Ask())
    tags = [tag for tag, _ in words.elements]
    assert (tags.count("fieldset"), tags.count("legend"), tags.count("input")) == (1, 1, 2)


def test_the_summary_of_faults_links_to_each_faulty_field() -> None:
    words = rendered("{% error_summary form %}", form=Ask({}))
    links = [attributes["href"] for tag, attributes in words.elements if tag == "a"]
    assert links == ["#id_level", "#id_side_0"]


def test_a_form_that_was_not_sent_has_no_summary() -> None:
    assert rendered("{% error_summary form %}", form=Ask()).elements == []


def test_what_a_person_typed_is_escaped_wherever_it_is_shown() -> None:
    words = rendered("{% tag state %}{% empty state state %}{{ state|identifier }}", state="<b>x</b>")
    assert [tag for tag, _ in words.elements if tag == "b"] == []


def test_a_state_is_a_word_and_not_only_a_color() -> None:
    words = rendered("{% tag 'QUARANTINED' %}")
    assert (said(words), words.elements[0][1]["data-tone"]) == ("Quarantined", "wait")


def test_an_open_signature_says_who_may_sign() -> None:
    lines = [
        Signature("Tested", "Maja L.", "Technician", datetime(2026, 11, 24, 19, 30, tzinfo=UTC)),
        Signature("Released", needs="Someone from quality"),
    ]
    words = rendered("{% signatures lines 'America/New_York' %}", lines=lines)
    assert said(words) == (
        "Tested Maja L. Technician · Tue 24 Nov 2026, 14:30 EST Released Not signed yet Someone from quality"
    )


def test_on_the_board_a_traditional_treatment_stands_under_inject() -> None:
    assert board_columns(a_line("ddn..")) == (
        "right", "when", "collect", "process", "release", "inject", "recover", "result"
    )  # fmt: skip


# --- the frame ---


def page(path: str = "/components/", **headers: str) -> tuple[Words, str]:
    response = Client(headers=headers).get(path)
    words = Words()
    words.feed(response.content.decode())
    return words, response.headers["Content-Security-Policy"]


def test_every_page_says_that_nothing_is_approved_and_that_the_data_are_simulated() -> None:
    words, _ = page()
    text = said(words)
    assert text.count("Not approved for back pain.") == 1
    assert text.count("Simulated data. Nobody here is a real person.") == 1


def test_every_page_sends_a_policy_that_forbids_inline_code() -> None:
    assert page()[1] == POLICY
    assert [part for part in POLICY.split("; ") if "unsafe" in part] == []


def test_the_first_thing_on_a_page_is_the_way_past_its_head() -> None:
    words, _ = page()
    focusable = [
        (tag, a.get("href"))
        for tag, a in words.elements
        if tag in {"a", "button", "input"} and a.get("type") != "hidden"
    ]
    assert focusable[0] == ("a", "#main")


def test_no_two_elements_of_a_page_share_an_id() -> None:
    words, _ = page()
    ids = [a["id"] for _, a in words.elements if "id" in a]
    assert sorted(ids) == sorted(set(ids))


def test_the_page_is_in_the_readers_language() -> None:
    words, _ = page(**{"accept-language": "es"})
    assert words.elements[0][1]["lang"] == "es"
    assert said(words).count("No aprobado para el dolor de espalda.") == 1


@pytest.mark.parametrize(
    ("theme", "shown"),
    [("dark", "dark"), ("light", "light"), ("contrast", "contrast"), ("auto", "auto"), ("<script>", "auto")],
)
def test_the_chosen_appearance_is_remembered_and_nothing_else(theme: str, shown: str) -> None:
    client = Client()
    answer = client.post("/theme/", {"theme": theme, "next": "/components/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/components/")
    words = Words()
    words.feed(client.get("/components/").content.decode())
    assert words.elements[0][1]["data-theme"] == shown


def test_choosing_an_appearance_does_not_lead_to_another_site() -> None:
    answer = Client().post("/theme/", {"theme": "dark", "next": "https://elsewhere.example/"})
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize(
    "path",
    ["/components/reading/", "/components/doing/scan/", "/components/doing/go/", "/components/doing/stop/"],
)
def test_each_kind_of_page_has_one_heading_of_the_first_level(path: str) -> None:
    words, _ = page(path)
    assert [tag for tag, _ in words.elements].count("h1") == 1


def test_a_doing_page_that_is_not_there_is_not_found() -> None:
    assert Client().get("/components/doing/maybe/").status_code == 404
