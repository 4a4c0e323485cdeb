"""Open a site, add its people, and adopt the protocols it offers.

Passwords are read from the terminal or, where there is none, from the first line of standard input; they never stand on
the command line.
"""

import argparse
import getpass
import re
import sys
from pathlib import Path

HELP = "open a site, add its people, adopt protocols"
NEEDS_DATABASE = True

_FACILITY_NUMBER = re.compile(r"[A-NP-Z1-9][A-NP-Z0-9]{2}[0-9]{2}")
"""ISBT 128 ST-001 §2.4.1: the first five characters of a donation number."""

_TEST_FACILITY = re.compile(r"A999[0-9]")
"""Set aside by ICCBBA for tests: on a real label they name nobody."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Five things to do."""
    from stroma.clinic.domain.roles import Role

    what = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    site = what.add_parser("open", help="open a site together with its first administrator")
    site.add_argument("name", help="as patients know it")
    site.add_argument(
        "--facility", required=True, help="facility number from ICCBBA; A9990 to A9999 are for tests"
    )
    site.add_argument("--zone", default="America/New_York", help="time zone, such as America/New_York")
    site.add_argument("--address", required=True, help="as it stands on labels")
    site.add_argument("--administrator", required=True, metavar="USERNAME")
    site.add_argument("--printed-name", required=True, help="the administrator's name, as it is printed")
    person = what.add_parser("person", help="give a person an account and roles at a site")
    person.add_argument("username")
    person.add_argument("--printed-name", required=True, help="as it is printed under a signature")
    person.add_argument("--role", action="append", required=True, choices=[role.value for role in Role])
    invited = what.add_parser("invite", help="make a link by which a person chooses a new password")
    invited.add_argument("username")
    protocol = what.add_parser("adopt", help="offer a protocol at a site, kept to the letter")
    protocol.add_argument("protocol", help="id of a shipped protocol, or a file")
    what.add_parser("list", help="the sites there are")
    for command in (person, invited, protocol):
        command.add_argument("--site", help="name of the site; needed only where there are several")
        command.add_argument("--as", dest="acting", required=True, metavar="USERNAME", help="who does this")


def run(args: argparse.Namespace) -> int:
    """Do one of them."""
    from stroma.ledger.commands.opened import founded_installation

    founded_installation()
    {"open": _open, "person": _person, "invite": _invite, "adopt": _adopt, "list": _list}[args.what](args)
    return 0


def _open(args: argparse.Namespace) -> None:
    from zoneinfo import available_timezones

    from stroma.clinic.actions import NewPerson, open_site
    from stroma.clinic.models import Site, User
    from stroma.ledger.record import is_simulated, present
    from stroma.protocols.domain.problem import BadInput, Problem

    problems = []
    if args.zone not in available_timezones():
        message = f"{args.zone} is no time zone; one looks like America/New_York"
        problems.append(Problem("zone_unknown", message, place="--zone"))
    if _FACILITY_NUMBER.fullmatch(args.facility) is None:
        problems.append(Problem("facility_number", "a facility number looks like A9999", place="--facility"))
    elif _TEST_FACILITY.fullmatch(args.facility) and not is_simulated():
        message = "A9990 to A9999 are for tests; a real site uses its own number from ICCBBA"
        problems.append(Problem("facility_number_for_tests", message, place="--facility"))
    if Site.objects.filter(name=args.name).exists():
        problems.append(Problem("site_exists", "a site of that name is open already", place="NAME"))
    if User.objects.filter(username=args.administrator).exists():
        problems.append(Problem("user_exists", "that user name is taken", place="--administrator"))
    if problems:
        raise BadInput(problems)
    site, user = open_site(
        name=args.name,
        facility_number=args.facility,
        time_zone=args.zone,
        address=args.address,
        administrator=NewPerson(args.administrator, args.printed_name, password=_password()),
        by="stroma site open",
        at=present(),
    )
    print(f"{site.name} is open. {user.username} is its administrator.")


