"""Staff badges: their codes, who gets one, and how it is taken back."""

import io
from dataclasses import replace
from datetime import timedelta

import pytest
import zxingcpp
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from stroma.clinic.actions import BadgeUnchanged, end_roles, issue_badge, revoke_badge
from stroma.clinic.badge_queries import live_badge, look_at_badge
from stroma.clinic.domain.badges import DRAWN, LETTERS, BadgeShown, KnownBadge, badge_shown, code_in, new_code
from stroma.clinic.domain.mod_37_2 import ALPHABET
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import Badge, User
from stroma.custody.badge_pdf import PrintedBadge, badge_pdf
from stroma.custody.domain.label import NotPrintable
from stroma.ledger.models import Entry
from tests.factories import NOW, a_site, a_user, the_administrator

CODES = st.lists(st.sampled_from(LETTERS), min_size=DRAWN, max_size=DRAWN).map(
    lambda letters: new_code(lambda _from: letters.pop())
)
PRINTED = PrintedBadge(
    code="BG4K7M9QXT2WRCX",
    number=2,
    name="Maximiliana Featherstonehaugh-Sørensen",
    roles=("technologist", "quality"),
    site="Alpharetta",
    is_simulated=True,
    issued_at=NOW,
)


def signed_in(user: User) -> Client:
    page = Client()
    page.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return page


def codes(refused: pytest.ExceptionInfo[BadgeUnchanged]) -> list[str]:
    return [blocker.code for blocker in refused.value.blockers]


# --- The code ----------------------------------------------------------------------------------------------


@given(CODES)
def test_a_code_is_read_as_it_was_given_typed_in_any_way(code: str) -> None:
    assert code_in(code) == code
    assert code_in(f" {code[:4].lower()}-{code[4:8]} {code[8:]}\n") == code


@given(CODES, st.data())
def test_one_wrong_character_and_two_exchanged_ones_are_seen(code: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(2, len(code) - 1))
    wrong = data.draw(st.sampled_from([letter for letter in ALPHABET if letter != code[at]]))
    assert code_in(code[:at] + wrong + code[at + 1 :]) is None
    if at + 1 < len(code) and code[at] != code[at + 1]:
        assert code_in(code[:at] + code[at + 1] + code[at] + code[at + 2 :]) is None


@pytest.mark.parametrize("scan", ["", "LAB-1", "=A99992600001200", "&;1P0000001", "BG", "BG000000000000"])
def test_what_is_scanned_elsewhere_is_no_badge(scan: str) -> None:
    assert code_in(scan) is None


@pytest.mark.parametrize(
    ("known", "shown"),
    [
        (None, BadgeShown.UNKNOWN),
        (KnownBadge(is_revoked=False, is_of_this_site=True, is_of_this_person=True), BadgeShown.THEIRS),
        (
            KnownBadge(is_revoked=False, is_of_this_site=True, is_of_this_person=False),
            BadgeShown.OF_SOMEBODY_ELSE,
        ),
        (
            KnownBadge(is_revoked=False, is_of_this_site=False, is_of_this_person=True),
            BadgeShown.OF_ANOTHER_SITE,
        ),
        (KnownBadge(is_revoked=True, is_of_this_site=True, is_of_this_person=True), BadgeShown.REVOKED),
        (KnownBadge(is_revoked=True, is_of_this_site=False, is_of_this_person=False), BadgeShown.REVOKED),
    ],
)
def test_what_a_badge_turns_out_to_be(known: KnownBadge | None, shown: BadgeShown) -> None:
    assert badge_shown(new_code(), known) is shown
    assert badge_shown(None, known) is BadgeShown.NONE
    assert badge_shown("LAB-1", known) is BadgeShown.UNREADABLE


# --- Given and revoked -------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_person_has_one_live_badge_at_a_site_and_no_code_comes_twice() -> None:
    site, other = a_site(), a_site()
    by, nurse = the_administrator(site), a_user(site, Role.NURSE)
    first = issue_badge(site=site, person=nurse, by=by, at=NOW)
    with pytest.raises(BadgeUnchanged) as twice:
        issue_badge(site=site, person=nurse, by=by, at=NOW)
    assert codes(twice) == ["badge_live_already"]
    with pytest.raises(BadgeUnchanged) as elsewhere:
        issue_badge(site=other, person=nurse, by=the_administrator(other), at=NOW)
    assert codes(elsewhere) == ["person_not_here"]
    revoke_badge(badge=first, reason="lost", by=by, at=NOW)
    second = issue_badge(site=site, person=nurse, by=by, at=NOW)
    assert (first.number, second.number, live_badge(nurse, site)) == (1, 2, second)
    assert first.code != second.code
    told = Entry.objects.order_by("-sequence")[:3]
    assert [entry.action for entry in told] == ["badge.issued", "badge.revoked", "badge.issued"]
    assert not any(
        badge.code in entry.text or "lost" in entry.text for badge in (first, second) for entry in told
    )


