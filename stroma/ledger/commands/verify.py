"""Check the whole ledger: entries, chains, sealed texts, checkpoints, guards, and the tables against it."""

import argparse
import json
from pathlib import Path

HELP = "check that nothing in the ledger was changed, dropped, re-ordered or back-dated"
NEEDS_DATABASE = True

FOUND = 1
"""The exit code when something does not hold."""

_SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to compare with, and the form of the answer."""
    parser.add_argument(
        "--witness",
        metavar="CHECKPOINT",
        type=Path,
        action="append",
        default=[],
        help="a checkpoint kept elsewhere: is everything it covered still there?",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of sentences")


def run(args: argparse.Namespace) -> int:
    """Make every check and say what each found."""
    from stroma.ledger.commands.opened import founded_installation
    from stroma.ledger.keys import trusted_keys
    from stroma.ledger.standalone import verifier
    from stroma.ledger.verification import verify
    from stroma.protocols.domain.problem import BadInput, Problem

    standalone = verifier()
    try:
        witnesses = [standalone.read_witness(str(file)) for file in args.witness]
    except standalone.UnusableError as error:
        raise BadInput([Problem("no_checkpoint", str(error))]) from error
    here = founded_installation()
    checks = list(verify(witnesses))
    findings = [finding for check in checks for finding in check.findings]
    keys = sorted(trusted_keys())
    if args.json:
        told = {
            "intact": not findings,
            "nature": here.nature,
            "installation": str(here.uuid),
            "keys": keys,
            "checks": [
                {"check": c.check, "examined": c.examined, "findings": len(c.findings)} for c in checks
            ],
            "findings": [{"check": f.check, "place": f.place, "message": f.message} for f in findings],
        }
        print(json.dumps(told, indent=2))
        return FOUND if findings else 0
    print(f"This database is {here.nature} (installation {here.uuid}).")
    for check in checks:
        found = f"{len(check.findings)} found" if check.findings else "nothing found"
        print(f"{check.check}: {check.examined} checked, {found}")
        for finding in check.findings[:_SHOWN]:
            print("  " + ": ".join(part for part in (finding.place, finding.message) if part))
        if len(check.findings) > _SHOWN:
            print(f"  and {len(check.findings) - _SHOWN} more; --json names all")
    for key in keys:
        print(f"Public key: {key}")
    print("ALTERED" if findings else "INTACT")
    return FOUND if findings else 0
