"""A photo in place of a scanner: what can be read is read, what cannot is said plainly, two labels are never mixed."""

import io
import json
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageFilter

from stroma.cli import main
from stroma.custody.domain.label_sizes import LABEL_SIZES
from stroma.custody.domain.one_scan import Code, one_scan
from stroma.custody.label_pdf import PrintedLabel, drawn
from stroma.custody.label_sample import SAMPLE, SAMPLE_DATE
from stroma.custody.models import HandOver, Label, Scan
from stroma.custody.photos import MOST_BYTES, MOST_PIXELS, codes_in
from stroma.custody.queries import WRONG_LABEL
from stroma.protocols.domain.problem import BadInput
from tests.lots_on_the_way import collect, collected, scan_of, signed_in
from tests.skips import REAL_DATA
from tests.treated_courses import a_clinic

MATRIX, LINEAR = "Data Matrix", "Code 128"


def a_photo(
    label: PrintedLabel = SAMPLE, *, size: str = "tube", turned: float = 12, kind: str = "JPEG"
) -> bytes:
    """A label lying on a bench: turned, a little blurred, unevenly lit."""
    (page,) = drawn([label], LABEL_SIZES[size], printed_at=SAMPLE_DATE, dpi=400)
    picture = Image.open(io.BytesIO(page)).convert("L")
    bench = Image.new("L", (2000, 1500), 170)
    bench.paste(picture, ((2000 - picture.width) // 2, (1500 - picture.height) // 2))
    bench = bench.rotate(turned, fillcolor=170, resample=Image.Resampling.BICUBIC)
    light = Image.linear_gradient("L").resize(bench.size).point(lambda grey: 120 + grey // 2)
    bench = Image.composite(bench, Image.new("L", bench.size, 40), light)
    file = io.BytesIO()
    bench.filter(ImageFilter.GaussianBlur(1)).convert("RGB").save(file, kind)
    return file.getvalue()


def upload(data: bytes, name: str = "photo.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, content_type="image/jpeg")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("turned", [0, 12, 90, 200])
def test_a_label_on_the_bench_is_read_from_a_photo(kind: str, turned: float) -> None:
    codes = codes_in(a_photo(turned=turned, kind=kind))
    assert [(code.kind, code.text) for code in codes] == [(MATRIX, SAMPLE.content["compound"])]


def test_a_photo_of_nothing_holds_no_code() -> None:
    file = io.BytesIO()
    Image.new("RGB", (800, 600), "gray").save(file, "JPEG")
    assert codes_in(file.getvalue()) == []


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "photo_not_a_photo"),
        (b"%PDF-1.7 not a photo", "photo_not_a_photo"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "photo_not_a_photo"),
        (a_photo()[:2000], "photo_not_a_photo"),
        (b"\xff\xd8" + b"0" * MOST_BYTES, "photo_too_large"),
    ],
    ids=["empty", "a PDF", "an SVG", "cut off", "too large"],
)
def test_what_is_no_photo_is_refused_in_a_sentence(data: bytes, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        codes_in(data, file="it.jpg")
    assert [(problem.code, problem.file) for problem in refused.value.problems] == [(code, "it.jpg")]
    assert refused.value.problems[0].message.endswith(".")


def test_a_small_file_that_unpacks_into_a_huge_picture_is_refused_before_it_is_unpacked() -> None:
    file = io.BytesIO()
    side = int(MOST_PIXELS**0.5) + 10
    Image.new("1", (side, side)).save(file, "PNG")
    assert len(file.getvalue()) < MOST_BYTES // 100
    with pytest.raises(BadInput) as refused:
        codes_in(file.getvalue())
    assert [problem.code for problem in refused.value.problems] == ["photo_too_large"]


WHOLE, DIN, PRODUCT = "=+02000=A99992600001200=<DMC011A0", "=A99992600001200", "=<DMC011A0"
OTHER_DIN = "=A99992600001300"


@pytest.mark.parametrize(
    ("codes", "text", "reason"),
    [
        ([], None, "photo_without_code"),
        ([(MATRIX, WHOLE)], WHOLE, None),
        ([(MATRIX, WHOLE), (LINEAR, DIN), (LINEAR, PRODUCT)], WHOLE, None),
        ([(LINEAR, DIN)], DIN, None),
        ([(MATRIX, WHOLE), (LINEAR, OTHER_DIN)], None, "photo_of_several_codes"),
        ([(MATRIX, WHOLE), (MATRIX, WRONG_LABEL)], None, "photo_of_several_codes"),
        ([(LINEAR, DIN), (LINEAR, PRODUCT)], None, "photo_of_several_codes"),
        ([(LINEAR, DIN), (LINEAR, OTHER_DIN)], None, "photo_of_several_codes"),
    ],
)
def test_codes_of_two_labels_are_never_joined_or_chosen_between(
    codes: list[tuple[str, str]], text: str | None, reason: str | None
) -> None:
    taken, blockers = one_scan([Code(kind, said, kind == MATRIX) for kind, said in codes])
    assert (taken, [blocker.code for blocker in blockers]) == (text, [reason] if reason else [])


@pytest.mark.django_db
def test_a_container_is_handed_over_by_photos() -> None:
    clinic = a_clinic()
    tissue = collect(collected(clinic)).materials.get()
    incubator = clinic.place("INC-1")
    label = PrintedLabel(Label.objects.get(material=tissue, state="APPLIED").content, "A0-1")
    client = signed_in(clinic.person("technologist"))
    address = f"/custody/containers/{tissue.pk}/hand-over/?to={incubator.pk}"
    first = client.post(address, {"photo_of": "container", "photo": upload(a_photo(label))})
    assert (first.status_code, first.context["prompt"].wanted.name) == (200, "place")
    assert first.context["prompt"].made == {"container": scan_of(tissue)}
    done = client.post(address, {"container": scan_of(tissue), "place": incubator.code})
    assert done.headers["Location"] == f"/custody/hand-overs/{HandOver.objects.latest('handed_over_at').pk}/"


@pytest.mark.django_db
def test_a_photo_of_another_label_stops_the_hand_over_like_any_scan() -> None:
    clinic = a_clinic()
    tissue = collect(collected(clinic)).materials.get()
    incubator = clinic.place("INC-1")
    client = signed_in(clinic.person("technologist"))
    address = f"/custody/containers/{tissue.pk}/hand-over/?to={incubator.pk}"
    sent = {"photo_of": "container", "photo": upload(a_photo()), "place": incubator.code}
    assert client.post(address, sent).status_code == 422
    assert Scan.objects.get(is_go=False).blockers == ["donation_mismatch"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("photo", "reason"),
    [
        (None, "photo_missing"),
        (b"not a photo", "photo_not_read"),
        (b"\xff\xd8" + b"0" * MOST_BYTES, "photo_not_read"),
        ("gray", "photo_without_code"),
    ],
    ids=["none", "no photo", "too large", "nothing on it"],
)
def test_a_photo_that_says_nothing_asks_for_the_same_scan_again(
    photo: bytes | str | None, reason: str
) -> None:
    clinic = a_clinic()
    tissue = collect(collected(clinic)).materials.get()
    client = signed_in(clinic.person("technologist"))
    if photo == "gray":
        file = io.BytesIO()
        Image.new("RGB", (80, 60), "gray").save(file, "PNG")
        photo = file.getvalue()
    assert not isinstance(photo, str)
    sent = {"photo_of": "container"} | ({"photo": upload(photo)} if photo else {})
    address = f"/custody/containers/{tissue.pk}/hand-over/?to={clinic.place('INC-1').pk}"
    again = client.post(address, sent)
    assert (again.status_code, [b.code for b in again.context["found"]]) == (422, [reason])
    assert again.context["prompt"].wanted.name == "container"
    assert Scan.objects.filter(is_go=False).count() == 0


# --- The command -------------------------------------------------------------------------------------------


def test_the_command_says_what_is_on_a_photo(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "label.jpg"
    file.write_bytes(a_photo())
    assert main(["isbt", "photo", str(file)]) == 0
    (answer,) = json.loads(capsys.readouterr().out)
    assert (answer["kind"], answer["text"]) == (MATRIX, SAMPLE.content["compound"])
    assert [s["structure"] for s in answer["structures"]] == ["023", "001", "003", "005", "007"]


def test_the_command_names_every_photo_that_says_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, empty, text = tmp_path / "good.jpg", tmp_path / "empty.png", tmp_path / "text.jpg"
    good.write_bytes(a_photo())
    Image.new("RGB", (80, 60), "gray").save(empty)
    text.write_text("not a photo")
    missing = tmp_path / "missing.jpg"
    assert main(["isbt", "photo", *map(str, (good, empty, text, missing))]) == 2
    captured = capsys.readouterr()
    assert [answer["file"] for answer in json.loads(captured.out)] == [str(good)]
    assert captured.err.splitlines() == [
        f"{empty}: No Data Matrix, QR code or Code 128 can be read in it.",
        f"{text}: This is no photo that can be opened; take a JPEG, PNG or WebP.",
        f"{missing}: No such file or directory.",
    ]


@pytest.mark.real_data
def test_real_photos_say_what_they_are_known_to_say(capsys: pytest.CaptureFixture[str]) -> None:
    photos = sorted((REAL_DATA / "barcodes").glob("*.png"))
    assert len(photos) == 17
    assert main(["isbt", "photo", *map(str, photos)]) == 0
    said = {answer["file"]: answer["text"] for answer in json.loads(capsys.readouterr().out)}
    assert said == {str(photo): photo.with_suffix(".txt").read_bytes().decode() for photo in photos}


@pytest.mark.real_data
def test_a_real_picture_of_cells_holds_no_code(capsys: pytest.CaptureFixture[str]) -> None:
    picture = REAL_DATA / "microscopy" / "phase_set01.png"
    assert main(["isbt", "photo", str(picture)]) == 2
    assert capsys.readouterr().err == f"{picture}: No Data Matrix, QR code or Code 128 can be read in it.\n"
