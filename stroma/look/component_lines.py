"""Lines for the component page: own and donor cells and none, running, late, stopped, over."""

from stroma.look.line import Line, Source, State, Station, Strand
from stroma.look.line_words import CELL_TREATMENT, TRADITIONAL_TREATMENT
from stroma.look.templatetags.line import BoardRow

OWN_EXPANDED = Strand("collect", "inject", grows=True)
OWN_SAME_DAY = Strand("collect", "inject")
DONOR = Strand("collect", "inject", Source.DONOR, grows=True, label="Donor lot")

PLANNED = {
    "right": "Mon 2 Nov",
    "when": "Tue 10 Nov",
    "collect": "Tue 24 Nov, 08:30",
    "process": "about 3 weeks, give or take 4 days",
    "release": "about 15 Dec",
    "inject": "Thu 17 Dec, 10:00",
    "recover": "6 weeks",
    "result": "12 months",
    "treatment": "12 weeks of physical therapy",
}


def course(
    title: str, states: str, strand: Strand | None, notes: dict[str, str] | None = None, **times: str
) -> Line:
    """A course with one letter per station: d(one), n(ow), . (next), l(ate), s(topped)."""
    names = CELL_TREATMENT if strand else TRADITIONAL_TREATMENT
    letters = {"d": State.DONE, "n": State.NOW, ".": State.NEXT, "l": State.LATE, "s": State.STOPPED}
    at = {**PLANNED, **times}
    return Line(
        title,
        tuple(
            Station(code, str(name), letters[letter], at[code], (notes or {}).get(code))
            for (code, name), letter in zip(names.items(), states, strict=True)
        ),
        strand,
    )


def expanded() -> Line:
    """A course in the middle of its way, with titles in the reader's language like all that follow."""
    return course("Own marrow cells, grown in culture: in the laboratory now", "dddn....", OWN_EXPANDED)


def lines() -> list[tuple[str, Line]]:
    """Every state, each under what it shows."""
    return [
        (
            "Before it begins",
            course(
                "A first question",
                "n.......",
                OWN_SAME_DAY,
                right="today",
                when="",
                collect="",
                process="4 hours",
                release="the same day",
                inject="the same day",
            ),
        ),
        ("Own cells, grown in culture", expanded()),
        (
            "Late: the step pulls out of the line",
            course(
                "A late culture",
                "dddl....",
                OWN_EXPANDED,
                {"process": "2 days over"},
                process="due Tue 15 Dec",
            ),
        ),
        (
            "Late: collection was missed",
            course(
                "A missed collection",
                "ddl.....",
                OWN_SAME_DAY,
                {"collect": "no new time yet"},
                process="4 hours",
            ),
        ),
        (
            "Stopped: the lot failed",
            course(
                "A failed lot",
                "dddds...",
                OWN_EXPANDED,
                {"release": "viability 64 %, limit 70 %"},
                release="Tue 15 Dec",
            ),
        ),
        (
            "Stopped at the first question",
            course("Not a candidate", "s.......", OWN_SAME_DAY, {"right": "a red flag: sent to urgent care"}),
        ),
        (
            "Donor cells: the strand comes from elsewhere",
            course(
                "A course with donor cells",
                "dnddd...",
                DONOR,
                collect="12 Jan, from a donor",
                process="3 Feb",
                release="20 Feb",
            ),
        ),
        (
            "Over, and answered",
            course("A finished course", "dddddddd", OWN_EXPANDED, {"result": "pain 7 → 4"}),
        ),
        ("Traditional treatment", course("Physical therapy", "ddn..", None)),
        (
            "Traditional treatment, stopped",
            course(
                "Medication", "dds..", None, {"treatment": "stopped by the patient"}, treatment="Wed 2 Dec"
            ),
        ),
    ]


def board() -> list[BoardRow]:
    """Six courses as a coordinator sees them."""
    shown = [line for _, line in lines()]
    return [
        BoardRow("Ana Example", "#board", shown[2], "disc, expanded marrow"),
        BoardRow("Ben Sample", "#board", shown[3], "disc, same day"),
        BoardRow("Cleo Specimen", "#board", shown[4], "disc, expanded marrow"),
        BoardRow("Dan Muster", "#board", shown[6], "disc, donor cord"),
        BoardRow("Eva Muestra", "#board", shown[1], "sciatica, expanded marrow"),
        BoardRow("Finn Proef", "#board", shown[8], "physical therapy"),
    ]
