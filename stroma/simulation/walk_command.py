"""Take one patient through every step of a protocol, on a simulated clock, by the same actions people use.

Without --patient an invented patient is used, without --answers the example of the protocol's indication; every answer
taken from an example is marked as assumed. Exit 0: completed. 3: stopped by a rule; the reasons are printed. 2: the
protocol, the bundle or the answers cannot be used; every fault is named and nothing is written.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stroma.candidacy.domain.sheet import AnswerSheet
    from stroma.patients.domain.intake import PatientIntake
    from stroma.protocols.library import ShippedProtocol
    from stroma.simulation.walk_terms import WalkResult

HELP = "take one patient through every step of a protocol, simulated"
NEEDS_DATABASE = True

COMPLETED, BAD_INPUT, STOPPED, NOT_VERIFIED = 0, 2, 3, 1
VERIFIER = Path(__file__).resolve().parent.parent.parent / "verify_dossier.py"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The protocol and what is known of the patient."""
    parser.add_argument(
        "protocol", metavar="PROTOCOL", help="id of a shipped protocol: see `stroma protocols list`"
    )
    add_options(parser)


def add_options(parser: argparse.ArgumentParser) -> None:
    """What a walk can be told besides its protocol."""
    parser.add_argument("--patient", type=Path, metavar="BUNDLE", help="a FHIR R4 bundle, .json or .json.gz")
    parser.add_argument(
        "--answers", type=Path, metavar="FILE", help="what the bundle cannot say, .toml or .json"
    )
    parser.add_argument("--dossier", type=Path, metavar="FILE", help="where to write the dossier")
    parser.add_argument("--seed", type=int, default=1, help="of the simulated laboratory and patient")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    """Read everything first; then write."""
    from django.utils import timezone

    from stroma.candidacy.examples import example_answers
    from stroma.ledger.commands.migrate import bring_up_to_date
    from stroma.protocols.library import shipped_protocol
    from stroma.simulation.walk import Walk
    from stroma.simulation.walk_terms import WalkRequest, walk_start

    shipped = shipped_protocol(args.protocol)
    intake, intake_source = _intake(args.patient)
    told = _answers(args.answers, shipped)
    start = walk_start(timezone.now())
    _refuse_unusable(intake, args.dossier, start)
    bring_up_to_date()
    walk = Walk(
        WalkRequest(
            protocol=shipped,
            intake=intake,
            intake_source=intake_source,
            told=told,
            told_source=args.answers.name if args.answers else "",
            assumed=example_answers(shipped.protocol.indication),
            assumed_source=f"example answers for {shipped.protocol.indication}",
            seed=args.seed,
            start=start,
        ),
        tell=(lambda step: None) if args.json else _tell,
    )
    if not args.json:
        print(f"SIMULATED walk of {shipped.protocol.title}, protocol {shipped.protocol.key}.")
    result = walk.run()
    dossier, verdict = _dossier(result, args.dossier)
    if args.json:
        print(json.dumps(_answer(shipped, result, dossier, verdict), indent=2, ensure_ascii=False))
    else:
        _print_end(result, dossier, verdict)
    if verdict is not None and verdict.returncode != 0:
        return NOT_VERIFIED
    return STOPPED if result.blockers else COMPLETED


def _intake(path: Path | None) -> tuple["PatientIntake", str]:
    """The patient of the bundle, or of a bundle of our own making, read the same way."""
    from django.utils import timezone

    from stroma.fhir.bundle import read_bundle
    from stroma.fhir.example import example_bundle

    if path is not None:
        reading = read_bundle(path)
        return reading.intake, f"fhir:{reading.digest}"
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder) / "example.json"
        own.write_text(json.dumps(example_bundle(today=timezone.now().date())), encoding="utf-8")
        return read_bundle(own).intake, "example"


def _answers(path: Path | None, shipped: "ShippedProtocol") -> "AnswerSheet":
    from stroma.candidacy.domain.sheet import AnswerSheet, read_answers
    from stroma.protocols.domain.problem import BadInput, Problem

    if path is None:
        return AnswerSheet()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput([Problem("not_readable", f"this file cannot be read: {error}", str(path))]) from error
    sheet = read_answers(text, file=str(path))
    protocol = shipped.protocol
    if sheet.indication is not None and protocol.gives_cells and sheet.indication is not protocol.indication:
        message = f"these answers are about {sheet.indication}; {protocol.id} treats {protocol.indication}"
        raise BadInput([Problem("answers", message, str(path), "indication")])
    return sheet


