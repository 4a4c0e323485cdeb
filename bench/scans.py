"""From a scan to its verdict through the real page, at 20 scans a second, beside a bare one-row transaction.

The demo's clinic is made as always and served as ``./run demo`` serves it. People of the laboratory, each with a
browser session of their own, take containers from place to place: they open the page of the hand-over, scan the label,
the place and their badge, and read GO; one hand-over in five begins with the label of another donation and a STOP,
which is kept. The scans come at the times that are set, however long the answers take, and a scan's time runs from
there until the page that says what is next, GO or STOP has come whole. What the pages load besides (style, script) is
left out.

The bare transaction writes one row through the same ORM, gate and commit, as often in a second and on the same
database, once the scans are done. Beside them stands fsync, the limit of whatever is kept.
"""

import argparse
import http.client
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from bench.actions import fsync_ms, percentile, row_alone, scratch

A_SECOND = 20.0
BEYOND_MS = 50.0
"""How much longer than the bare transaction the slowest scan in a hundred may take until its verdict."""
WRONG_EVERY = 5
"""One hand-over in so many begins with a wrong label."""
LEAST_SCANS = 2
"""Of a hand-over: container and place; a badge is scanned by who has one."""
_SCAN_FORM = "scan-form"


def main(arguments: Sequence[str]) -> int:
    """Measure and print; 1 when the verdicts take longer than they may."""
    parser = argparse.ArgumentParser(prog="./run bench scans", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=A_SECOND, help="scans a second")
    parser.add_argument("--prepare", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--bare", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args(arguments)
    if args.prepare:
        print(json.dumps(_prepared()))
        return 0
    if args.bare:
        print(json.dumps(_bare(args.rate, args.seconds)))
        return 0
    with tempfile.TemporaryDirectory(prefix="stroma-bench-", dir=scratch()) as folder:
        return _measured(args, Path(folder))


def _measured(args: argparse.Namespace, home: Path) -> int:
    from tests.browser.demo import demo_environment, served_demo

    environment = demo_environment(home)
    making = [sys.executable, "-m", "stroma", "demo", "--no-serve"]
    subprocess.run(making, env=environment, check=True, stdout=subprocess.DEVNULL)
    with served_demo(home) as address:
        known = json.loads(_said(environment, "--prepare"))
        walks = list(_walks(address, known))
        if not walks:
            raise SystemExit("The demo has no container that can be taken from place to place.")
        scans = _at_their_times(walks, args.rate, args.seconds)
        bare = json.loads(
            _said(environment, "--bare", "--rate", str(args.rate), "--seconds", str(args.seconds))
        )
    print(f"{len(walks)} sessions, {args.rate:.0f} scans a second for {args.seconds:.0f} s, SQLite")
    print(f"{'':34} {'scans':>6} {'p50 ms':>8} {'p99 ms':>8} {'most':>8}")
    everything = [one for found in scans.values() for one in found]
    for name, times in (*scans.items(), ("every verdict", everything), ("bare transaction", bare)):
        print(
            f"{name:34} {len(times):6} {percentile(times, 50):8.1f} {percentile(times, 99):8.1f} {max(times):8.1f}"
        )
    print(f"fsync of one 4 KiB page, the same minute: {fsync_ms(home / 'fsync'):.2f} ms")
    beyond = percentile(everything, 99) - percentile(bare, 99)
    print(f"p99 beyond the bare transaction: {beyond:.1f} ms (aim {BEYOND_MS:.0f})")
    return int(beyond > BEYOND_MS)


def _said(environment: dict[str, str], *arguments: str) -> str:
    """What this module prints in a process of its own, which works on the demo's database."""
    command = [sys.executable, "-m", "bench.scans", *arguments]
    return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


# --- In a process with the demo's database --------------------------------------------------------------------------


def _prepared() -> list[dict[str, Any]]:
    """Containers with a label, one of each lot: the places between which each is taken, and who may take it."""
    from bench.pages import set_up

    set_up()
    from stroma.clinic.domain.roles import Role
    from stroma.clinic.models import Place, User
    from stroma.custody.domain.states import MaterialState
    from stroma.custody.models import Material
    from stroma.custody.queries import is_labeled

    laboratory = (Role.TECHNOLOGIST.value, Role.QUALITY.value)
    held = Material.objects.filter(state=MaterialState.HELD.value).select_related("lot", "place")
    of_each_lot = {material.lot_id: material for material in held if is_labeled(material)}
    found = []
    for material in of_each_lot.values():
        site = material.lot.site_id
        clean_room, incubator = (
            Place.objects.filter(site=site, kind=kind).order_by("code")[0]
            for kind in (Place.Kind.LABORATORY, Place.Kind.INCUBATOR)
        )
        other = incubator if material.place == clean_room else material.place
        places = [other, clean_room] if material.place == clean_room else [clean_room, other]
        people = User.objects.filter(
            role_assignments__site=site, role_assignments__role__in=laboratory, is_active=True
        )
        found.append(
            {
                "container": str(material.pk),
                "places": [str(place.pk) for place in places],
                "people": sorted(set(people.values_list("username", flat=True))),
            }
        )
    return found


def _bare(rate: float, seconds: float) -> list[float]:
    """The times of bare transactions, in milliseconds, begun as often in a second as the scans."""
    from bench.pages import set_up

    set_up()
    write = row_alone(0)
    times, began = [], time.perf_counter()
    for number in range(int(rate * seconds)):
        due = began + number / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        write()
        times.append(1000 * (time.perf_counter() - due))
    return times


# --- A browser that scans -------------------------------------------------------------------------------------------


class _Page(HTMLParser):
    """What a browser knows of the page: the scanner's form, what the simulated scanner offers, and the verdict."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.wanted = ""
        self.offered: list[str] = []
        self.verdict = ""
        self._form: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what is asked for."""
        told = {name: value or "" for name, value in attrs}
        self.verdict = told.get("data-verdict", self.verdict)
        if tag == "form":
            self._form = told.get("id", "")
        elif tag == "input" and self._form == _SCAN_FORM and "data-scan" in told:
            self.wanted = told["name"]
        elif tag == "input" and self._form == _SCAN_FORM:
            self.fields[told["name"]] = told.get("value", "")
        elif tag == "button" and self.wanted and told.get("name") == self.wanted:
            self.offered.append(told["value"])

    def handle_endtag(self, tag: str) -> None:
        """Leave the form."""
        if tag == "form":
            self._form = None


@dataclass(slots=True)
class _Browser:
    """One session: its connection, which is kept open, and its cookies."""

    address: str
    cookies: dict[str, str] = field(default_factory=dict)
    connection: http.client.HTTPConnection | None = None
    came_at: float = 0.0
    """When the last page had come whole, before anything was made of it."""

    def ask(self, path: str, sent: dict[str, str] | None = None) -> tuple[int, str]:
        """The status and the page, after the redirections that a browser follows."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection(str(urlsplit(self.address).netloc), timeout=60)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if sent is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(
            "GET" if sent is None else "POST",
            path,
            body=None if sent is None else urlencode(sent),
            headers=headers,
        )
        answer = self.connection.getresponse()
        text = answer.read().decode()
        self.came_at = time.perf_counter()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _equals, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        if answer.status in {302, 303}:
            to = urlsplit(answer.headers["Location"])
            return self.ask(f"{to.path}?{to.query}" if to.query else to.path)
        return answer.status, text


class NotAsked(Exception):  # noqa: N818 - named for what happened
    """The container cannot be taken there."""


@dataclass(slots=True)
class _Walk:
    """Somebody who takes one container from place to place, scan by scan."""

    browser: _Browser
    container: str
    places: Sequence[str]
    walked: int = 0
    is_wrong: bool = False
    page: _Page | None = None

    def scan(self) -> str:
        """Make the next scan, and say which verdict came: what is next, GO or STOP. Raises NotAsked."""
        assert self.page is not None, "no page is open"
        page, is_wrong = self.page, self.is_wrong
        raw = page.offered[1 if is_wrong else 0]
        status, text = self.browser.ask(self._path(), {**page.fields, page.wanted: raw})
        self.page = _Page(text)
        if is_wrong and (status, self.page.verdict) == (422, "stop"):
            self.is_wrong = False
            return "STOP: another donation's label"
        if not is_wrong and (status, self.page.verdict) == (200, "go"):
            self.walked += 1
            return "GO: the container is handed over"
        if not is_wrong and status == 200 and self.page.wanted:
            return "right so far: the next is asked for"
        raise NotAsked(f"A scan of {page.wanted} was answered by {status} {self.page.verdict}.")

    def go_on(self) -> None:
        """After GO open the next hand-over, after STOP the same one again, for which nobody waits. Raises NotAsked."""
        was = self.page.verdict if self.page is not None else "go"
        if was:
            status, text = self.browser.ask(self._path())
            self.page = _Page(text)
            self.is_wrong = was == "go" and self.walked % WRONG_EVERY == WRONG_EVERY - 1
            if (status, self.page.wanted, len(self.page.offered)) != (200, "container", 2):
                raise NotAsked(f"The page of a hand-over was answered by {status}.")

    def _path(self) -> str:
        to = self.places[self.walked % len(self.places)]
        return f"/custody/containers/{self.container}/hand-over/?to={to}"


def _walks(address: str, known: Sequence[dict[str, Any]]) -> Iterator[_Walk]:
    """A walk for each container that went to both of its places; the demo's story forbids some.

    They stand at different scans of different hand-overs, as people do who know nothing of each other.
    """
    for number, told in enumerate(known):
        browser = _Browser(address)
        browser.ask("/demo/")
        who = told["people"][number % len(told["people"])]
        sent = {"csrfmiddlewaretoken": browser.cookies["csrftoken"], "username": who}
        browser.ask("/demo/enter/", sent)
        walk = _Walk(browser, told["container"], told["places"])
        try:
            walk.go_on()
            while walk.walked < len(walk.places) + number % WRONG_EVERY:
                walk.scan()
                walk.go_on()
            for _ in range(number % LEAST_SCANS):
                walk.scan()
                walk.go_on()
        except NotAsked:
            continue
        yield walk


def _at_their_times(walks: Sequence[_Walk], rate: float, seconds: float) -> dict[str, list[float]]:
    """The milliseconds from the moment at which each scan was due to its verdict, by verdict."""
    times: dict[str, list[float]] = {}
    began = time.perf_counter() + 1

    def work(number: int) -> None:
        for scan in range(number, int(rate * seconds), len(walks)):
            due = began + scan / rate
            time.sleep(max(0.0, due - time.perf_counter()))
            verdict = walks[number].scan()
            times.setdefault(verdict, []).append(1000 * (walks[number].browser.came_at - due))
            walks[number].go_on()

    with ThreadPoolExecutor(len(walks)) as pool:
        list(pool.map(work, range(len(walks))))
    return dict(sorted(times.items()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
