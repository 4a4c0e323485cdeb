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
    parser.add_argument(
        "--certificate",
        metavar="CODE",
        help="what a certificate's Data Matrix says: is a lot released under it?",
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
    certificate = _certificate(args.certificate) if args.certificate is not None else None
    checks = list(verify(witnesses))
    findings = [finding for check in checks for finding in check.findings]
    keys = sorted(trusted_keys())
    is_good = not findings and (certificate is None or certificate["standing"] == "current")
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
        } | ({"certificate": certificate} if certificate else {})
        print(json.dumps(told, indent=2))
        return 0 if is_good else FOUND
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
    if certificate is not None:
        print(_STANDINGS[certificate["standing"]].format_map(certificate))
    return 0 if is_good else FOUND


_STANDINGS = {
    "current": "Certificate {digest}: lot {lot} is released under it, since {released_at}.",
    "past": "Certificate {digest}: lot {lot} was released under it at {released_at} and is not any more ({state}).",
    "unknown": "Certificate {digest}: no lot was released under it here.",
    "altered": "Certificate {digest}: ALTERED, the text kept for lot {lot} is not the one that was signed.",
}


def _certificate(code: str) -> dict[str, str]:
    from stroma.ledger.readers import registered
    from stroma.protocols.domain.problem import BadInput, Problem

    for reader in registered("certificate_standing").values():
        found: dict[str, str] | None = reader(code)
        if found is not None:
            return found
    message = (
        "this is not what a certificate's Data Matrix says: an address that ends in 64 hexadecimal digits"
    )
    raise BadInput([Problem("no_certificate_code", message, place="--certificate")])
