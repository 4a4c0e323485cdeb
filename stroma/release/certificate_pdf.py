"""The certificate as PDF. Typst gets every word as data, never as markup; the lines come from the signed text."""

import json
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from stroma.custody.label_symbols import MATRIX, draw_symbol
from stroma.ledger.wording import sentence
from stroma.ledger.wording import word as gettext_word
from stroma.look.formats import moment_text
from stroma.release.certificate_queries import PrintedCertificate
from stroma.release.review_written import ReadFinding
from stroma.release.shown import certificate_lines, looked_at_words, read_certificate, review_words


def certificate_pdf(printed: PrintedCertificate, *, verify_at: str, printed_at: datetime, zone: str) -> bytes:
    """The certificate on A4, with a Data Matrix that leads to ``verify_at``."""
    import typst  # slow import

    at = printed_at.astimezone(UTC).replace(microsecond=0)
    made: Any = typst.compile(
        files("stroma.release").joinpath("certificate.typ").read_bytes(),
        format="pdf",
        sys_inputs={"data": json.dumps(_data(printed, verify_at, at, zone), ensure_ascii=False, default=str)},
        ignore_system_fonts=True,
        timestamp=at,
    )
    return bytes(made)


def _data(printed: PrintedCertificate, verify_at: str, at: datetime, zone: str) -> dict[str, Any]:
    read = read_certificate(printed.text)
    where = ZoneInfo(zone)

    def moment(when: datetime | None) -> str:
        return "–" if when is None else moment_text(when, where, with_zone=True, with_year=True)

    released = printed.release
    return {
        "title": _("Certificate of analysis"),
        "simulated": ""
        if read["nature"] == "real"
        else _("Simulated: this certificate is of no real product."),
        "draft": "" if released else _("Draft: the lot is not released under this certificate."),
        "lot": read["din"],
        "page": _("page {now} of {all}"),
        "facts": [
            (_("Lot"), read["din"]),
            (_("Product"), f"{read['product']} ({read['product_code']})"),
            (_("Protocol"), read["protocol"]),
            (_("Course"), read["course"] or "–"),
            (_("Donor"), read["donor"].lower()),
            (
                _("Released"),
                f"{moment(released.released_at)}, {released.get_kind_display()}" if released else "–",
            ),
        ],
        "results": {
            "title": _("Results beside the specification"),
            "head": [_("What"), _("Limit"), _("Result"), _("Verdict"), _("Method and source of the limit")],
            "rows": [
                [
                    line.attribute,
                    line.limit,
                    line.result,
                    line.note,
                    line.verdict,
                    line.tone,
                    line.method,
                    line.source,
                ]
                for line in certificate_lines(printed.text)
            ],
        },
        "containers": {
            "title": _("Containers it lets go"),
            "head": [_("Container"), _("Amount"), _("Viable cells"), _("Use by")],
            "rows": [
                [
                    one["division"],
                    f"{one['amount']} {one['unit']}",
                    f"{float(one['viable_cells']) / 1e6:.2f} × 10⁶" if one["viable_cells"] else "–",
                    moment(one["expires_at"]),
                ]
                for one in read["containers"]
            ],
        },
        "reviews": [
            {
                "title": _("Review of the batch record %(din)s: %(words)s")
                % {"din": one.din, "words": review_words(one)[0]},
                "looked": looked_at_words(one),
                "rows": [
                    [
                        gettext_word(finding.step),
                        sentence(finding.blocker),
                        _accepted(finding, moment),
                        _weight(finding),
                        "go" if finding.is_explained else "stop",
                    ]
                    for finding in one.findings
                ],
            }
            for one in read["reviews"]
        ],
        "exception": _exception(read, moment),
        "investigations": {
            "title": _("Results out of specification that were investigated"),
            "rows": [
                [gettext_word(one["line"]), moment(one["opened_at"]), one["words"]]
                for one in read.get("investigations", ())
            ],
        },
        "signatures": {
            "title": _("Signatures"),
            "none": _("Nobody has signed this text."),
            "rows": [
                [
                    one.printed_name,
                    one.get_role_display(),
                    one.get_meaning_display(),
                    moment(one.signed_at),
                ]
                for one in printed.signatures
            ],
        },
        "verify": {
            "title": _("Is this still valid?"),
            "words": _(
                "Scan the code: the page says whether the lot is still released under this certificate."
            ),
            "svg": draw_symbol(MATRIX, verify_at).svg,
            "address": verify_at,
        },
        "digests": [
            (_("SHA-256 of the signed text"), printed.digest),
            (_("Ledger entry of the release"), printed.entry_hash or "–"),
            (_("Head of the lot's chain"), printed.chain_head or "–"),
            (
                _("Root of the last checkpoint, %(size)s entries") % {"size": printed.checkpoint_size}
                if printed.checkpoint_root
                else _("Root of the last checkpoint"),
                printed.checkpoint_root or _("no checkpoint yet"),
            ),
        ],
        "footer": f"{read['din']} · {_('printed')} {moment(at)}",
    }


def _accepted(finding: ReadFinding, moment: Any) -> str:
    """What quality said of a finding, who and when; blank where the bench explained it or nobody has."""
    if (said := finding.accepted) is None:
        return ""
    words = _("Accepted: %(reason)s (%(who)s, %(when)s)")
    return words % {"reason": said.reason, "who": said.by, "when": moment(said.at)}


def _weight(finding: ReadFinding) -> str:
    if finding.accepted is not None:
        return _("accepted by quality")
    return _("explained") if finding.is_explained else _("not explained")


def _exception(read: dict[str, Any], moment: Any) -> dict[str, str] | None:
    asked = read.get("exception")
    if not asked:
        return None
    return {
        "title": _("Released by exception: %(lines)s")
        % {"lines": ", ".join(map(gettext_word, asked["lines"]))},
        "reason": asked["reason"],
        "told": _("The patient was told by %(who)s, %(when)s.")
        % {"who": asked["informed_by"], "when": moment(asked["informed_at"])},
    }
