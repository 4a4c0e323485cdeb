"""Structures whose content is measured or timed in its own way: 029 dimensions and 031 flexible date and
time.
"""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

from stroma.custody.domain.isbt128.dates import iso_minute, read_calendar_date, read_time
from stroma.custody.domain.isbt128.scan_error import Fault

RELATIONS = {"01": "=", "02": ">", "03": ">=", "04": "<", "05": "<=", "06": "nominal"}
"""ST-001 table 19."""

UNITS = {
    "0001": "mL",  # volume
    "0002": "mm",  # length
    "0003": "mm",  # width
    "0004": "mm",  # height
    "0005": "mm",  # particle size
    "0006": "cm2",  # area
    "0007": "1E9",  # platelets
    "0008": "g",  # weight
    "0009": "g",  # tare
    "0010": "g",  # tare
}
"""ST-001 table 20. There is no code for a cell dose or a viability."""

DIMENSION_LENGTH = 14

_DIMENSION_FORM = re.compile(
    r"""
    (?P<relation>  0[1-6] )
    (?P<dimension> [0-9]{4} )
    (?P<digits>    [0-9]{5} )
    (?P<decimals>  [0-5] )     # how many of the digits stand after the point
    (?P<reserved>  00 )
    """,
    re.VERBOSE,
)

TIME_TYPES = {
    "01": "expiration",
    "02": "collection",
    "03": "production",
    "04": "cross_clamp",
    "05": "preservation",
    "06": "donor_death",
}
"""ST-001 table 25."""

LOCAL_ZONE, UTC_ZONE = "1", "2"
"""ST-001 table 24."""

_FLEXIBLE_FORM = re.compile(
    r"""
    (?P<zone>     [12] )
    (?P<reserved> 0 )
    (?P<type>     0[1-6] )
    (?P<date>     [0-9]{8} )
    (?P<time>     [0-9]{4} )
    """,
    re.VERBOSE,
)


def read_dimensions(value: str) -> dict[str, Any]:
    """The fields of 029: a count of two digits and that many items. Raises Fault."""
    count = int(value[:2])
    if count == 0:
        raise Fault("bad_count", "A list of dimensions must hold at least one.")
    starts = range(2, len(value), DIMENSION_LENGTH)
    return {"count": count, "items": [_read_dimension(value[at : at + DIMENSION_LENGTH]) for at in starts]}


def _read_dimension(text: str) -> dict[str, Any]:
    match = _DIMENSION_FORM.fullmatch(text)
    if match is None or match["dimension"] not in UNITS:
        raise Fault(
            "bad_format",
            f"{text!r} is no dimension; it is a relation 01 to 06, a dimension 0001 to 0010, five digits, "
            "the number of decimals 0 to 5, and 00.",
        )
    decimals = int(match["decimals"])
    return {
        "relation": match["relation"],
        "dimension": match["dimension"],
        "digits": match["digits"],
        "decimals": decimals,
        # As text: 3.10 was written with two decimals and is not the same statement as 3.1.
        "value": format(Decimal(int(match["digits"])).scaleb(-decimals), "f"),
        "unit": UNITS[match["dimension"]],
    }


def read_flexible_time(value: str) -> dict[str, Any]:
    """The fields of 031, ``ZUTTYYYYMMDDhhmm``: ``local`` or ``utc`` by its zone code. Raises Fault."""
    match = _FLEXIBLE_FORM.fullmatch(value)
    if match is None:
        raise Fault(
            "bad_format",
            "A flexible time is 1 (local) or 2 (UTC), 0, a type 01 to 06, a date and a time.",
        )
    at = datetime.combine(read_calendar_date(match["date"]), read_time(match["time"]))
    is_utc = match["zone"] == UTC_ZONE
    return {
        "zone_code": match["zone"],
        "zone": "UTC" if is_utc else "local",
        "type_code": match["type"],
        "type": TIME_TYPES[match["type"]],
        **({"utc": iso_minute(at) + "Z"} if is_utc else {"local": iso_minute(at)}),
    }
