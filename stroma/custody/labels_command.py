"""A site's product codes, and sample labels to try a printer and a scanner with."""

import argparse
from pathlib import Path

HELP = "import a site's product codes, draw sample labels for a printer"
NEEDS_DATABASE = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Three things to do."""
    what = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    codes = what.add_parser("import-codes", help="bring the site's own product codes, as CSV")
    codes.add_argument("table", type=Path, metavar="FILE")
    codes.add_argument("--as", dest="acting", required=True, metavar="USERNAME", help="who does this")
    shown = what.add_parser("codes", help="the product codes in force, as CSV")
    for command in (codes, shown):
        command.add_argument("--site", help="name of the site; needed only where there are several")
    sample = what.add_parser("sample", help="a sample label in every size, as PDF, marked as a test")
    sample.add_argument("folder", type=Path, metavar="FOLDER")


def run(args: argparse.Namespace) -> int:
    """Do one of them."""
    if args.what == "sample":
        return _sample(args.folder)
    from stroma.ledger.commands.opened import founded_installation

    founded_installation()
    return _import(args) if args.what == "import-codes" else _show(args)


def _import(args: argparse.Namespace) -> int:
    from stroma.clinic.queries import acting_user, site_named
    from stroma.custody.actions import import_product_codes
    from stroma.ledger.record import present
    from stroma.protocols.domain.problem import BadInput, Problem

    try:
        table = args.table.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        message = "This file cannot be read as text in UTF-8."
        raise BadInput([Problem("file_unreadable", message, file=str(args.table))]) from None
    site, at = site_named(args.site), present()
    by = acting_user(site, args.acting, at=at)
    codes = import_product_codes(site=site, table=table, file=str(args.table), by=by, at=at)
    for code in codes:
        print(f"{code.protocol_id} is {code.product_code}{code.collection_type}, {code.product_name}.")
    return 0


def _show(args: argparse.Namespace) -> int:
    import csv
    import sys

    from stroma.clinic.queries import site_named
    from stroma.custody.domain.product_table import COLUMNS
    from stroma.custody.label_queries import products_of

    lines = csv.writer(sys.stdout, lineterminator="\n")
    lines.writerow(COLUMNS)
    for product in products_of(site_named(args.site)):
        lines.writerow([product.protocol_id, product.code[:5], product.code[5:], product.name])
    return 0


def _sample(folder: Path) -> int:
    from stroma.custody.domain.label_sizes import LABEL_SIZES
    from stroma.custody.label_pdf import label_pdf
    from stroma.custody.label_sample import SAMPLE, SAMPLE_DATE

    folder.mkdir(parents=True, exist_ok=True)
    for size in LABEL_SIZES.values():
        file = folder / f"label-{size.code}.pdf"
        file.write_bytes(label_pdf([SAMPLE] * size.places, size, printed_at=SAMPLE_DATE))
        print(f"{file}: {size.width_mm:g} × {size.height_mm:g} mm, {size.places} on a page")
    print(f"Print them at 100 %. A scanner must read: {SAMPLE.content['compound']}")
    return 0
