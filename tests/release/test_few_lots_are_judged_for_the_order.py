"""Every lot that the specification puts out of its limits is one that the database suspects; few others are."""

from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest

from stroma.candidacy.domain.codes import BODY_WEIGHT, LOINC
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import Place, User
from stroma.clinic.queries import protocol_of
from stroma.collection.models import Collection
from stroma.courses.models import Course
from stroma.custody.models import Donor, Lot, Material
from stroma.patients.models import Measurement
from stroma.processing.models import Batch, BatchStep
from stroma.protocols.domain.schema import SpecificationLimit
from stroma.protocols.library import shipped_protocols
from stroma.release.domain.specification import Verdict
from stroma.release.judged import Judged
from stroma.release.models import AssayResult
from stroma.release.suspects import may_be_out_of_limits
from tests.factories import NOW, a_site, a_user, an_open_course
from tests.lots_on_the_way import a_count_row

pytestmark = pytest.mark.django_db

WITH_CELLS = sorted(one.protocol.id for one in shipped_protocols() if one.protocol.specification)
OF_EACH_LINE = 3


@pytest.mark.parametrize("protocol_id", WITH_CELLS)
def test_no_lot_that_is_out_of_limits_goes_unsuspected(protocol_id: str) -> None:
    course, chance = an_open_course(a_site(), protocol_id=protocol_id), Random(protocol_id)
    by = a_user(course.site, Role.TECHNOLOGIST)
    odd = [limit.code for limit in protocol_of(course.protocol).specification] * OF_EACH_LINE
    lots = [a_lot(course, chance, by, number, code) for number, code in enumerate([*odd, *[""] * len(odd)])]
    judged = Judged(lots)
    out = {
        lot.pk for lot in lots if any(one.verdict is Verdict.NOT_MET for one in judged.judgements_for(lot))
    }
    rows = Lot.objects.filter(site=course.site)
    suspected = set(rows.filter(may_be_out_of_limits(rows)).values_list("pk", flat=True))
    assert out <= suspected
    assert len(out) >= len(odd) // 3, "the lots are too good to show anything"
    assert len(suspected) <= len(odd), "lots are suspected that have nothing odd"


def test_a_part_is_suspected_for_what_the_lot_it_was_set_aside_from_has() -> None:
    course = an_open_course(a_site(), protocol_id="disc-marrow-concentrate")
    by = a_user(course.site, Role.TECHNOLOGIST)
    bank = a_lot(course, Random(1), by, 0, "")
    part = Lot.objects.create(
        site=bank.site, donor=bank.donor, protocol=bank.protocol, course=course, parent=bank, din=bank.din,
        product_code="DMC011", product_name="test product", state="IN_PROCESS", made_at=NOW,
    )  # fmt: skip
    rows = Lot.objects.filter(site=course.site)
    assert not rows.filter(may_be_out_of_limits(rows))
    a_result(bank, "sterility_final", by, text="growth")
    assert set(rows.filter(may_be_out_of_limits(rows))) == {bank, part}


def a_lot(course: Course, chance: Random, by: User, number: int, odd: str) -> Lot:
    """A lot with everything measured; what the line ``odd`` is about lies far out, on its edge or just inside."""
    protocol, site = protocol_of(course.protocol), course.site
    place = Place.objects.filter(site=site).first() or Place.objects.create(
        site=site, kind="ROOM", code="L-1", name="Laboratory"
    )
    donor = Donor.objects.create(site=site, relation="AUTOLOGOUS", patient=course.patient)
    lot = Lot.objects.create(
        site=site, donor=donor, protocol=course.protocol, course=course, din=f"W00002600{number:04}",
        product_code="DMC011", product_name="test product", state="IN_PROCESS", made_at=NOW,
    )  # fmt: skip
    if number == 0:
        Measurement.objects.create(
            patient=course.patient, system=LOINC, code=BODY_WEIGHT, display="Body weight", value="75", unit="kg",
            measured_at=NOW,
        )  # fmt: skip
    limits = {limit.code: limit for limit in protocol.specification}
    Collection.objects.create(
        lot=lot, procedure="aspiration", amount=Decimal(60), unit="mL", collected_by=by, collected_at=NOW
    )
    batch = Batch.objects.create(lot=lot, began_at=NOW)
    hours = near(limits["elapsed_time"], chance, odd) if "elapsed_time" in limits else 1
    label_cells = protocol.dose.viable_cells if protocol.dose else None
    of_label = near(limits["viable_count"], chance, odd) if "viable_count" in limits else 1
    dose = Material.objects.create(
        lot=lot, kind="DOSE", division="A0", amount=Decimal(3), remaining=Decimal(3), place=place, state="HELD",
        viable_cells=Decimal(f"{(label_cells or 20e6) * of_label:.0f}"), made_at=NOW,
    )  # fmt: skip
    step = BatchStep.objects.create(
        batch=batch, position=1, code="fill", kind="fill", material=dose, done_by=by,
        done_at=NOW + timedelta(hours=hours),
    )  # fmt: skip
    millions_per_ml = near(limits["count"], chance, odd) if "count" in limits else 2
    a_count_row(
        step,
        viability=Decimal(f"{min(1, near(limits['viability'], chance, odd) / 100):.4f}"),
        viable_cells=Decimal(f"{10e6 * millions_per_ml:.0f}"),
        cumulative_population_doublings=Decimal(f"{near(limits['cpd'], chance, odd):.3f}")
        if "cpd" in limits
        else None,
    )
    for limit in protocol.specification:
        if limit.code in {"viability", "viable_count", "count", "cpd", "elapsed_time", "endotoxin_per_kg"}:
            continue
        if limit.kind == "absence":
            a_result(lot, limit.code, by, text="Growth" if limit.code == odd else "no growth")
        elif limit.kind == "pass":
            a_result(lot, limit.code, by, text="Fail" if limit.code == odd else " PASS ")
        elif limit.code == odd and chance.random() < 0.3:
            a_result(
                lot, limit.code, by, text=chance.choice(["<", ">", ">="]) + f"{near(limit, chance, odd):.2f}"
            )
        elif limit.code == "endotoxin" and odd != "endotoxin":
            a_result(lot, limit.code, by, text="<0.05" if odd != "endotoxin_per_kg" else "0.4")
        else:
            a_result(lot, limit.code, by, text=f"{near(limit, chance, odd):.3f}")
    return lot


def near(limit: SpecificationLimit, chance: Random, odd: str) -> float:
    """A value well inside the limit; of the odd one, anywhere from far out to inside, and sometimes on the edge."""
    edge = limit.minimum if limit.minimum is not None else limit.maximum
    assert edge is not None
    if limit.code != odd:
        both = limit.minimum is not None and limit.maximum is not None
        return 1.0 if both else edge * (1.2 if limit.minimum is not None else 0.5)
    return edge * chance.choice([1, 0.9999, 1.0001, 0.5, 0.9, 1.1, 2])


def a_result(lot: Lot, code: str, by: User, *, text: str) -> None:
    """A result of the laboratory: a number where the text is one."""
    is_number = text.replace(".", "", 1).isdigit()
    AssayResult.objects.create(
        lot=lot,
        code=code,
        value=Decimal(text) if is_number else None,
        text="" if is_number else text,
        method="by hand",
        analyst=by,
        performed_at=NOW,
    )
