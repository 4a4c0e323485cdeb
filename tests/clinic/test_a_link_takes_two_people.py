"""A link by which somebody chooses a password takes two people together (21 CFR 11.200(a)(3))."""

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from stroma.clinic.actions import NotInvited, confirm_link, hand_over_link, invite_again
from stroma.clinic.domain.inviting import WAITS_FOR
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import LinkRequest, User
from stroma.ledger.models import Entry
from stroma.ledger.record import present
from tests.factories import NOW, a_site, a_user, the_administrator

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    page = Client()
    page.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return page


def test_one_asks_another_confirms_and_only_who_asked_sees_the_link_once() -> None:
    site = a_site()
    quality, nurse = a_user(site, Role.QUALITY), a_user(site, Role.NURSE)
    asker, second = signed_in(the_administrator(site)), signed_in(quality)
    own = reverse("person_page", args=[nurse.uuid])
    assert asker.post(reverse("invite_person", args=[nurse.uuid])).headers["Location"] == own
    asked = LinkRequest.objects.get()
    confirm, show = (reverse(name, args=[asked.pk]) for name in ("confirm_link", "show_link"))
    assert "reset/key" not in asker.get(own).content.decode()
    refused = asker.post(show)
    assert (refused.status_code, [b.code for b in refused.context["found"]]) == (422, ["link_not_confirmed"])
    alone = asker.post(confirm)
    assert [b.code for b in alone.context["found"]] == ["link_asked_by_oneself"]
    assert confirm in second.get(reverse("quality_home")).content.decode()
    answer = second.post(confirm)
    assert (answer.status_code, "key" in answer.headers["Location"], mail.outbox) == (302, False, [])
    assert second.post(show).status_code == 403
    assert show in asker.get(reverse("administrator_home")).content.decode()
    link = asker.post(show).context["link"]
    assert b'name="password1"' in Client().get(link, follow=True).content
    assert [b.code for b in asker.post(show).context["found"]] == ["link_shown_before"]
    told = Entry.objects.order_by("-sequence").values_list("action", "actor")[:3]
    by = the_administrator(site).ledger_name
    assert list(told) == [
        ("link.handed_over", by),
        ("link.confirmed", quality.ledger_name),
        ("person.invited", by),
    ]


def test_a_confirmed_link_is_mailed_to_the_person_alone() -> None:
    site = a_site()
    quality, nurse = a_user(site, Role.QUALITY), a_user(site, Role.NURSE)
    User.objects.filter(pk=nurse.pk).update(email="nora@example.org")
    asked = invite_again(site=site, person=nurse, by=the_administrator(site), at=present())
    assert asked is not None
    page = signed_in(quality)
    address = reverse("confirm_link", args=[asked.pk])
    assert "nora@example.org" in page.get(address).content.decode()
    answer = page.post(address, follow=True)
    [sent] = mail.outbox
    assert (sent.to, "reset/key" in str(sent.body)) == (["nora@example.org"], True)
    assert "reset/key" not in answer.content.decode()


def test_whoever_gets_the_link_does_not_confirm_it_and_it_does_not_wait_for_ever() -> None:
    site = a_site()
    quality, other = a_user(site, Role.QUALITY), a_user(site, Role.QUALITY)
    asked = invite_again(site=site, person=quality, by=the_administrator(site), at=NOW)
    assert asked is not None
    with pytest.raises(NotInvited) as refused:
        confirm_link(request=asked, by=quality, at=NOW)
    assert [blocker.code for blocker in refused.value.blockers] == ["link_for_oneself"]
    confirm_link(request=asked, by=other, at=NOW)
    with pytest.raises(NotInvited) as late:
        hand_over_link(request=asked, by=the_administrator(site), at=NOW + WAITS_FOR)
    assert [blocker.code for blocker in late.value.blockers] == ["link_asked_too_long_ago"]


def test_a_sole_administrator_is_not_locked_out_and_the_ledger_says_that_one_did_it_alone() -> None:
    site = a_site()
    by, first = the_administrator(site), a_user(site, Role.QUALITY)
    shown = signed_in(by).post(reverse("invite_person", args=[first.uuid]))
    assert "reset/key" in shown.context["link"]
    assert '"alone":true' in Entry.objects.latest("sequence").text
    nurse = a_user(site, Role.NURSE, at=present())
    assert invite_again(site=site, person=nurse, by=by, at=present()) is not None, "now quality confirms"