def _refuse_unusable(intake: "PatientIntake", dossier: Path | None, start: Any) -> None:
    from stroma.patients.domain.intake import validate_intake
    from stroma.protocols.domain.problem import BadInput, Problem

    problems = validate_intake(intake, today=start.date())
    if dossier is not None and not dossier.absolute().parent.is_dir():
        problems.append(Problem("no_folder", "the folder for the dossier does not exist", str(dossier)))
    if dossier is not None and dossier.is_dir():
        problems.append(Problem("is_folder", "this is a folder; name a file for the dossier", str(dossier)))
    if problems:
        raise BadInput(problems)


def _dossier(
    result: "WalkResult", path: Path | None
) -> tuple[Path | None, subprocess.CompletedProcess[str] | None]:
    """Write the course's dossier and let the stand-alone verifier judge it, in a process of its own."""
    from django.conf import settings

    from stroma.ledger.dossier import export_dossier

    if result.course is None:
        return None, None
    if path is None:
        path = Path(settings.HOME) / "dossiers" / f"{result.course.id}.dossier"
        path.parent.mkdir(parents=True, exist_ok=True)
    last = result.steps[-1]["at"]
    from datetime import datetime

    path.write_bytes(export_dossier(result.course.id, by="simulation", at=datetime.fromisoformat(last)))
    verdict = subprocess.run(  # noqa: S603 - our own verifier, on the file just written
        [sys.executable, "-I", str(VERIFIER), str(path)], capture_output=True, text=True, check=False
    )
    return path, verdict


def _answer(
    shipped: "ShippedProtocol",
    result: "WalkResult",
    dossier: Path | None,
    verdict: subprocess.CompletedProcess[str] | None,
) -> dict[str, Any]:
    from stroma.ledger.wording import sentence

    def told(blockers: Any) -> list[dict[str, str]]:
        return [
            {"code": b.code, "message": sentence(b), "source": b.source, "weight": b.weight.value}
            for b in blockers
        ]

    return {
        "protocol": shipped.protocol.id,
        "version": shipped.protocol.version,
        "nature": "SIMULATED",
        "site": result.site_name,
        "authorization": result.authorization,
        "patient": str(result.patient.id) if result.patient else None,
        "record": result.patient.record_number if result.patient else None,
        "course": str(result.course.id) if result.course else None,
        "outcome": result.outcome,
        "steps": result.steps,
        "blockers": told(result.blockers),
        "cautions": told(result.cautions),
        "assumed": result.assumed,
        "registry": result.registry,
        "dossier": str(dossier) if dossier else None,
        "dossier_intact": verdict is not None and verdict.returncode == 0,
    }


def _tell(step: dict[str, str]) -> None:
    print(f"{step['at'][:16].replace('T', ' ')}  {step['step']:<11} {step['action']:<32} {step['hash'][:16]}")


def _print_end(
    result: "WalkResult", dossier: Path | None, verdict: subprocess.CompletedProcess[str] | None
) -> None:
    from stroma.ledger.wording import sentence

    if result.authorization:
        print(f"\nGiven under {result.authorization}, a demo authorization that stands for no real one.")
    if result.assumed:
        print(f"\nAssumed, because neither record nor answers say: {', '.join(result.assumed)}.")
    for blocker in result.cautions:
        print(f"\n{blocker.weight}: {sentence(blocker)} [{blocker.source}]")
    if result.registry:
        print("\nPain over time at this site (simulated; shows nothing about any treatment):")
        for row in result.registry:
            print("  " + "  ".join(f"{key} {value}" for key, value in row.items()))
    print(f"\n{result.outcome.upper()}")
    for blocker in result.blockers:
        print(f"{blocker.weight}: {sentence(blocker)} [{blocker.source}]")
    if verdict is not None:
        print(f"\nDossier: {dossier}\n{verdict.stdout.strip()}")