def _person(args: argparse.Namespace) -> None:
    from stroma.clinic.actions import NewPerson, add_person
    from stroma.clinic.domain.roles import Role
    from stroma.clinic.models import User
    from stroma.clinic.queries import acting_user, site_named
    from stroma.ledger.record import present
    from stroma.protocols.domain.problem import BadInput, Problem

    if User.objects.filter(username=args.username).exists():
        raise BadInput([Problem("user_exists", "that user name is taken", place="USERNAME")])
    site, at = site_named(args.site), present()
    user = add_person(
        site=site,
        person=NewPerson(args.username, args.printed_name, password=_password()),
        roles=[Role(role) for role in args.role],
        by=acting_user(site, args.acting, at=at),
        at=at,
    )
    print(f"{user.username} may work at {site.name} as {', '.join(role.lower() for role in args.role)}.")


def _invite(args: argparse.Namespace) -> None:
    from django.conf import settings

    from stroma.clinic.actions import invite_again
    from stroma.clinic.invitations import DAYS, invitation_path
    from stroma.clinic.models import User
    from stroma.clinic.queries import acting_user, site_named
    from stroma.clinic.serve_command import PORT, keep_secret
    from stroma.ledger.record import present
    from stroma.protocols.domain.problem import BadInput, Problem

    site, at = site_named(args.site), present()
    user = User.objects.filter(username=args.username).first()
    if user is None:
        raise BadInput([Problem("user_unknown", "there is no person with that user name", place="USERNAME")])
    keep_secret()
    asked = invite_again(site=site, person=user, by=acting_user(site, args.acting, at=at), at=at)
    if asked is not None:
        print(
            "The link waits until a second person, of quality or administration, confirms it on their page."
        )
        return
    door = settings.DOOR
    root = f"https://{door.hosts[0]}" if door.hosts else f"http://localhost:{door.port or PORT}"
    print(f"Within {DAYS} days, once: {root}{invitation_path(user)}")


def _adopt(args: argparse.Namespace) -> None:
    from stroma.clinic.actions import adopt_protocol
    from stroma.clinic.models import AdoptedProtocol
    from stroma.clinic.queries import acting_user, site_named
    from stroma.ledger.record import present
    from stroma.protocols.domain.document import read_protocol
    from stroma.protocols.domain.problem import BadInput, Problem
    from stroma.protocols.library import shipped_protocol

    file = Path(args.protocol)
    document = file.read_text(encoding="utf-8") if file.is_file() else shipped_protocol(args.protocol).text
    protocol = read_protocol(document, file=args.protocol)
    site, at = site_named(args.site), present()
    if AdoptedProtocol.objects.filter(site=site, protocol_id=protocol.id, version=protocol.version).exists():
        raise BadInput(
            [Problem("adopted_before", f"{site.name} offers {protocol.key} already", place="PROTOCOL")]
        )
    adopted = adopt_protocol(site=site, document=document, by=acting_user(site, args.acting, at=at), at=at)
    print(f"{site.name} offers {adopted}.")


def _list(args: argparse.Namespace) -> None:
    from stroma.clinic.models import Site

    del args
    for site in Site.objects.order_by("opened_at"):
        print(f"{site.name}\t{site.facility_number}\t{site.time_zone}")


def _password() -> str:
    """A password that passes the site's rules, typed twice, or the first line of standard input. Raises BadInput."""
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    from stroma.protocols.domain.problem import BadInput, Problem

    if sys.stdin.isatty():
        secret = getpass.getpass("Password: ")
        if getpass.getpass("Once more: ") != secret:
            raise BadInput([Problem("password_differs", "the two passwords differ; nothing was written")])
    else:
        secret = sys.stdin.readline().rstrip("\n")
    try:
        validate_password(secret)
    except ValidationError as error:
        raise BadInput(
            Problem("password_weak", message, place="password") for message in error.messages
        ) from error
    return secret
