"""What an intake already says about the questions of candidacy, and whether it still holds.

A finding carries the entry it rests on. One that is old, suspected or incomplete comes back with
``is_current`` false: candidacy shows it and asks again. What the record does not mention gives no finding
at all, because a missing entry is not a "no". Entries dated after the moment asked about are passed over.

# Note [Entries left open]
Records seldom close what has passed: a pregnancy or an infection stays "active" for years in the Synthea
records and in real ones. Conditions that cannot last are therefore current only for the time they can last.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from stroma.candidacy.domain import codes
from stroma.candidacy.domain.codes import CodeSet, Match
from stroma.patients.domain.intake import IntakeCondition, IntakeMeasurement, IntakeMedication, PatientIntake

# How long an entry is taken as current. All unconfirmed (general knowledge): a physiatrist of the site
# checks them.
PAIN_HOLDS = timedelta(days=30)
LABORATORY_HOLDS = timedelta(days=180)
BODY_MASS_INDEX_HOLDS = timedelta(days=365)
SMOKING_HOLDS = timedelta(days=365)
PREGNANCY_LASTS = timedelta(days=300)  # 42 weeks and a margin
INFECTION_LASTS = timedelta(days=90)
CANCER_COUNTS_FOR = timedelta(days=5 * 365 + 1)  # clinical.md §3.2, rule cancer: active or within 5 years


_PREGNANT = "is_pregnant_or_breastfeeding"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the record says; ``variable`` is a name in candidacy's catalogue.

    ``observed_at`` is the day the entry speaks of. ``note`` says in a sentence why it is not taken as
    current, or what else a reader should know.
    """

    variable: str
    value: bool | int | float
    source_text: str
    observed_at: date | None
    is_current: bool = True
    note: str = ""


def findings(intake: PatientIntake, *, at: datetime) -> dict[str, Finding]:
    """What the record says at that moment, by variable; where several entries speak, the most telling one.

    A current finding goes before an old one, a reason against treatment before a reason for it, then the
    newest.
    """
    found: dict[str, Finding] = {}
    for read in _READERS:
        for finding in read(intake, at):
            held = found.get(finding.variable)
            if held is None or _rank(finding) > _rank(held):
                found[finding.variable] = finding
    return dict(sorted(found.items()))


def _rank(finding: Finding) -> tuple[bool, bool, date]:
    speaks_against = finding.value is (finding.variable != "has_capacity_to_consent")
    return finding.is_current, speaks_against, finding.observed_at or date.min


# --- The person ------------------------------------------------------------------------------------------


def _person(intake: PatientIntake, at: datetime) -> Iterator[Finding]:
    last = at.date()
    if intake.deceased:
        died_on = intake.deceased_at.date() if intake.deceased_at else None
        yield _yes("is_deceased", f"Patient, deceased{_since('on', died_on)}", died_on)
        last = min(last, died_on or last)
    birthday_to_come = (last.month, last.day) < (intake.birth_date.month, intake.birth_date.day)
    yield Finding(
        "age_years",
        last.year - intake.birth_date.year - birthday_to_come,
        "Patient, birth date",
        last,
        is_current=not intake.birth_date_is_partial,
        note="Only the year or month of birth is known." if intake.birth_date_is_partial else "",
    )


# --- Conditions ------------------------------------------------------------------------------------------


def _conditions(
    intake: PatientIntake, at: datetime, wanted: CodeSet
) -> Iterator[tuple[IntakeCondition, Match, str, str]]:
    """The conditions of this set known at that moment: how they matched, source text, doubt."""
    for condition in intake.conditions:
        match = wanted.match(condition.system, condition.code, condition.display)
        if match is None or _is_after(condition.onset, at):
            continue
        doubt = ""
        if match is Match.DOUBTFUL or not condition.is_confirmed:
            doubt = "The record does not confirm it."
        yield condition, match, _condition_text(condition, match), doubt


def _present(
    variable: str, wanted: CodeSet, *, value: bool = True, lasts: timedelta | None = None
) -> "_Reader":
    """A reader for a condition that counts while it is active, and at most as long as it can last."""

    def read(intake: PatientIntake, at: datetime) -> Iterator[Finding]:
        for condition, _, text, doubt in _conditions(intake, at, wanted):
            if not _is_active(condition, at):
                continue
            note = doubt
            if lasts is not None and (condition.onset is None or at.date() - condition.onset > lasts):
                # Note [Entries left open]
                note = (
                    note
                    or f"Still open in the record, but it began more than {lasts.days} days ago or undated."
                )
            yield Finding(variable, value, text, condition.onset, is_current=not note, note=note)

    return read


