"""Any change of a dossier is found, and the first bad entry or the part outside the entries is named."""

import hashlib
import json
import random
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from types import ModuleType

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from stroma.ledger.keys import signing_key
from stroma.ledger.standalone import VERIFIER_FILE, verifier
from tests.ledger.conftest import SmallLedger
from tests.ledger.forging import place_named, read_lines, sealed_anew


@pytest.fixture
def fast_verifier(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The verifier, which checks a signature it has checked before only once."""
    module = verifier()
    monkeypatch.setattr(module, "signature_holds", lru_cache(maxsize=100_000)(module.signature_holds))
    return module


def line_at(dossier: bytes, position: int) -> int:
    """The number, from 1, of the line in which a byte stands; a newline belongs to the line it ends."""
    return dossier[:position].count(b"\n") + 1


def assert_found(module: ModuleType, dossier: bytes, position: int, altered: bytes) -> None:
    """The alteration at ``position`` is found and its place is named."""
    number = line_at(dossier, position)
    line = read_lines(dossier)[number - 1]
    found = module.check(altered).sorted_findings()
    assert found, f"the change of byte {position} was not found"
    assert found[0].line == number
    place = place_named(line)
    if line["kind"] == "entry":
        # The very byte that was changed may be part of the number or of the identifier, not of both.
        assert found[0].place.startswith(f"{place} (") or str(line["entry"]["id"]) in found[0].place
    elif b"\n" not in (dossier[position : position + 1], altered[position : position + 1]):
        assert found[0].place.split()[0] == place.split()[0]


def test_an_untouched_dossier_is_intact(small_ledger: SmallLedger) -> None:
    dossier = small_ledger.export()
    report = verifier().check(dossier, signing_key(may_create=False).public_hex)
    assert report.findings == []
    assert report.about["nature"] == "SIMULATED"
    assert report.about["course"] == str(small_ledger.course)
    assert report.about["entries"] == 6
    assert report.about["chains"] == {
        f"course:{small_ledger.course}": 4,
        f"lot:{small_ledger.lot}": 4,
        f"patient:{small_ledger.patient}": 2,
    }
    assert (report.about["sealed_texts"], report.about["erased_texts"]) == (6, 0)


def test_the_change_of_any_byte_is_found(small_ledger: SmallLedger, fast_verifier: ModuleType) -> None:
    dossier = small_ledger.export()
    chance = random.Random(8785)
    for position in range(len(dossier)):
        altered = bytearray(dossier)
        altered[position] ^= 1 << chance.randrange(8)
        assert_found(fast_verifier, dossier, position, bytes(altered))


def test_the_change_of_any_byte_of_a_long_dossier_is_found(
    small_ledger: SmallLedger, fast_verifier: ModuleType
) -> None:
    small_ledger.live_through(60)
    dossier = small_ledger.export()
    chance = random.Random(9162)
    for position in chance.sample(range(len(dossier)), 80):
        altered = bytearray(dossier)
        altered[position] = chance.choice([byte for byte in range(256) if byte != dossier[position]])
        assert_found(fast_verifier, dossier, position, bytes(altered))


def test_a_lost_repeated_or_moved_line_is_found(small_ledger: SmallLedger, fast_verifier: ModuleType) -> None:
    dossier = small_ledger.export()
    lines = dossier.splitlines(keepends=True)
    told = read_lines(dossier)
    for number in range(len(lines)):
        lost = fast_verifier.check(b"".join([*lines[:number], *lines[number + 1 :]])).sorted_findings()
        assert lost[0].place.split()[0] in {
            place_named(line).split()[0] for line in told[number : number + 2]
        }
        repeated = fast_verifier.check(b"".join([*lines[: number + 1], *lines[number:]])).sorted_findings()
        assert repeated[0].place.split()[0] == place_named(told[number]).split()[0]
        if number + 1 < len(lines):
            moved = [*lines[:number], lines[number + 1], lines[number], *lines[number + 2 :]]
            found = fast_verifier.check(b"".join(moved)).sorted_findings()
            assert found[0].place.split()[0] in {
                place_named(line).split()[0] for line in told[number : number + 2]
            }


def test_a_lost_entry_is_named(small_ledger: SmallLedger) -> None:
    lines = small_ledger.export().splitlines(keepends=True)
    at = next(n for n, line in enumerate(read_lines(b"".join(lines))) if line.get("number") == 3)
    following = read_lines(lines[at + 1])[0]["entry"]
    found = verifier().check(b"".join([*lines[:at], *lines[at + 1 :]])).sorted_findings()
    assert found[0].place == f"entry 4 ({following['action']}, {following['id']})"
    assert found[0].message == "Entry 3 is missing before it."


def test_a_cut_or_lengthened_file_is_found(small_ledger: SmallLedger, fast_verifier: ModuleType) -> None:
    dossier = small_ledger.export()
    for length in [*range(0, len(dossier), 97), len(dossier) - 1]:
        assert fast_verifier.check(dossier[:length]).findings, length
    for more in (b"\n", b" ", b"x", b"{}\n", dossier.splitlines(keepends=True)[-1], dossier):
        assert fast_verifier.check(dossier + more).findings, more
    assert fast_verifier.check(b"\xef\xbb\xbf" + dossier).sorted_findings()[0].place == "header"


def test_where_a_file_is_cut_is_named(small_ledger: SmallLedger, fast_verifier: ModuleType) -> None:
    dossier = small_ledger.export()
    lines = dossier.splitlines(keepends=True)
    entries = [n for n, line in enumerate(read_lines(dossier)) if line["kind"] == "entry"]
    for number, at in enumerate(entries, 1):
        before = b"".join(lines[:at])
        first = fast_verifier.check(before).sorted_findings()[0]
        assert first.place.startswith(f"entry {number}"), first
        assert "this one is missing" in first.message
        for length in (40, len(lines[at]) // 2, len(lines[at]) - 40):
            first = fast_verifier.check(before + lines[at][:length]).sorted_findings()[0]
            assert first.place.startswith(f"entry {number} "), first
            assert (first.line, "cannot be read" in first.message) == (at + 1, True)
    for at in range(entries[-1] + 1, len(lines)):
        first = fast_verifier.check(b"".join(lines[:at])).sorted_findings()[0]
        assert first.line >= at, first
        assert not first.place.startswith("entry"), first


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'{"', b'{ "'),
        (b'":', b'": '),
        (b"\n", b"\r\n"),
        (b'"entries":6', b'"entries":6.0'),
        (b'"entries":6', b'"entries":06'),
        (b'"entries":6', b'"entries":6e0'),
        (b'"entries":6', b'"entries":6,"entries":6'),
        (b"SIMULATED", b"SIMULATE\\u0044"),
        (b'"kind":"header","nature":"SIMULATED"', b'"nature":"SIMULATED","kind":"header"'),
    ],
    ids=["space", "colon", "line end", "fraction", "zero", "exponent", "twice", "escape", "order"],
)
def test_another_spelling_of_the_same_is_found(
    small_ledger: SmallLedger, before: bytes, after: bytes
) -> None:
    dossier = small_ledger.export()
    altered = dossier.replace(before, after, 1)
    assert altered != dossier
    assert verifier().check(altered).sorted_findings()[0].place == "header"


def test_the_case_of_a_hexadecimal_digit_matters(small_ledger: SmallLedger) -> None:
    lines = read_lines(small_ledger.export())
    entry = next(line for line in lines if line["kind"] == "entry")
    dossier = small_ledger.export()
    altered = dossier.replace(
        f'"hash":"{entry["hash"]}"'.encode(), f'"hash":"{entry["hash"].upper()}"'.encode()
    )
    assert altered != dossier
    assert verifier().check(altered).sorted_findings()[0].place.startswith("entry 1 (")


def test_another_key_is_noticed_only_by_who_knows_the_right_one(small_ledger: SmallLedger) -> None:
    lines = read_lines(small_ledger.export())
    forged = sealed_anew(lines, Ed25519PrivateKey.generate())
    right = signing_key(may_create=False).public_hex
    taken_at_its_word = verifier().check(forged)
    assert taken_at_its_word.findings == []
    assert "The key inside the file was trusted on its own word" in "\n".join(
        verifier().sentences(taken_at_its_word)
    )
    places = [finding.place for finding in verifier().check(forged, right).sorted_findings()]
    assert places == ["header", "checkpoint", "seal"]


def test_whoever_holds_the_key_cannot_leave_an_entry_out(small_ledger: SmallLedger) -> None:
    lines = read_lines(small_ledger.export())
    key = signing_key(may_create=False).private
    assert verifier().check(sealed_anew(lines, key)).findings == []
    for number in range(1, 7):
        fewer = [line for line in lines if line.get("number") != number]
        found = verifier().check(sealed_anew(fewer, key)).sorted_findings()
        assert found, number
        if number == 2:  # the lot's first entry: the lot's second now has no entry before it
            assert found[0].place.startswith("entry 2 (cells.given, ")


def test_whoever_holds_the_key_cannot_change_an_entry(small_ledger: SmallLedger) -> None:
    key = signing_key(may_create=True).private
    for field, value in (
        ("actor", "user:9"),
        ("nature", "REAL"),
        ("recorded_at", "2020-01-01T00:00:00.000000Z"),
        ("occurred_at", "2036-01-01T00:00:00.000000Z"),
    ):
        lines = read_lines(small_ledger.export())
        second = next(line for line in lines if line.get("number") == 2)
        second["entry"][field] = value
        second["hash"] = hashlib.sha256(rfc8785.dumps(second["entry"])).hexdigest()
        found = verifier().check(sealed_anew(lines, key)).sorted_findings()
        assert found[0].place.startswith("entry 2 ("), field
        assert found[0].message == "Its proof does not lead to the signed root."


def test_a_sealed_text_that_was_rewritten_or_left_out_is_found(small_ledger: SmallLedger) -> None:
    lines = read_lines(small_ledger.export())
    key = signing_key(may_create=False).private
    text = next(line for line in lines if line["kind"] == "sealed")
    rewritten = [{**line, "text": "other"} if line is text else line for line in lines]
    left_out = [line for line in lines if line is not text]
    for altered in (rewritten, left_out):
        found = verifier().check(sealed_anew(altered, key)).sorted_findings()
        assert [finding.place for finding in found] == ["sealed texts"]


def test_a_file_in_a_section_that_does_not_match_its_digest_is_found(small_ledger: SmallLedger) -> None:
    lines = read_lines(small_ledger.export())
    section = next(line for line in lines if line["kind"] == "section")
    section["content"]["files"][0]["base64"] = "AAAA"
    found = verifier().check(sealed_anew(lines, signing_key(may_create=False).private)).sorted_findings()
    assert [(finding.place, finding.message) for finding in found] == [
        ("section protocol", "A file in it does not match its digest.")
    ]


@pytest.mark.parametrize("value", [None, [], {}, 5, "x", True, [[[[]]]]])
def test_no_value_of_another_kind_makes_the_verifier_stumble(
    small_ledger: SmallLedger, value: object
) -> None:
    untouched = small_ledger.export()
    fields = {(line["kind"], field) for line in read_lines(untouched) for field in line if field != "kind"}
    fields |= {("entry", f"entry.{field}") for field in read_lines(untouched)[2]["entry"]}
    fields |= {("checkpoint", f"text.{field}") for field in read_lines(untouched)[-2]["text"]}
    for kind, field in fields:
        lines = read_lines(untouched)
        holder = next(line for line in lines if line["kind"] == kind and field.split(".")[0] in line)
        if "." in field:
            holder, field = holder[field.split(".")[0]], field.split(".")[1]  # noqa: PLW2901 - the path within
        holder[field] = value
        altered = b"".join(rfc8785.dumps(line) + b"\n" for line in lines)
        assert altered == untouched or verifier().check(altered).findings, (kind, field)


def run_alone(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The verifier as anybody would run it: no packages, no environment, another folder."""
    return subprocess.run(
        [sys.executable, "-I", "-S", str(VERIFIER_FILE), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={},
    )


def test_it_runs_alone(small_ledger: SmallLedger, tmp_path: Path) -> None:
    dossier = small_ledger.export()
    (tmp_path / "whole.jsonl").write_bytes(dossier)
    (tmp_path / "bent.jsonl").write_bytes(dossier.replace(b"lot.counted", b"lot.canned", 1))
    key = signing_key(may_create=False).public_hex
    (tmp_path / "key.txt").write_text(f"{key}\n")

    whole = run_alone("whole.jsonl", folder=tmp_path)
    assert (whole.returncode, whole.stdout.splitlines()[0], whole.stderr) == (0, "INTACT", "")
    assert f"The key inside the file was trusted on its own word: {key}" in whole.stdout.splitlines()
    keyed = run_alone("whole.jsonl", "--key", "key.txt", "--json", folder=tmp_path)
    assert (
        keyed.returncode,
        json.loads(keyed.stdout)["intact"],
        json.loads(keyed.stdout)["key_was_given"],
    ) == (0, True, True)
    bent = run_alone("bent.jsonl", "--key", key, folder=tmp_path)
    entry = next(line["entry"] for line in read_lines(dossier) if line.get("number") == 2)
    assert bent.returncode == 1
    assert bent.stdout.splitlines()[0] == "ALTERED"
    assert bent.stdout.splitlines()[1].strip().startswith(f"entry 2 (lot.canned, {entry['id']}), line ")


@pytest.mark.parametrize(
    "arguments",
    [["absent.jsonl"], [], ["here.jsonl", "--key", "zz"], ["here.jsonl", "--witness", "here.jsonl"]],
)
def test_what_cannot_be_read_ends_in_2(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "here.jsonl").write_bytes(b"nothing\n")
    assert run_alone(*arguments, folder=tmp_path).returncode == 2


def test_a_file_of_another_kind_is_no_intact_dossier(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(bytes(range(256)) * 10)
    assert run_alone("other", folder=tmp_path).returncode == 1
