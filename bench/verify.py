"""Verification of the ledger's entries: compiled, in Python, the plain way, and how fast SHA-256 alone would be.

``./run bench verify [--entries 1000000]`` makes a simulated ledger of that many entries in a temporary folder, as
actions would write them, and checks the same entries in each way in one run. Aim: 1,000,000 entries a second on two
cores. What compiled code takes to start is told beside: once for all when it is compiled, then with each process when
it is loaded. The compiled ways are timed several times, and the median is told with the best. It takes six minutes,
of which making the ledger takes two.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from statistics import median

CHAINS = 400
"""Subjects of each kind: an entry joins three chains."""


def main(arguments: Sequence[str]) -> int:
    """Fill, check, print."""
    parser = argparse.ArgumentParser(prog="./run bench verify", description=__doc__.split("\n")[0])
    parser.add_argument("--entries", type=int, default=1_000_000)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="stroma-bench-") as home:
        os.environ |= {"STROMA_HOME": home, "DJANGO_SETTINGS_MODULE": "stroma.config.settings"}
        os.environ.pop("STROMA_DATABASE_URL", None)
        return _measured(options.entries)


def _measured(wanted: int) -> int:
    import django

    django.setup()
    from django.utils import timezone

    from stroma.ledger.actions import found_installation
    from stroma.ledger.commands.migrate import bring_up_to_date
    from stroma.ledger.compiled_ranges import compiled
    from stroma.ledger.domain.entry import Nature
    from stroma.ledger.quick_check import entries_that_hold
    from stroma.ledger.verification import entries_one_by_one

    bring_up_to_date()
    here = found_installation(nature=Nature.SIMULATED, by="bench", at=timezone.now())
    size = fill(wanted)
    print(
        f"{wanted:,} entries of {size / wanted:.0f} bytes, {3 * wanted:,} links, {3 * CHAINS} chains, SQLite"
    )
    began = time.perf_counter()
    assert compiled() is not None, "There is no compiled code on this machine."
    print(f"compiled once in {time.perf_counter() - began:.1f} s, loaded since then in {_loaded_in():.1f} s")

    def quick(processes: int, *, by_compiled_code: bool) -> int | None:
        return entries_that_hold(here, processes=processes, compiled=by_compiled_code)

    rates = {}
    for name, times, check in (
        ("compiled, one thread", 5, lambda: quick(1, by_compiled_code=True)),
        ("compiled, two threads", 9, lambda: quick(2, by_compiled_code=True)),
        ("in Python, one process", 1, lambda: quick(1, by_compiled_code=False)),
        ("in Python, two processes", 1, lambda: quick(2, by_compiled_code=False)),
        ("plain way, entry by entry", 1, lambda: entries_one_by_one(here).examined),
    ):
        seconds = []
        for _ in range(times):
            began = time.perf_counter()
            examined = check()
            seconds.append(time.perf_counter() - began)
            assert examined == wanted, f"{name} does not find the ledger whole"
        rates[name] = wanted / median(seconds)
        best = f" (best of {times}: {wanted / min(seconds):,.0f})" if times > 1 else ""
        print(f"{name:32} {rates[name]:12,.0f} entries/s{best}")
    limit = sha256_limit(size // wanted)
    print(f"{'SHA-256 alone, two processes':32} {limit:12,.0f} entries/s (the physical limit)")
    ours, python = rates["compiled, two threads"], rates["in Python, two processes"]
    plain = rates["plain way, entry by entry"]
    print(
        f"compiled is {ours / python:.1f} times the way in Python, {ours / plain:.1f} times the plain way "
        f"and {ours / limit:.0%} of the limit"
    )
    return 0


def _loaded_in() -> float:
    """Seconds that a new process takes to load what was compiled before, numba with it."""
    program = (
        "import time, django; django.setup(); began = time.perf_counter()\n"
        "from stroma.ledger.compiled_ranges import compiled; assert compiled()\n"
        "print(time.perf_counter() - began)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return float(done.stdout)


def fill(wanted: int) -> int:
    """Write entries as ``record`` would, many at a time; returns how many bytes their texts have."""
    from django.db import connection, transaction

    from stroma.ledger.domain.canonical import time_text
    from stroma.ledger.domain.entry import GENESIS, entry_hash
    from stroma.ledger.models import Chain, Entry, Link

    begin = datetime(2026, 1, 1, tzinfo=UTC)
    size = 0
    with transaction.atomic(), connection.cursor() as cursor:
        for guard in ("ledger_chain",):  # heads are written once, at the end
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [guard])
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {name}")
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'ledger_link'")
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {name}")
        chains = [
            Chain.objects.create(kind=kind, subject=uuid.UUID(int=n + 1), head=GENESIS)
            for kind in ("course", "lot", "patient")
            for n in range(CHAINS)
        ]
        entries, links = [], []
        for number in range(wanted):
            at = begin + timedelta(seconds=number)
            joined = [chains[k * CHAINS + (number * (k + 1)) % CHAINS] for k in range(3)]
            body = {
                "format": 1,
                "id": str(uuid.UUID(int=number + 1)),
                "action": "batch.step_done",
                "actor": f"user:{number % 20}",
                "occurred_at": time_text(at),
                "recorded_at": time_text(at),
                "nature": "SIMULATED",
                "links": [{"chain": str(c), "position": c.length, "previous": c.head} for c in joined],
                "facts": {
                    "lot": str(joined[1].subject),
                    "step": "passage",
                    "position": number % 9,
                    "amount": "12.500",
                },
            }
            text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
            size += len(text)
            told = entry_hash(text)
            entries.append(
                Entry(
                    sequence=number + 1,
                    id=uuid.UUID(int=number + 1),
                    action=body["action"],
                    actor=body["actor"],
                    occurred_at=at,
                    recorded_at=at,
                    text=text,
                    hash=told,
                )
            )
            for chain in joined:
                links.append(
                    Link(entry_id=number + 1, chain=chain, position=chain.length, previous=chain.head)
                )
                chain.length, chain.head, chain.last_recorded_at = chain.length + 1, told, at
            if len(entries) == 5000 or number + 1 == wanted:
                Entry.objects.bulk_create(entries)
                Link.objects.bulk_create(links)
                entries, links = [], []
        Chain.objects.bulk_update(chains, ["length", "head", "last_recorded_at"], batch_size=100)
    return size


def sha256_limit(size: int) -> float:
    """How many texts of ``size`` bytes two processes hash in a second and do nothing else with."""
    with ProcessPoolExecutor(2) as pool:
        return sum(pool.map(_hashed_in_a_second, [size, size]))


def _hashed_in_a_second(size: int) -> float:
    text, done, began = b"x" * size, 0, time.perf_counter()
    while time.perf_counter() - began < 1:
        for _ in range(1000):
            hashlib.sha256(text).digest()
        done += 1000
    return done / (time.perf_counter() - began)
