"""Reading, writing and compiling a catalog: the part of gettext's formats that Stroma uses.

A ``.po`` here has one line for each text, so that a change shows as one line; the ``.mo`` is what the program reads.
"""

import ast
import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.house.tree import CHECKOUT

HEADER = "Language: es\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n" + (
    "Plural-Forms: nplurals=2; plural=(n != 1);\n"
)
PLACES = re.compile(r"%\(\w+\)[sd]|%%|\{[\w.:%]*\}")


@dataclass(frozen=True, slots=True)
class Marked:
    """One text as the catalog knows it, its plural where it has one, and the file that says it."""

    text: str
    plural: str
    file: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One text of a catalog with its translation; ``many`` and ``plural`` are empty where it has no plural."""

    text: str
    plural: str
    one: str
    many: str = ""
    is_fuzzy: bool = False

    def faults(self) -> list[str]:
        """What is wrong with the translation: missing, unsure, or with other place-holders than the text."""
        wanted = [self.one, self.many] if self.plural else [self.one]
        if not all(wanted):
            return [f"has no Spanish: {self.text!r}"]
        if self.is_fuzzy:
            return [f"is marked as unsure: {self.text!r}"]
        said = {tuple(_places(text)) for text in (self.text, self.plural, *wanted) if text}
        if len(said) > 1:
            return [f"has other place-holders: {self.text!r}: {self.one!r}"]
        if _edges(self.text) != _edges(self.one):
            return [f"begins or ends with another blank: {self.text!r}: {self.one!r}"]
        return []


def folder(step: str) -> Path:
    """Where a step's catalog lies."""
    return CHECKOUT / "stroma" / step / "locale/es/LC_MESSAGES"


def everything() -> dict[str, Entry]:
    """The entries of every step's catalog by their text. One that two catalogs give raises ValueError."""
    found: dict[str, Entry] = {}
    for path in sorted(CHECKOUT.glob("stroma/*/locale/es/LC_MESSAGES/django.po")):
        entries = read(path)
        if twice := sorted(found.keys() & entries.keys()):
            raise ValueError(f"{path.relative_to(CHECKOUT)}: in two catalogs: {twice}")
        found |= entries
    return found


def anew(marked: Mapping[str, Sequence[Marked]], known: Mapping[str, Entry]) -> dict[Path, bytes]:
    """Every catalog as it should be, source and compiled, by its file.

    English is written by hand where a package's words are not the house's, and only compiled here.
    """
    files = {}
    for step, ones in marked.items():
        source = folder(step) / "django.po"
        files[source] = written(step, ones, known).encode()
        entries = {one.text: known[one.text] for one in ones if one.text in known}
        files[source.with_suffix(".mo")] = compiled(entries)
    for source in CHECKOUT.glob("stroma/*/locale/en/LC_MESSAGES/django.po"):
        files[source.with_suffix(".mo")] = compiled(read(source), "en")
    return files


def holds(path: Path, content: bytes) -> bool:
    """Whether the file is there with exactly this content."""
    return path.is_file() and path.read_bytes() == content


def read(path: Path) -> dict[str, Entry]:
    """The entries of a ``.po`` by their text; without a file none."""
    return parsed(path.read_text(encoding="utf-8")) if path.is_file() else {}


def parsed(catalog: str) -> dict[str, Entry]:
    """The entries in the text of a ``.po``, by their text."""
    found: dict[str, Entry] = {}
    for block in re.split(r"\n\s*\n", catalog):
        fields: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            if line.startswith("#"):
                continue
            if match := re.match(r'(msg\w+(?:\[\d\])?) (".*")$', line):
                name = match[1]
                fields[name] = ast.literal_eval(match[2])
            elif line.startswith('"') and name:
                fields[name] += ast.literal_eval(line)
        if text := fields.get("msgid"):
            one = fields.get("msgstr", fields.get("msgstr[0]", ""))
            is_fuzzy = bool(re.search(r"^#,.*\bfuzzy\b", block, re.MULTILINE))
            found[text] = Entry(
                text, fields.get("msgid_plural", ""), one, fields.get("msgstr[1]", ""), is_fuzzy
            )
    return found


def written(step: str, marked: Sequence[Marked], known: Mapping[str, Entry]) -> str:
    """The ``.po`` of a step: its marked texts, file by file, each with the Spanish that is known for it."""
    quoted = "\n".join(f'"{_escaped(line)}"' for line in HEADER.splitlines(keepends=True))
    title = f"# Spanish of {step}. Brought up to date by: python -m tests.translations --write"
    parts = [f'{title}\nmsgid ""\nmsgstr ""\n{quoted}']
    for one in marked:
        entry = known.get(one.text, Entry(one.text, one.plural, ""))
        lines = [f"#: {one.file}"]
        flags = ["fuzzy"] * entry.is_fuzzy + ["python-format"] * ("%(" in one.text + one.plural)
        if flags:
            lines.append(f"#, {', '.join(flags)}")
        lines.append(f'msgid "{_escaped(one.text)}"')
        if one.plural:
            lines.append(f'msgid_plural "{_escaped(one.plural)}"')
            lines += [f'msgstr[0] "{_escaped(entry.one)}"', f'msgstr[1] "{_escaped(entry.many)}"']
        else:
            lines.append(f'msgstr "{_escaped(entry.one)}"')
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def compiled(entries: Mapping[str, Entry], language: str = "es") -> bytes:
    """The ``.mo`` of these entries, as the GNU gettext manual gives the format ("The Format of GNU MO Files").

    Seven 32-bit numbers, the table of texts, the table of translations (length and place of each), then the
    texts in order, each closed by a zero byte. Entries without a translation, and unsure ones, are left out.
    """
    pairs = {b"": HEADER.replace("es", language, 1).encode()}
    for entry in entries.values():
        if entry.one and not entry.is_fuzzy:
            key = "\0".join([entry.text, entry.plural]) if entry.plural else entry.text
            pairs[key.encode()] = ("\0".join([entry.one, entry.many]) if entry.plural else entry.one).encode()
    keys = sorted(pairs)
    first_table = 7 * 4
    place = first_table + 2 * 8 * len(keys)
    tables = b""
    body = b""
    for texts in (keys, [pairs[key] for key in keys]):
        for text in texts:
            tables += struct.pack("<II", len(text), place + len(body))
            body += text + b"\0"
    numbers = struct.pack("<7I", 0x950412DE, 0, len(keys), first_table, first_table + 8 * len(keys), 0, place)
    return numbers + tables + body


def _edges(text: str) -> tuple[str, str]:
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


def _places(text: str) -> list[str]:
    return sorted(PLACES.findall(text))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
