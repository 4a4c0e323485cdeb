"""A site's facility number and product codes are its own; numbers for tests stay out of real databases."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from stroma.cli import main
from stroma.custody.containers import NotPossible, next_din
from stroma.custody.domain.product_table import ProductRow, read_product_table
from stroma.custody.models import SiteProductCode
from stroma.ledger.models import Entry, Installation
from stroma.protocols.domain.problem import BadInput
from stroma.protocols.domain.schema import Donor
from stroma.simulation.clinic import SimulatedClinic
from tests.lots_on_the_way import SAME_DAY, collect, collected, scan_of, signed_in
from tests.never.unguarded import take_away
from tests.treated_courses import a_clinic

HEADER = "protocol_id,product_code,collection_type,product_name"
TABLE = f"{HEADER}\n{SAME_DAY},S0000,1,HPC marrow concentrate\n"
DONORS = {"own": Donor.AUTOLOGOUS, "theirs": Donor.ALLOGENEIC}
PAGE = "/custody/product-codes/"


def faults(text: str) -> list[tuple[str, str, int | None]]:
    with pytest.raises(BadInput) as refused:
        read_product_table(text, DONORS, file="codes.csv")
    assert {problem.file for problem in refused.value.problems} == {"codes.csv"}
    return [(problem.code, problem.place, problem.line) for problem in refused.value.problems]


def test_a_table_is_read_whatever_the_order_of_its_columns() -> None:
    text = (
        "\ufeffproduct_name, protocol_id,collection_type,product_code\r\n"
        + '"MSC(M), expanded",own,1,S0000\r\n'
    )
    assert read_product_table(text, DONORS) == [ProductRow("own", "S0000", "1", "MSC(M), expanded")]


def test_every_fault_of_a_table_is_told_at_once_with_line_and_column() -> None:
    lines = [
        HEADER,
        "own,S0000,7,MSC",
        "unknown,T0000,0,MSC",
        "theirs,S00,V," + "x" * 61,
        "own,S0000,1,MSC",
        "theirs,S0000",
    ]
    assert faults("\n".join(lines)) == [
        ("collection_type_wrong", "collection_type", 2),
        ("protocol_unknown", "protocol_id", 3),
        ("product_code_wrong", "product_code", 3),
        ("product_code_wrong", "product_code", 4),
        ("product_name_wrong", "product_name", 4),
        ("protocol_twice", "protocol_id", 5),
        ("values_wrong", "", 6),
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", ("header_wrong", "", 1)),
        ("protocol_id,product_code\nown,S0000", ("header_wrong", "", 1)),
        (HEADER, ("table_empty", "", None)),
    ],
)
def test_a_table_without_its_header_or_lines_is_refused(
    text: str, fault: tuple[str, str, int | None]
) -> None:
    assert faults(text) == [fault]


def offering(clinic: SimulatedClinic) -> SimulatedClinic:
    """The clinic, once it offers the protocol of the table."""
    collected(clinic)
    return clinic


@pytest.mark.django_db
def test_what_is_collected_after_the_import_carries_the_sites_code_and_what_was_before_keeps_its_own() -> (
    None
):
    clinic = a_clinic()
    first, second = collected(clinic), collected(clinic, number=1)
    before = collect(first)
    client = signed_in(clinic.person("quality"))
    assert client.post(PAGE, {"table": SimpleUploadedFile("codes.csv", TABLE.encode())}).status_code == 302
    after = collect(second, at=timezone.now())
    assert (before.product_code, after.product_code) == ("DMC011", "S00001")
    assert after.product_name == "HPC marrow concentrate"
    assert "=<S00001A0" in scan_of(after.materials.get())
    before.refresh_from_db()
    assert before.product_code == "DMC011"
    assert Entry.objects.filter(action="product_codes.imported").count() == 1
    (product,) = client.get(PAGE).context["products"]
    assert (product.code, product.is_local) == ("S00001", False)


@pytest.mark.django_db
def test_a_faulty_table_changes_nothing_and_says_why() -> None:
    clinic = offering(a_clinic())
    client = signed_in(clinic.person("quality"))
    wrong = SimpleUploadedFile("codes.csv", TABLE.replace("S0000", "T0000").encode())
    answer = client.post(PAGE, {"table": wrong})
    assert answer.status_code == 422
    assert "&#x27;T0000&#x27; is no product code for cells" in answer.content.decode()
    assert client.post(PAGE, {"table": SimpleUploadedFile("x.csv", b"\xff\xfe\x00")}).status_code == 422
    assert SiteProductCode.objects.count() == 0


@pytest.mark.django_db
def test_the_command_imports_a_table_and_prints_what_is_in_force(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clinic = offering(a_clinic())
    file = tmp_path / "codes.csv"
    file.write_text(TABLE)
    who = ["--as", clinic.person("quality").username]
    assert main(["labels", "codes"]) == 0
    assert capsys.readouterr().out == f"{HEADER}\n{SAME_DAY},DMC01,1,Bone marrow concentrate (M)\n"
    assert main(["labels", "import-codes", str(file), *who]) == 0
    assert capsys.readouterr().out == f"{SAME_DAY} is S00001, HPC marrow concentrate.\n"
    assert main(["labels", "codes"]) == 0
    assert capsys.readouterr().out == TABLE


@pytest.mark.django_db
def test_the_command_ends_in_two_and_names_every_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clinic = offering(a_clinic())
    file = tmp_path / "codes.csv"
    file.write_text(f"{HEADER}\nnone,S0000,1,MSC\n{SAME_DAY},S0000,7,MSC\n")
    who = ["--as", clinic.person("quality").username]
    assert main(["labels", "import-codes", str(file), *who]) == 2
    assert [line.split(": ")[:2] for line in capsys.readouterr().err.splitlines()] == [
        [f"{file}:2", "protocol_id"],
        [f"{file}:3", "collection_type"],
    ]
    assert main(["labels", "import-codes", str(tmp_path / "none.csv"), *who]) == 2


@pytest.mark.django_db
def test_sample_labels_are_drawn_in_every_size(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["labels", "sample", str(tmp_path / "samples")]) == 0
    files = sorted((tmp_path / "samples").iterdir())
    assert len(files) == 7
    assert {file.read_bytes()[:5] for file in files} == {b"%PDF-"}
    assert "A scanner must read: =+0" in capsys.readouterr().out


@pytest.mark.django_db
def test_a_real_database_gives_out_no_test_number() -> None:
    clinic = a_clinic()
    assert next_din(clinic.site, timezone.now()).is_test
    take_away("ledger_installation_no_update")
    Installation.objects.update(nature="REAL")
    with pytest.raises(NotPossible) as refused:
        next_din(clinic.site, timezone.now())
    assert [b.code for b in refused.value.blockers] == ["facility_number_is_a_test"]
    clinic.site.facility_number = "W1234"
    assert next_din(clinic.site, timezone.now()).facility == "W1234"
