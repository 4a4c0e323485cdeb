"""Remind patients of their visits, seven days and one day before, tell them what changed, and look through the waiting
list.

Run it once a day, or every hour: nobody is reminded or told twice. Where STROMA_MAIL_URL names a mail server and the
patient has an address, an e-mail goes out that says when and where and nothing about health, with the appointment for
the calendar. Everybody else who is to be reminded stands on the coordinator's page of calls to make; a change that no
mail tells stands on the patient's own page, as every change does from the moment it is made.
"""

import argparse
import sys

HELP = "remind patients of their visits, tell them what changed; offer free slots to whoever waits"
NEEDS_DATABASE = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """At which site, and as whom."""
    parser.add_argument("--site", help="name of the site; needed only where there are several")
    parser.add_argument(
        "--as",
        dest="acting",
        required=True,
        metavar="USERNAME",
        help="who does this: a coordinator of the site",
    )
    parser.add_argument(
        "--draft-only",
        action="store_true",
        help="send no mail: whoever is reminded is to be phoned, and no change is told",
    )


def run(args: argparse.Namespace) -> int:
    """0 when every mail went out, 1 when one did not and its patient is to be phoned."""
    from stroma.clinic.queries import acting_user, site_named
    from stroma.ledger.commands.opened import founded_installation
    from stroma.ledger.record import present
    from stroma.planning.actions import draft_reminders, mark_reminder_sent, offer_free_slots
    from stroma.planning.mailing import send, tell_changes
    from stroma.planning.reminding import drafted, mail_is_sent, to_phone

    founded_installation()
    site, at = site_named(args.site), present()
    by = acting_user(site, args.acting, at=at)
    made = draft_reminders(site=site, can_mail=mail_is_sent() and not args.draft_only, by=by, at=at)
    sent = failed = 0
    for reminder in [] if args.draft_only else drafted(site):
        was_sent = send(reminder)
        mark_reminder_sent(reminder=reminder, was_sent=was_sent, by=by, at=present())
        sent, failed = sent + was_sent, failed + (not was_sent)
    told = 0 if args.draft_only else tell_changes(site, by=by)
    offered = offer_free_slots(site=site, by=by, at=present())
    print(
        f"{site.name}: {len(made)} reminders were due; {sent} sent by mail, {to_phone(site, at=at).count()} to be "
        f"phoned; {told} changes told by mail; {len(offered)} chains offered from the waiting list."
    )
    if failed:
        print(f"{failed} mails could not be sent; their patients are to be phoned.", file=sys.stderr)
    return 1 if failed else 0
