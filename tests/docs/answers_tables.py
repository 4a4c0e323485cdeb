"""What an answers file may say, made from the catalogue of questions and the reader's own ranges."""

from stroma.candidacy.domain.red_flags import RED_FLAGS
from stroma.candidacy.domain.sheet import LABORATORY, LABORATORY_WORDS
from stroma.protocols.domain.variables import VARIABLES, Variable


def questions_table() -> str:
    """Every question that may be answered; derived ones are worked out and never asked."""
    lines = ["| Key | Question | Answer |", "|---|---|---|"]
    lines += [f"| `{v.name}` | {v.question} | {_answer(v)} |" for v in VARIABLES.values() if not v.derived]
    return "\n".join(lines)


def red_flags_table() -> str:
    """Every red flag, with where it leads and the source."""
    lines = ["| Key | Question | A yes leads to | Source |", "|---|---|---|---|"]
    lines += [f"| `{flag.code}` | {flag.question} | {flag.route} | {flag.source} |" for flag in RED_FLAGS]
    return "\n".join(lines)


def laboratory_table() -> str:
    """What a simulated laboratory may be told to find."""
    lines = ["| Key | Value |", "|---|---|"]
    lines += [f"| `{name}` | {low:g} to {high:g} |" for name, (low, high) in LABORATORY.items()]
    lines += [f"| `{name}` | {_quoted(words)} |" for name, words in LABORATORY_WORDS.items()]
    return "\n".join(lines)


def _answer(variable: Variable) -> str:
    if variable.kind == "bool":
        return "`true` or `false`"
    if variable.kind == "word":
        return _quoted(variable.words)
    low, high = variable.minimum, variable.maximum
    scale = f"{low:g} to {high:g}" if low is not None and high is not None else ""
    if not scale and low is not None:
        scale = f"at least {low:g}"
    return ", ".join(part for part in ("number", scale, variable.unit) if part)


def _quoted(words: tuple[str, ...]) -> str:
    return ", ".join(f'`"{word}"`' for word in words)