def _cancer(intake: PatientIntake, at: datetime) -> Iterator[Finding]:
    for condition, _, text, doubt in _conditions(intake, at, codes.CANCER):
        note = doubt
        if not _is_active(condition, at):
            if condition.abated is not None and at.date() - condition.abated > CANCER_COUNTS_FOR:
                continue
            if condition.abated is None:
                note = note or "The record does not say when it ended."
        yield _yes("has_cancer", text, condition.onset, is_current=not note, note=note)
    for medication, _, text in _medications(intake, at, codes.CHEMOTHERAPY):
        yield _yes("has_cancer", f"{text}, chemotherapy", medication.started)
    for medication, _, text in _medications(intake, at, codes.CANCER_HORMONE):
        note = "It is given for cancer and for other reasons."
        yield _yes("has_cancer", text, medication.started, is_current=False, note=note)
    for performed, text in _treatments(intake, at, codes.CANCER_TREATMENT):
        if performed is None or at.date() - performed <= CANCER_COUNTS_FOR:
            yield _yes("has_cancer", text, performed, is_current=performed is not None)


def _pain_months(intake: PatientIntake, at: datetime) -> Iterator[Finding]:
    for wanted, says_where in ((codes.LOW_BACK_PAIN, True), (codes.PAIN_WITHOUT_PLACE, False)):
        for condition, _, text, doubt in _conditions(intake, at, wanted):
            if condition.onset is None or not _is_active(condition, at):
                continue
            note = doubt if says_where else "The record does not say that it is the back."
            months = _whole_months(condition.onset, at.date())
            yield Finding("pain_months", months, text, condition.onset, is_current=not note, note=note)


# --- Medicines -------------------------------------------------------------------------------------------


def _medications(
    intake: PatientIntake, at: datetime, wanted: CodeSet, *, active: bool = True
) -> Iterator[tuple[IntakeMedication, Match, str]]:
    for medication in intake.medications:
        match = wanted.match(medication.system, medication.code, medication.display)
        if match is None or medication.is_active != active or _is_after(medication.started, at):
            continue
        state = "active" if active else "ended, begun"
        since = _since("since" if active else "on", medication.started)
        text = f"Medication {_coded(medication.code, medication.display)}, {state}{since}{_by_words(match)}"
        yield medication, match, text


def _anticoagulant(intake: PatientIntake, at: datetime) -> Iterator[Finding]:
    for medication, _, text in _medications(intake, at, codes.ANTICOAGULANT):
        yield _yes("takes_anticoagulant", text, medication.started)


def _immunosuppressant(intake: PatientIntake, at: datetime) -> Iterator[Finding]:
    for medication, _, text in _medications(intake, at, codes.IMMUNOSUPPRESSANT):
        yield _yes("is_immunosuppressed", text, medication.started)
    for medication, _, text in _medications(intake, at, codes.SYSTEMIC_STEROID):
        note = "Whether a steroid suppresses immunity depends on dose and time."
        yield _yes("is_immunosuppressed", text, medication.started, is_current=False, note=note)


def _opioid(intake: PatientIntake, at: datetime) -> Iterator[Finding]:
    for medication, _, text in _medications(intake, at, codes.OPIOID):
        note = "The daily dose is not read from the record."
        yield _yes("takes_high_dose_opioid", text, medication.started, is_current=False, note=note)


def _steroid(intake: PatientIntake, at: datetime) -> Iterator[Finding]:
    """Weeks since a steroid last reached the circulation or the epidural space (``clinical.md`` §3.2)."""
    for performed, text in _treatments(intake, at, codes.EPIDURAL_STEROID):
        if performed is not None:
            weeks = (at.date() - performed).days // 7
            yield Finding("weeks_since_steroid", weeks, text, performed)
    for _, _, text in _medications(intake, at, codes.SYSTEMIC_STEROID):
        yield Finding("weeks_since_steroid", 0, text, at.date())
    for medication, _, text in _medications(intake, at, codes.SYSTEMIC_STEROID, active=False):
        if medication.started is not None:
            weeks = (at.date() - medication.started).days // 7
            note = "Counted from the first dose; the record does not say when the last one was taken."
            yield Finding("weeks_since_steroid", weeks, text, medication.started, is_current=False, note=note)