@pytest.mark.django_db
def test_a_badge_is_revoked_once_with_a_reason_and_shows_so() -> None:
    site = a_site()
    by, nurse, colleague = the_administrator(site), a_user(site, Role.NURSE), a_user(site, Role.NURSE)
    badge = issue_badge(site=site, person=nurse, by=by, at=NOW)
    assert look_at_badge(badge.code, receiver=nurse, site=site) == (BadgeShown.THEIRS, badge)
    assert look_at_badge(badge.code, receiver=colleague, site=site) == (BadgeShown.OF_SOMEBODY_ELSE, None)
    assert look_at_badge(badge.code, receiver=nurse, site=a_site())[0] is BadgeShown.OF_ANOTHER_SITE
    assert look_at_badge(new_code(), receiver=nurse, site=site) == (BadgeShown.UNKNOWN, None)
    with pytest.raises(BadgeUnchanged) as bare:
        revoke_badge(badge=badge, reason=" ", by=by, at=NOW)
    assert codes(bare) == ["reason_missing"]
    revoke_badge(badge=badge, reason="lost", by=by, at=NOW)
    with pytest.raises(BadgeUnchanged) as again:
        revoke_badge(badge=badge, reason="lost", by=by, at=NOW)
    assert codes(again) == ["badge_revoked_before"]
    assert look_at_badge(badge.code, receiver=nurse, site=site) == (BadgeShown.REVOKED, None)


@pytest.mark.django_db
def test_whose_roles_end_has_no_badge_any_more() -> None:
    site = a_site()
    by, nurse = the_administrator(site), a_user(site, Role.NURSE)
    badge = issue_badge(site=site, person=nurse, by=by, at=NOW)
    end_roles(site=site, person=nurse, reason="left", by=by, at=NOW + timedelta(hours=1))
    badge.refresh_from_db()
    assert (live_badge(nurse, site), badge.revocation.reason) == (None, "roles ended")


# --- On the administrator's page ---------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_administrator_gives_prints_and_revokes_a_badge_on_the_persons_page() -> None:
    site = a_site()
    nurse = a_user(site, Role.NURSE)
    page = signed_in(the_administrator(site))
    own, give = (reverse(name, args=[nurse.uuid]) for name in ("person_page", "issue_badge"))
    assert give in page.get(own).content.decode()
    assert page.post(give).headers["Location"] == own
    badge = Badge.objects.get()
    pdf, revoke = (reverse(name, args=[badge.pk]) for name in ("badge_pdf", "revoke_badge"))
    shown = page.get(own).content.decode()
    assert (give in shown, pdf in shown, revoke in shown) == (False, True, True)
    printed = page.get(pdf)
    assert (printed.headers["Content-Type"], printed.content[:5]) == ("application/pdf", b"%PDF-")
    again = page.post(give)
    assert (again.status_code, [b.code for b in again.context["found"]]) == (422, ["badge_live_already"])
    bare = page.post(revoke, {"reason": ""})
    assert (bare.status_code, "reason" in bare.context["revocation"].errors) == (422, True)
    assert page.post(revoke, {"reason": "left in a taxi"}).headers["Location"] == own
    after = page.get(own).content.decode()
    assert (give in after, "left in a taxi" in after) == (True, True)
    assert page.get(pdf).status_code == 404


# --- Printed -----------------------------------------------------------------------------------------------


def test_a_printed_badge_reads_back_and_has_the_size_of_a_bank_card() -> None:
    picture = Image.open(io.BytesIO(badge_pdf(PRINTED, dpi=300))).convert("L")
    assert picture.size == pytest.approx((85.6 * 300 / 25.4, 53.98 * 300 / 25.4), abs=1.5)
    [read] = zxingcpp.read_barcodes(picture)
    assert (str(read.format), read.text) == ("Data Matrix", PRINTED.code)
    assert badge_pdf(PRINTED) == badge_pdf(PRINTED)


def test_a_name_that_cannot_be_drawn_is_refused_without_saying_it() -> None:
    with pytest.raises(NotPrintable) as refused:
        badge_pdf(replace(PRINTED, name="山田"))
    assert [(b.code, b.values) for b in refused.value.blockers] == [("badge_letters_not_drawable", {})]
