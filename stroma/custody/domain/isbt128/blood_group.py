"""Structure 002, blood group: only what has a sourced meaning is read as one.

A number that is not in the table is refused: guessing a blood group is the one mistake the standard itself
warns of (ST-001 §2.2). Codes that begin with a letter name no ABO/RhD group and say so.
"""

import re
from typing import Any

from stroma.custody.domain.isbt128.scan_error import Fault

# ST-001 table 4: for each group the code without restriction, for autologous use only, and the same with
# biohazard.
_CODES = {
    ("O", "negative"): ("95", "97", "98"),
    ("O", "positive"): ("51", "53", "54"),
    ("A", "negative"): ("06", "08", "09"),
    ("A", "positive"): ("62", "64", "65"),
    ("B", "negative"): ("17", "19", "20"),
    ("B", "positive"): ("73", "75", "76"),
    ("AB", "negative"): ("28", "30", "31"),
    ("AB", "positive"): ("84", "86", "87"),
}
_RESTRICTIONS = (None, "autologous", "autologous_biohazard")
_GROUPS = {
    code: (abo, rhd, restriction)
    for (abo, rhd), codes in _CODES.items()
    for code, restriction in zip(codes, _RESTRICTIONS, strict=True)
}
NOT_STATED = "00"
"""No ABO/RhD information."""

_FORM = re.compile(
    r"""
    (?P<group>     [0-9]{2} | [A-Z][A-Za-z0-9] )  # gg
    (?P<phenotype> [0-9A-Z] )                     # r: 0 is no phenotype
    (?P<reserved>  0 )                            # e
    """,
    re.VERBOSE,
)


def read_blood_group(value: str) -> dict[str, Any]:
    """The fields of ``ggre``. Raises Fault: malformed, or a numeric group code without a known meaning."""
    match = _FORM.fullmatch(value)
    if match is None:
        raise Fault(
            "bad_format", f"{value!r} is no blood group; it is a two-character code, a phenotype and 0."
        )
    code = match["group"]
    rest = {"phenotype": match["phenotype"], "reserved": match["reserved"]}
    if code in _GROUPS:
        abo, rhd, restriction = _GROUPS[code]
        restricted = {"restriction": restriction} if restriction else {}
        return {"group_code": code, "abo": abo, "rhd": rhd, **restricted, **rest}
    if code == NOT_STATED:
        return {"group_code": code, "abo": None, "rhd": None, **rest}
    if code[0].isdigit():
        raise Fault("unknown_blood_group", f"The blood group code {code} has no meaning known here.")
    return {"group_code": code, "special": True, "abo": None, "rhd": None, **rest}
