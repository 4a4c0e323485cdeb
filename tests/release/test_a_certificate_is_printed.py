"""The certificate of an expanded product with every line of its specification fits one sheet; more takes a second."""

import json
import re
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from stroma.protocols.library import shipped_protocol
from stroma.release.certificate_pdf import certificate_pdf
from stroma.release.certificate_queries import PrintedCertificate
from stroma.release.domain.derived import COMPUTED, FROM_A_RESULT, FROM_THE_COUNT
from stroma.release.shown import read_certificate

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
COMPUTED_LINES = FROM_THE_COUNT | set(FROM_A_RESULT)
EXPANDED = ("disc-marrow-expanded", "disc-fat-expanded", "sciatica-marrow-expanded", "disc-pulp-research")


def certificate(protocol: str, *, findings: int = 1, reason: str = "") -> str:
    """The text of a certificate of that protocol, every line met, with intervals where a cytometer counted."""
    shipped = shipped_protocol(protocol).protocol
    finding = {
        "step": "Harvest and count",
        "code": "value_was_out_of_limits",
        "weight": "CAUTION",
        "source": "21 CFR 1271.270",
        "values": {
            "title": "Time in the enzyme",
            "value": "16.3",
            "limits": "2 to 15 min",
            "reason": "The door stood open while it was read; read again after ten minutes, and as before.",
        },
        "accepted": None,
    }
    text: dict[str, Any] = {
        "nature": "simulated",
        "din": "A999926000003",
        "product": "MSC(M)",
        "product_code": "DME011",
        "protocol": f"{protocol}@1.3.0",
        "course": "C-26-0001",
        "donor": "AUTOLOGOUS",
        "containers": [
            {
                "division": f"{name}0",
                "amount": "2.000",
                "unit": "mL",
                "viable_cells": "21070000",
                "expires_at": AT.isoformat(),
            }
            for name in "FG"
        ],
        "results": [
            {
                "code": limit.code,
                "attribute": limit.attribute,
                "minimum": None if limit.minimum is None else f"{limit.minimum:g}",
                "maximum": None if limit.maximum is None else f"{limit.maximum:g}",
                "unit": limit.unit,
                "value": "98.748" if limit.kind == "number" else None,
                "text": "" if limit.kind == "number" else "no organisms",
                "low": "97.1" if limit.code.startswith("id_") else None,
                "high": "99.2" if limit.code.startswith("id_") else None,
                "method": COMPUTED if limit.code in COMPUTED_LINES else "flow cytometry, single stain",
                "verdict": "MET",
                "source": limit.source,
            }
            for limit in shipped.specification
        ],
        "reviews": [
            {
                "din": "A999926000003",
                "state": "ALL_EXPLAINED",
                "closed_at": AT.isoformat(),
                "looked_at": {"steps": 9, "values": 11, "equipment": 14, "reagents": 8},
                "findings": [finding] * findings,
            }
        ],
        "investigations": [],
        "exception": {
            "codes": ["endotoxin_per_kg_above_limit", "endotoxin_above_limit", "no_line_at_all"],
            "reason": reason,
            "informed_by": "Dr. Peter Lindholm",
            "informed_at": AT.isoformat(),
            "means": "PHONE",
        }
        if reason
        else None,
    }
    return json.dumps(text)


def pages(text: str) -> int:
    signature = SimpleNamespace(
        printed_name="Dr. Peter Lindholm",
        get_role_display=lambda: "physiatrist",
        get_meaning_display=lambda: "responsibility",
        signed_at=AT,
    )
    printed = PrintedCertificate(
        lot=cast(Any, None),
        text=text,
        digest="d" * 64,
        release=None,
        signatures=cast(Any, [signature, signature]),
        entry_hash="e" * 64,
        chain_head="f" * 64,
        checkpoint_root="a" * 64,
        checkpoint_size=1000,
    )
    made = certificate_pdf(
        printed, verify_at=f"https://clinic.example/release/verify/{'d' * 64}/", printed_at=AT, zone="UTC"
    )
    return len(re.findall(rb"/Type\s*/Page\b", made))


@pytest.mark.parametrize("protocol", EXPANDED)
def test_an_expanded_product_fits_one_sheet(protocol: str) -> None:
    assert len(json.loads(certificate(protocol))["results"]) == 20
    assert pages(certificate(protocol)) == 1


def test_a_long_review_takes_a_second_sheet_and_loses_nothing() -> None:
    assert pages(certificate("disc-marrow-expanded", findings=20)) == 2


def test_an_exception_names_the_lines_it_is_about() -> None:
    read = read_certificate(certificate("disc-marrow-expanded", reason="the only cells"))
    assert read["exception"]["lines"] == [
        "Endotoxin per body weight",
        "Endotoxin concentration",
        "no_line_at_all",
    ]