# --- Procedures ------------------------------------------------------------------------------------------


def _treatments(intake: PatientIntake, at: datetime, wanted: CodeSet) -> Iterator[tuple[date | None, str]]:
    for treatment in intake.treatments:
        match = wanted.match(treatment.system, treatment.code, treatment.display)
        performed = treatment.end or treatment.performed
        if match is None or _is_after(performed, at):
            continue
        done = f"Procedure {_coded(treatment.code, treatment.display)}, done"
        yield performed, f"{done}{_since('on', performed)}{_by_words(match)}"


def _lumbar_surgery(intake: PatientIntake, at: datetime) -> Iterator[Finding]:
    for performed, text in _treatments(intake, at, codes.LUMBAR_SURGERY):
        yield _yes("prior_lumbar_surgery", text, performed)


# --- Measurements ----------------------------------------------------------------------------------------

# UCUM spellings, and the factor to the unit in the variable's name.
_SCORE = {"{score}": 1.0, "1": 1.0, "": 1.0, "{#}": 1.0}
_PER_NL = {
    "10*3/uL": 1.0,
    "10*9/L": 1.0,
    "K/uL": 1.0,
    "/nL": 1.0,
    "10^3/uL": 1.0,
    "10^9/L": 1.0,
    "/uL": 0.001,
}
_GRAM_PER_DL = {"g/dL": 1.0, "g/L": 0.1}
_PERCENT = {"%": 1.0}
_KG_PER_M2 = {"kg/m2": 1.0}
_KG = {"kg": 1.0, "g": 0.001, "[lb_av]": 0.45359237}
_METER = {"m": 1.0, "cm": 0.01, "[in_i]": 0.0254}


def _latest(
    intake: PatientIntake, at: datetime, code: str, units: dict[str, float]
) -> tuple[IntakeMeasurement, float] | None:
    """The newest number of this code in a unit we know, converted; texts and other units are passed over."""
    known = [
        measurement
        for measurement in _measured(intake, at, code)
        if isinstance(measurement.value, Decimal)
        and measurement.value.is_finite()
        and measurement.unit in units
    ]
    if not known:
        return None
    newest = max(known, key=lambda measurement: measurement.measured_at)
    return newest, float(newest.value) * units[newest.unit]


def _measured(intake: PatientIntake, at: datetime, code: str) -> list[IntakeMeasurement]:
    return [
        m for m in intake.measurements if (m.system, m.code) == (codes.LOINC, code) and m.measured_at <= at
    ]


def _number(
    variable: str, code: str, units: dict[str, float], holds: timedelta, *, maximum: float | None = None
) -> "_Reader":
    """A reader for a number that holds for a time; one outside 0 to ``maximum`` measured something else."""

    def read(intake: PatientIntake, at: datetime) -> Iterator[Finding]:
        if (latest := _latest(intake, at, code, units)) is None:
            return
        measurement, value = latest
        if value >= 0 and (maximum is None or value <= maximum):
            yield _measurement_finding(variable, value, measurement, at, holds)

    return read


def _measurement_finding(
    variable: str, value: bool | float, measurement: IntakeMeasurement, at: datetime, holds: timedelta
) -> Finding:
    is_current = at - measurement.measured_at <= holds
    note = "" if is_current else f"Measured more than {holds.days} days ago."
    measured_on = measurement.measured_at.date()
    return Finding(variable, value, _measured_text(measurement), measured_on, is_current, note)


def _measured_text(measurement: IntakeMeasurement) -> str:
    measured_on = measurement.measured_at.date().isoformat()
    return f"Observation {_coded(measurement.code, measurement.display)}, measured on {measured_on}"


def _body_mass_index(intake: PatientIntake, at: datetime) -> Iterator[Finding]:
    """The reported index, else weight over squared height."""
    if (reported := _latest(intake, at, codes.BODY_MASS_INDEX, _KG_PER_M2)) is not None:
        yield _measurement_finding("bmi", reported[1], reported[0], at, BODY_MASS_INDEX_HOLDS)
        return
    weight = _latest(intake, at, codes.BODY_WEIGHT, _KG)
    height = _latest(intake, at, codes.BODY_HEIGHT, _METER)
    if weight is not None and height is not None and height[1] > 0:
        yield _measurement_finding("bmi", weight[1] / height[1] ** 2, weight[0], at, BODY_MASS_INDEX_HOLDS)


