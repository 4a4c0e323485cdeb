"""Inclusion proofs out of a ledger's stored tree: hashes and milliseconds, beside building the tree anew.

``./run bench proofs [--leaves 1000000]`` stores the nodes of a tree of that many leaves as checkpoints do, in SQLite in
a temporary folder, and makes proofs of leaves at random through the same code as a dossier. Aim for a million: at most
20 hashes and 1 ms.
"""

import argparse
import os
import random
import statistics
import tempfile
import time
from collections.abc import Sequence

PROOFS = 1000


def main(arguments: Sequence[str]) -> int:
    """Store, prove, print."""
    parser = argparse.ArgumentParser(prog="./run bench proofs", description=__doc__.split("\n")[0])
    parser.add_argument("--leaves", type=int, default=1_000_000)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="stroma-bench-") as home:
        os.environ |= {"STROMA_HOME": home, "DJANGO_SETTINGS_MODULE": "stroma.config.settings"}
        os.environ.pop("STROMA_DATABASE_URL", None)
        return _measured(options.leaves)


def _measured(size: int) -> int:
    import django

    django.setup()
    from stroma.ledger.checkpoints import node_reader
    from stroma.ledger.domain.merkle import inclusion_proof, inclusion_ranges, is_included, leaf_hash

    root, building = store(size)
    print(f"{size:,} leaves; building the tree anew (the plain way to a proof): {building:.1f} s")
    chance = random.Random(1)
    took, hashes, reading = [], [], 0.0
    for index in (chance.randrange(size) for _ in range(PROOFS)):
        began = time.perf_counter()
        ranges = inclusion_ranges(index, size)
        node = node_reader(ranges)
        reading += time.perf_counter() - began
        proof = inclusion_proof(index, size, node)
        took.append((time.perf_counter() - began) * 1000)
        hashes.append(len(proof))
        assert is_included(leaf_hash(data(index)), index, size, proof, root)
    took.sort()
    print(
        f"proofs: at most {max(hashes)} hashes; median {statistics.median(took):.2f} ms, "
        f"p99 {took[PROOFS * 99 // 100]:.2f} ms"
    )
    print(f"of that, asking the database (the limit of this way): mean {1000 * reading / PROOFS:.2f} ms")
    return 0


def data(index: int) -> bytes:
    """What leaf ``index`` holds."""
    return index.to_bytes(32, "big")


def store(size: int) -> tuple[bytes, float]:
    """Grow the tree and store its nodes; gives its root and the seconds that growing alone took."""
    from django.db import connection

    from stroma.ledger.commands.migrate import bring_up_to_date
    from stroma.ledger.domain.merkle import GrowingTree

    bring_up_to_date()
    tree, rows, growing = GrowingTree(), [], 0.0
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA foreign_keys = OFF")  # a tree without the entries below it
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'ledger_leaf'")
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {name}")
        cursor.execute("BEGIN")
        for index in range(size):
            began = time.perf_counter()
            nodes = tree.append(data(index))
            growing += time.perf_counter() - began
            rows.append((index, index + 1, b"".join(nodes).hex()))
            if len(rows) == 20_000 or index + 1 == size:
                cursor.executemany(
                    "INSERT INTO ledger_leaf (leaf_index, entry_id, nodes) VALUES (%s, %s, %s)", rows
                )
                rows = []
        cursor.execute("COMMIT")
    return tree.root(), growing
