"""The command line: ``stroma COMMAND``.

Each command is a module with ``HELP``, ``add_arguments(parser)`` and ``run(args) -> int``; one that needs the
database says ``NEEDS_DATABASE = True``, or ``needs_database(args)`` where that depends on what is asked. One that
needs a site to work at says ``NEEDS_CLINIC = True`` and reads what it is handed in ``read_input(args)``, before
anything is made. Exit codes are the same everywhere: 0 done, 1 found
something wrong (``verify``), 2 bad input or usage, 3 stopped by a rule.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from types import ModuleType

from stroma import __version__
from stroma.config.environment import SettingError
from stroma.protocols.domain.blocker import Refused
from stroma.protocols.domain.problem import BadInput

DONE, FOUND_WRONG, BAD_INPUT, STOPPED = 0, 1, 2, 3

COMMANDS = {
    "answers": "stroma.candidacy.answers_command",
    "checkpoint": "stroma.ledger.commands.checkpoint",
    "cytometry": "stroma.release.cytometry_command",
    "demo": "stroma.simulation.demo_command",
    "dossier": "stroma.ledger.commands.dossier",
    "found": "stroma.ledger.commands.found",
    "import": "stroma.fhir.import_command",
    "isbt": "stroma.custody.isbt_command",
    "labels": "stroma.custody.labels_command",
    "migrate": "stroma.ledger.commands.migrate",
    "plan": "stroma.planning.plan_command",
    "protocols": "stroma.protocols.commands",
    "registry": "stroma.registry.commands",
    "remind": "stroma.planning.remind_command",
    "serve": "stroma.clinic.serve_command",
    "site": "stroma.clinic.site_command",
    "stain": "stroma.release.stain_command",
    "verify": "stroma.ledger.commands.verify",
    "walk": "stroma.simulation.walk_command",
}


def set_up_django() -> None:
    """Load the settings and the applications; commands that only read files never pay for it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stroma.config.settings")
    import django

    django.setup()


def run_at_a_clinic(module: ModuleType, args: argparse.Namespace) -> int:
    """Run a command that needs a site to work at: in an empty installation a simulated one is made, and it is said so.

    Nothing is made for an input that cannot be used: it is read first, and the clinic stands only if the command
    comes to its end.
    """
    from django.db import transaction

    from stroma.ledger.commands.migrate import bring_up_to_date
    from stroma.ledger.models import Installation
    from stroma.simulation.clinic import have_a_simulated_clinic

    module.read_input(args)
    bring_up_to_date()
    if Installation.objects.exists():
        return int(module.run(args))
    with transaction.atomic():
        have_a_simulated_clinic()
        code = int(module.run(args))
    print(
        "This installation was empty. It now holds a SIMULATED clinic, for ever. "
        "For real patients, name another STROMA_HOME and run `stroma found --real` first.",
        file=sys.stderr,
    )
    return code


def build_parser(command: str | None) -> tuple[argparse.ArgumentParser, ModuleType | None]:
    """The parser; only the module of the command that is asked for is imported."""
    parser = argparse.ArgumentParser(prog="stroma", description="From the first question to the last.")
    parser.add_argument("--version", action="version", version=f"stroma {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    chosen = None
    for name, path in COMMANDS.items():
        if name == command:
            chosen = importlib.import_module(path)
            chosen.add_arguments(subparsers.add_parser(name, help=chosen.HELP, description=chosen.__doc__))
        elif command not in COMMANDS:
            module = importlib.import_module(path)
            subparsers.add_parser(name, help=module.HELP)
    return parser, chosen


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; bad input ends in 2 with every fault named, a refusal in 3 with every reason."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    command = next((word for word in arguments if not word.startswith("-")), None)
    parser, module = build_parser(command)
    args = parser.parse_args(arguments)
    if module is None:
        parser.error(f"unknown command {command}")
    try:
        may_need = getattr(module, "needs_database", None)
        needs = may_need(args) if may_need else getattr(module, "NEEDS_DATABASE", False)
        if needs or getattr(module, "NEEDS_CLINIC", False):
            set_up_django()
        if getattr(module, "NEEDS_CLINIC", False):
            return run_at_a_clinic(module, args)
        return int(module.run(args))
    except SettingError as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    except BadInput as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        return BAD_INPUT
    except Refused as refusal:
        from stroma.ledger.wording import sentence

        for blocker in refusal.blockers:
            print(f"{blocker.weight}: {sentence(blocker)} [{blocker.source}]", file=sys.stderr)
        return STOPPED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
