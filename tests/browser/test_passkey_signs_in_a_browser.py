"""A certificate signed with a passkey in a real browser: the button, the challenge, the device, the signature."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.skips import CHECKOUT

PASSWORD = "a password of my own"  # of a demo that lives as long as the test
KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
PREPARE = f"""
import django; django.setup()
from tests.lots_on_the_way import collect, collected, process
from tests.treated_courses import a_clinic
clinic = a_clinic()
bench = collected(clinic)
collect(bench)
lot = process(bench)
quality = clinic.person("quality")
quality.set_password({PASSWORD!r})
quality.save()
print(quality.username, lot.pk)
"""


@contextmanager
def served(home: Path) -> Iterator[tuple[str, str, str]]:
    """A simulated clinic with one lot that waits for its signatures: address, user name of quality, lot."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STROMA_")}
    environment |= {
        "STROMA_HOME": str(home),
        "PYTHONPATH": str(CHECKOUT),
        "DJANGO_SETTINGS_MODULE": "stroma.config.settings",
    }
    stroma = [sys.executable, "-m", "stroma"]
    subprocess.run([*stroma, "found", "--simulated"], env=environment, check=True)
    told = subprocess.run(
        [sys.executable, "-c", PREPARE], env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    username, lot = told.stdout.split()
    server = subprocess.Popen(
        [*stroma, "serve", "--port", port], env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        assert port in server.stdout.readline()
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", int(port))) == 0:
                    break
            time.sleep(0.1)
        # A passkey is bound to a name, never to a bare address.
        yield f"http://localhost:{port}", username, lot
    finally:
        server.terminate()
        server.wait(timeout=30)


def test_quality_signs_a_certificate_with_a_passkey(browser: Browser, tmp_path: Path) -> None:
    with served(tmp_path) as (address, username, lot):
        context = browser.new_context(base_url=address, locale="en-US")
        context.set_default_timeout(30_000)
        page = context.new_page()
        devices = context.new_cdp_session(page)
        devices.send("WebAuthn.enable")
        device = devices.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})["authenticatorId"]
        page.goto("/account/login/")
        page.locator("input[name=login]").fill(username)
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("form:has(input[name=password]) button[type=submit]").first.click()
        page.wait_for_url(re.compile("/release/"))
        page.goto("/account/2fa/webauthn/add/")
        if "/reauthenticate/" in page.url:
            page.locator("input[name=password]").fill(PASSWORD)
            page.locator("form:has(input[name=password]) button").first.click()
            page.wait_for_url(re.compile("/account/2fa/webauthn/add/"))
        page.locator("input[name=name]").fill("My key")
        page.locator("#mfa_webauthn_add").click()
        page.wait_for_url(re.compile("recovery-codes|webauthn/$|2fa/$"))

        page.goto(f"/release/lots/{lot}/certificate/")
        if pictures := os.environ.get("PICTURES"):
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                for width in (360, 1440):
                    page.set_viewport_size({"width": width, "height": 900})
                    page.screenshot(path=f"{pictures}/sign-{scheme}-{width}.png", full_page=True)
        # Whoever does not unlock the device has signed nothing, and the page says so.
        devices.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
        page.get_by_role("button", name="Sign with a passkey").click()
        expect(page.get_by_text("The passkey did not answer; nothing was signed.")).to_be_visible()
        devices.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})
        page.get_by_role("button", name="Sign with a passkey").click()
        expect(page.get_by_text("You signed this certificate.")).to_be_visible()
        expect(page.locator(".signature[data-signed=true]")).to_contain_text("Approved, as quality")
        context.close()
