"""Bring a patient in from a FHIR R4 bundle (``.json`` or ``.json.gz``).

Exit 0: registered, or added to the patient who carries the same identifier. Exit 2: the bundle cannot be used; every
fault is named and nothing is written. Exit 3: somebody very like this patient is registered; look, then say which.
"""

import argparse
import json
from dataclasses import replace
from pathlib import Path

HELP = "bring a patient in from a FHIR R4 bundle"
NEEDS_CLINIC = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file, the site, and the answer to a likely duplicate."""
    parser.add_argument("file", type=Path, metavar="FILE", help="a bundle, .json or .json.gz")
    parser.add_argument("--site", help="name of the site; needed only where there are several")
    parser.add_argument("--as", dest="username", help="user name of the person who imports")
    answer = parser.add_mutually_exclusive_group()
    answer.add_argument("--new", action="store_true", help="this is somebody else than the likely duplicate")
    answer.add_argument("--same-as", metavar="RECORD", help="this is the patient with that record number")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def read_input(args: argparse.Namespace) -> None:
    """Read the whole bundle, before anything is written."""
    from django.utils import timezone

    from stroma.fhir.bundle import read_bundle
    from stroma.patients.domain.intake import validate_intake
    from stroma.protocols.domain.problem import BadInput

    args.reading = read_bundle(args.file)
    if problems := validate_intake(args.reading.intake, today=timezone.now().date()):
        raise BadInput(replace(problem, file=str(args.file)) for problem in problems)


def run(args: argparse.Namespace) -> int:
    """Register who was read in one transaction."""
    from django.utils import timezone

    from stroma.clinic.domain.roles import Role
    from stroma.clinic.queries import acting_user, site_named
    from stroma.patients.actions import register_patient
    from stroma.patients.queries import patient_with_record_number

    reading = args.reading
    site = site_named(args.site)
    at = timezone.now()
    same = patient_with_record_number(site, args.same_as) if args.same_as else None
    patient = register_patient(
        site=site,
        intake=reading.intake,
        is_new_person=args.new,
        same_person=same,
        source=f"fhir:{reading.digest}",
        by=acting_user(site, args.username, Role.COORDINATOR, at=at),
        at=at,
    )
    answer = {
        "patient": str(patient.id),
        "record": patient.record_number,
        "site": site.name,
        "resources": dict(reading.resource_counts),
        "notes": list(reading.notes),
    }
    if args.json:
        print(json.dumps(answer, indent=2))
    else:
        print(
            f"Record {patient.record_number} at {site.name}: {sum(reading.resource_counts.values())} resources read."
        )
        for note in reading.notes:
            print(f"note: {note}")
    return 0