def _smoking(intake: PatientIntake, at: datetime) -> Iterator[Finding]:
    answers = _measured(intake, at, codes.TOBACCO_SMOKING_STATUS)
    for answer in sorted(answers, key=lambda m: m.measured_at)[-1:]:
        for value, wanted in ((True, codes.SMOKER), (False, codes.NON_SMOKER)):
            if wanted.match(codes.SNOMED_CT, answer.value_code, str(answer.value)) is not None:
                yield _measurement_finding("smokes", value, answer, at, SMOKING_HOLDS)


def _pregnancy_status(intake: PatientIntake, at: datetime) -> Iterator[Finding]:
    # Only a "yes" is read: "not pregnant" leaves open whether the person breastfeeds.
    answers = _measured(intake, at, codes.PREGNANCY_STATUS)
    for answer in sorted(answers, key=lambda m: m.measured_at)[-1:]:
        if answer.value_code in codes.PREGNANCY.codes[codes.SNOMED_CT]:
            is_current = at - answer.measured_at <= PREGNANCY_LASTS
            yield _yes(_PREGNANT, _measured_text(answer), answer.measured_at.date(), is_current=is_current)


# --- Words and dates -------------------------------------------------------------------------------------


def _yes(
    variable: str, source_text: str, observed_at: date | None, *, is_current: bool = True, note: str = ""
) -> Finding:
    return Finding(
        variable,
        value=True,
        source_text=source_text,
        observed_at=observed_at,
        is_current=is_current,
        note=note,
    )


def _is_active(condition: IntakeCondition, at: datetime) -> bool:
    if condition.abated is not None:
        return condition.abated > at.date()
    return condition.is_active


def _is_after(day: date | None, at: datetime) -> bool:
    return day is not None and day > at.date()


def _whole_months(begin: date, end: date) -> int:
    return (end.year - begin.year) * 12 + end.month - begin.month - (end.day < begin.day)


def _since(word: str, day: date | None) -> str:
    return f" {word} {day.isoformat()}" if day else ""


def _coded(code: str, display: str) -> str:
    return " ".join(part for part in (code, display) if part)


def _by_words(match: Match) -> str:
    return " (matched by its words)" if match is Match.WORDS else ""


def _condition_text(condition: IntakeCondition, match: Match) -> str:
    state = "active" if condition.is_active and condition.abated is None else "ended"
    when = _since("since", condition.onset) if state == "active" else _since("on", condition.abated)
    return f"Condition {_coded(condition.code, condition.display)}, {state}{when}{_by_words(match)}"


_Reader = Callable[[PatientIntake, datetime], Iterable[Finding]]

_READERS: tuple[_Reader, ...] = (
    _person,
    _present(_PREGNANT, codes.PREGNANCY, lasts=PREGNANCY_LASTS),
    _pregnancy_status,
    _present("has_active_infection", codes.ACTIVE_INFECTION, lasts=INFECTION_LASTS),
    _cancer,
    _present("is_immunosuppressed", codes.IMMUNE_DEFICIENCY),
    _immunosuppressant,
    _present("has_inflammatory_arthritis", codes.INFLAMMATORY_ARTHRITIS),
    _present("has_bleeding_disorder", codes.BLEEDING_DISORDER),
    _present("has_capacity_to_consent", codes.DEMENTIA, value=False),
    _present("smokes", codes.SMOKER),
    _smoking,
    _anticoagulant,
    _opioid,
    _steroid,
    _lumbar_surgery,
    _pain_months,
    _number("pain_nrs", codes.PAIN_0_TO_10, _SCORE, PAIN_HOLDS, maximum=10),
    _number("platelets_per_nl", codes.PLATELETS, _PER_NL, LABORATORY_HOLDS),
    _number("hemoglobin_g_dl", codes.HEMOGLOBIN, _GRAM_PER_DL, LABORATORY_HOLDS),
    _number("hba1c_percent", codes.HEMOGLOBIN_A1C, _PERCENT, LABORATORY_HOLDS, maximum=100),
    _body_mass_index,
)
