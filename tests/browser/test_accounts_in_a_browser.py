"""Accounts of a real clinic as its people meet them: founded as real, served, entered, and kept from others."""

import base64
import hashlib
import hmac
import os
import re
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.skips import CHECKOUT

PASSWORD = "an honest long password"  # of a clinic that lives as long as the test

LOOK = "look/css/stroma.css"


def one_time_code(secret: str, *, at: float) -> str:
    """RFC 6238 with the defaults of authenticator apps: SHA-1, six digits, thirty seconds."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    mac = hmac.new(key, struct.pack(">Q", int(at) // 30), hashlib.sha1).digest()
    begin = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[begin : begin + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real clinic with one administrator, served by the command that serves it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STROMA_")}
    home = tmp_path_factory.mktemp("clinic")
    left = home / "static" / LOOK
    left.parent.mkdir(parents=True)
    left.write_text("/* an older Stroma's */", encoding="ascii")
    os.utime(left, (time.time() + 3600,) * 2)
    environment |= {
        "STROMA_HOME": str(home),
        "PYTHONPATH": str(CHECKOUT),
        "DJANGO_SETTINGS_MODULE": "stroma.config.settings",
    }
    stroma = [sys.executable, "-m", "stroma"]
    subprocess.run([*stroma, "found", "--real"], env=environment, check=True)
    opening = ["site", "open", "Spine clinic", "--facility", "W1234", "--address", "1 Main Street"]
    first = ["--administrator", "ada", "--printed-name", "Ada Administrator"]
    subprocess.run([*stroma, *opening, *first], env=environment, input=PASSWORD, text=True, check=True)
    server = subprocess.Popen(
        [*stroma, "serve", "--port", port], env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        said = server.stdout.readline()
        assert f"http://localhost:{port}/  (real" in said
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", int(port))) == 0:
                    break
            time.sleep(0.1)
        yield f"http://localhost:{port}"
    finally:
        server.terminate()
        server.wait(timeout=30)


@pytest.fixture
def context(browser: Browser, clinic: str) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=clinic, locale="en-US")
    context.set_default_timeout(20_000)
    yield context
    context.close()


def test_the_look_is_this_stromas_whatever_an_older_one_left(page: Page) -> None:
    served = page.request.get(f"/static/{LOOK}").text()
    assert served == (CHECKOUT / "stroma" / "look" / "static" / LOOK).read_text(encoding="utf-8")


def sign_in(page: Page, username: str, password: str) -> None:
    page.goto("/account/login/")
    page.locator("input[name=login]").fill(username)
    page.locator("input[name=password]").fill(password)
    page.locator("form:has(input[name=password]) button[type=submit]").first.click()


def invite(page: Page, username: str, role: str) -> str:
    """Give somebody an account as the administrator does; gives the link that the page shows."""
    page.goto("/site/people/new/")
    page.get_by_label("Printed name").fill(username.capitalize())
    page.get_by_label("User name").fill(username)
    page.get_by_label(role, exact=True).check()
    page.get_by_role("button", name="Make account").click()
    return page.get_by_label("The link").input_value()


def open_after_confirming(page: Page, path: str) -> None:
    """Open a page that changes how one signs in: the password is asked for once more."""
    page.goto(path)
    expect(page).to_have_url(re.compile("/account/reauthenticate/"))
    page.locator("input[name=password]").fill("a password of my own")
    page.locator("form:has(input[name=password]) button").first.click()
    page.wait_for_url(re.compile(path))


def choose_password(page: Page, link: str, password: str) -> None:
    page.goto(link)
    page.locator("input[name=password1]").fill(password)
    page.locator("input[name=password2]").fill(password)
    page.locator("form:has(input[name=password1]) button[type=submit]").first.click()


def test_an_invited_person_chooses_the_password_and_the_link_works_once(
    context: BrowserContext, browser: Browser, clinic: str
) -> None:
    page = context.new_page()
    sign_in(page, "ada", PASSWORD)
    expect(page.get_by_role("heading", name="Spine clinic", level=1)).to_be_visible()
    link = invite(page, "cora", "Coordinator")
    theirs = browser.new_context(base_url=clinic, locale="en-US").new_page()
    choose_password(theirs, link, "a password of my own")
    theirs.goto("/home/")
    expect(theirs).to_have_url(f"{clinic}/coordinator/")
    other = browser.new_context(base_url=clinic, locale="en-US").new_page()
    other.goto(link)
    expect(other.locator("input[name=password1]")).to_have_count(0)
    for opened in (theirs, other):
        opened.context.close()


def test_a_one_time_code_is_enrolled_and_asked_for_at_the_next_sign_in(
    context: BrowserContext, browser: Browser, clinic: str
) -> None:
    page = context.new_page()
    sign_in(page, "ada", PASSWORD)
    link = invite(page, "cody", "Nurse")
    theirs = browser.new_context(base_url=clinic, locale="en-US").new_page()
    choose_password(theirs, link, "a password of my own")
    open_after_confirming(theirs, "/account/2fa/totp/activate/")
    secret = theirs.locator("#authenticator_secret").input_value()
    theirs.locator("input[name=code]").fill(one_time_code(secret, at=time.time()))
    theirs.locator("form:has(input[name=code]) button[type=submit]").click()
    theirs.wait_for_url(re.compile("recovery-codes|2fa/$"))
    theirs.context.clear_cookies()
    sign_in(theirs, "cody", "a password of my own")
    expect(theirs).to_have_url(re.compile("/account/2fa/authenticate/"))
    theirs.goto("/nurse/")
    expect(theirs).to_have_url(re.compile("/account/2fa/authenticate/"))
    # The code that enrolled is used up; the next one of the app is taken.
    theirs.locator("input[name=code]").fill(one_time_code(secret, at=time.time() + 30))
    theirs.locator("form:has(input[name=code]) button[type=submit]").first.click()
    expect(theirs).to_have_url(f"{clinic}/nurse/")
    theirs.context.close()


def test_a_passkey_is_registered_and_signs_in_without_a_password(
    context: BrowserContext, browser: Browser, clinic: str
) -> None:
    page = context.new_page()
    sign_in(page, "ada", PASSWORD)
    link = invite(page, "kay", "Technologist")
    theirs = browser.new_context(base_url=clinic, locale="en-US").new_page()
    devices = theirs.context.new_cdp_session(theirs)
    devices.send("WebAuthn.enable")
    key = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    authenticator = devices.send("WebAuthn.addVirtualAuthenticator", {"options": key})["authenticatorId"]
    choose_password(theirs, link, "a password of my own")
    open_after_confirming(theirs, "/account/2fa/webauthn/add/")
    theirs.locator("input[name=name]").fill("My key")
    theirs.locator("input[name=passwordless]").check()
    theirs.locator("#mfa_webauthn_add").click()
    theirs.wait_for_url(re.compile("recovery-codes|webauthn/$|2fa/$"))
    held = devices.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})["credentials"]
    assert len(held) == 1
    theirs.context.clear_cookies()
    theirs.goto("/account/login/")
    theirs.locator("#passkey_login").click()
    expect(theirs).to_have_url(f"{clinic}/processing/")
    theirs.context.close()


def test_five_wrong_passwords_close_the_door_and_say_for_how_long(context: BrowserContext) -> None:
    page = context.new_page()
    sign_in(page, "ada", PASSWORD)
    link = invite(page, "lou", "Nurse")
    choose_password(page, link, "a password of my own")
    page.context.clear_cookies()
    for _ in range(5):
        sign_in(page, "lou", "a wrong password indeed")
    expect(page.get_by_role("heading", level=1)).to_have_text("Too many wrong tries")
    sign_in(page, "lou", "a password of my own")
    expect(page.get_by_role("heading", level=1)).to_have_text("Too many wrong tries")
