"""Write one course's dossier to a file, or check one."""

import argparse
from pathlib import Path

HELP = "write one course's dossier, or check one"
NEEDS_DATABASE = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Two commands."""
    commands = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    export = commands.add_parser("export", help="write everything the ledger says about a course to one file")
    export.add_argument("course", metavar="COURSE", help="the course's identifier or number")
    export.add_argument("file", metavar="FILE", type=Path, help="where to write the dossier")
    export.add_argument("--force", action="store_true", help="write over a file that exists")
    export.add_argument(
        "--witness",
        metavar="CHECKPOINT",
        type=Path,
        action="append",
        default=[],
        help="a checkpoint the reader holds: the dossier proves that nothing it covered was removed",
    )
    check = commands.add_parser("check", help="check a dossier, as verify_dossier.py does anywhere")
    check.add_argument("file", metavar="FILE", help="the dossier")
    check.add_argument("--key", metavar="HEX_OR_FILE", help="the clinic's public key")
    check.add_argument("--witness", metavar="CHECKPOINT", action="append", default=[], help="seen earlier")
    check.add_argument("--files", metavar="ARCHIVE", help="the files beside it (FILE.files.tar)")
    check.add_argument("--json", action="store_true", help="one JSON object instead of sentences")


def run(args: argparse.Namespace) -> int:
    """Export or check."""
    return _export(args) if args.what == "export" else _check(args)


def _export(args: argparse.Namespace) -> int:
    from django.utils import timezone

    from stroma.ledger.attachments import files_beside, write_archive
    from stroma.ledger.commands.new_file import refuse_existing, write_whole, write_whole_by
    from stroma.ledger.commands.opened import founded_installation
    from stroma.ledger.dossier import course_named, export_dossier
    from stroma.ledger.keys import signing_key
    from stroma.ledger.standalone import verifier
    from stroma.protocols.domain.problem import BadInput, Problem

    founded_installation()
    archive = args.file.with_name(f"{args.file.name}.files.tar")
    refuse_existing(args.file, force=args.force)
    refuse_existing(archive, force=args.force)
    standalone = verifier()
    try:
        witnessed = [standalone.read_witness(str(file))["text"]["tree_size"] for file in args.witness]
    except standalone.UnusableError as error:
        raise BadInput([Problem("no_checkpoint", str(error))]) from error
    course_id = course_named(args.course)
    now = timezone.now()
    content = export_dossier(course_id, by="stroma dossier", at=now, witnessed=witnessed)
    files = files_beside(content, course_id)
    if files:
        write_whole_by(archive, lambda output: write_archive(files, output))
    else:
        archive.unlink(missing_ok=True)
    write_whole(args.file, content)
    print(f"The dossier of course {course_id} was written to {args.file}.")
    if files:
        print(f"{len(files)} files too large to stand in it were written to {archive}. Keep both together.")
    public_key = signing_key(may_create=False).public_hex
    print(f"Check it anywhere: python verify_dossier.py {args.file} --key {public_key}")
    return 0


def _check(args: argparse.Namespace) -> int:
    from stroma.ledger.standalone import verifier

    arguments = [args.file, *(["--key", args.key] if args.key else []), *(["--json"] if args.json else [])]
    for witness in args.witness:
        arguments += ["--witness", witness]
    arguments += ["--files", args.files] if args.files else []
    return int(verifier().main(arguments))
