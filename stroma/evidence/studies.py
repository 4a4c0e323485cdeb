"""What each study is called and what it found, in one plain sentence: every study of the data file, and no other.

The sentences say what ``clinical.md`` §4 says, with its source keys. Nothing here is a promise.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Study:
    """A study: short name, its answer as a title, and whether it is about cells or about ordinary treatment."""

    name: str
    answer: Text
    source: str
    is_about_cells: bool = True


STUDIES: dict[str, Study] = {
    "levi_2025": Study(
        "Levi 2025",
        _("Marrow concentrate did no better than a sham: about 4 or 5 of 10 were helped in both groups"),
        "LEVI25",
    ),
    "pers_2024_respine": Study(
        "RESPINE 2024",
        _(
            "114 people, donor marrow cells or a sham. After a year 74 % and 69 % had responded: no difference that "
            "could not be chance (p = 0.77), and none in anything else that was measured."
        ),
        "RESPINE24",
    ),
    "msb_dr003_phase3": Study(
        "MSB-DR003, phase 3",
        _(
            "404 people, donor marrow cells with or without hyaluronic acid, or salt water. The company reports less "
            "pain with cells plus hyaluronic acid at 12 and 24 months. The whole results were not found for this page."
        ),
        "MSB-REG; MESO21",
    ),
    "amirdelfan_2021": Study(
        "Amirdelfan 2021",
        _(
            "100 people, two doses of donor marrow cells, hyaluronic acid alone, or salt water. The authors call the "
            "cells safe and effective. The numbers of the groups were not found for this page."
        ),
        "AMIR21",
    ),
    "gornet_2024_idct": Study(
        "Gornet 2024",
        _(
            "60 people, cells from donor discs (not stromal cells), or salt water. Pain fell by 63 % after a year with "
            "the high dose. The numbers of the other groups were not found for this page."
        ),
        "IDCT24",
    ),
    "noriega_2017": Study(
        "Noriega 2017",
        _(
            "24 people, donor marrow cells or a numbing injection. The authors report a benefit. The numbers must "
            "still be checked against the paper, so they are not shown."
        ),
        "XIE21",
    ),
    "atluri_2022": Study(
        "Atluri 2022",
        _(
            "People who got marrow concentrate became less disabled, but they knew it and had not been drawn by lot"
        ),
        "ATLURI22",
    ),
    "pettine_2015": Study(
        "Pettine 2015",
        _("Pain fell after marrow concentrate, and nobody knows how much would have fallen without it"),
        "PETTINE15",
    ),
    "wolff_2020": Study(
        "Wolff 2020",
        _("After a year 7 of the 18 who still answered had half their pain gone; 33 had been treated"),
        "WOLFF20",
    ),
    "lewandrowski_2023": Study(
        "Lewandrowski 2023",
        _(
            "A very large fall of pain after donor cells, looked at afterwards and without comparison: read with doubt"
        ),
        "IJSS-REV",
    ),
    "orozco_2011": Study(
        "Orozco 2011",
        _(
            "10 people, their own marrow cells. Pain and disability improved, the authors report. The numbers must "
            "still be checked against the paper, so they are not shown."
        ),
        "ORO-TAB",
    ),
    "kumar_2017": Study(
        "Kumar 2017",
        _(
            "10 people, their own fat cells. 6 of the 10 improved. The other numbers must still be checked against the "
            "paper, so they are not shown."
        ),
        "KUMAR17",
    ),
    "fairbank_2005": Study(
        "Fairbank 2005",
        _("Fusion surgery and three weeks of intensive rehabilitation ended close together after 2 years"),
        "FAIRBANK05",
        is_about_cells=False,
    ),
    "brox_2003": Study(
        "Brox 2003",
        _("Fusion surgery and exercise with talking about fear did equally well after a year"),
        "BROX03",
        is_about_cells=False,
    ),
    "brox_2006": Study(
        "Brox 2006",
        _("After an earlier disc operation, exercise did at least as well as fusion surgery"),
        "BROX06",
        is_about_cells=False,
    ),
    "steele_2017": Study(
        "Steele 2017",
        _("12 weeks of back-strengthening exercise went with less pain; without exercise it stayed"),
        "STEELE17",
        is_about_cells=False,
    ),
    "majchrzycki_2014": Study(
        "Majchrzycki 2014",
        _("Massage helped for two weeks, with or without an anti-inflammatory medicine"),
        "DTM",
        is_about_cells=False,
    ),
    "weinstein_2008_sport": Study(
        "SPORT 2008",
        _(
            "A slipped disc with leg pain: the operation was quicker. Because half of the people changed groups, how "
            "much better it is cannot be told."
        ),
        "SPORT08; SPORT14",
        is_about_cells=False,
    ),
    "krebs_2018_space": Study(
        "SPACE 2018",
        _(
            "240 people with back, hip or knee pain: opioids did not help them do more than other medicines, pain was "
            "lower without opioids, and opioids had more side effects."
        ),
        "KREBS18",
        is_about_cells=False,
    ),
    "hashemi_2015": Study(
        "Hashemi 2015",
        _(
            "Two ways of injecting a steroid beside the nerve did equally well after 4 weeks (74 % and 77 % had little "
            "pain). There was no sham to compare with."
        ),
        "HASHEMI15",
        is_about_cells=False,
    ),
    "manchikanti_2012": Study(
        "Manchikanti 2012",
        _(
            "120 people, a numbing injection with or without a steroid: 67 % and 77 % had half the pain gone. The "
            "steroid added nothing, and there was no sham to compare with."
        ),
        "MANCH12",
        is_about_cells=False,
    ),
    "fritzell_2001": Study(
        "Fritzell 2001",
        _(
            "294 people, fusion surgery or ordinary care without a program. Surgery did better than that. The numbers "
            "must still be checked against the paper, so they are not shown."
        ),
        "FRITZ-REV",
        is_about_cells=False,
    ),
}

ARM_NAMES: dict[str, Text] = {
    "bmac": _("Marrow conc."),
    "msc_expanded": _("Grown cells"),
    "sham": _("Sham"),
    "surgery": _("Surgery"),
    "physical_therapy": _("Exercise"),
    "medication": _("Medicine"),
    "epidural_steroid": _("Steroid"),
    "other": _("Comparison"),
}
"""Short names, for beside a line; the table has the long ones."""

SPECIAL_ARM_NAMES: dict[tuple[str, str], Text] = {
    ("atluri_2022", "other"): _("Usual care"),
    ("steele_2017", "other"): _("No exercise"),
    ("majchrzycki_2014", "physical_therapy"): _("Massage"),
    ("majchrzycki_2014", "other"): _("With medicine"),
}


def arm_name(study: str, arm_class: str) -> str:
    """What stands beside the arm's line."""
    return str(SPECIAL_ARM_NAMES.get((study, arm_class)) or ARM_NAMES[arm_class])
