"""Lines written as one letter per station, so that a test shows the course it is about."""

from stroma.look.line import Line, State, Station, Strand

CODES = ("right", "when", "collect", "process", "release", "inject", "recover", "result")


def a_line(states: str, strand: Strand | None = None, **notes: str) -> Line:
    """One letter per station: d(one), n(ow), . (next), l(ate), s(topped)."""
    letters = {"d": State.DONE, "n": State.NOW, ".": State.NEXT, "l": State.LATE, "s": State.STOPPED}
    stations = (
        Station(code, code.capitalize(), letters[letter], None, notes.get(code))
        for code, letter in zip(CODES, states, strict=False)
    )
    return Line("a course", tuple(stations), strand)
