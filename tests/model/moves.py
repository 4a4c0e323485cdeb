"""What can happen next in a state: what people do, and what goes wrong meanwhile.

A repeated message and a stale page cost nothing and are everywhere: every action is tried in every state with every
container, course and place, whatever a page would offer. A lost or refused message leaves the state as it was. The
faults that cost one of the two: a wrong scan (another container in the hand, another patient in the bed, another
place, another's badge, another's hands), labels swapped, a dose given whose record is lost, and, once a keeper is
switched off, two people at once or a crash between two writes.

What no program sees is left out: a scan of one thing and the use of another, and a label put on a container that bears
none and belongs to another lot.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from stroma.clinic.domain.badges import BadgeShown
from stroma.custody.domain.products import division_code
from stroma.custody.domain.states import LotState
from tests.model import judging
from tests.model.badges import ways_to_take_over
from tests.model.judging import HOLDS, Off
from tests.model.state import BEDSIDE, DONOR, LABORATORY, NOBODY, STORE, Box, Lot, Pause, Signed, State, Worn


class Step(NamedTuple):
    """What happened, the state after it, and the harm it did, if any."""

    told: str
    state: State
    harm: str = ""


Moves = Callable[[State, Off], Iterator[Step]]


def _one_more(state: State) -> State:
    return state._replace(faults=state.faults + 1)


# --- Labels ------------------------------------------------------------------------------------------------


def labeling(state: State, off: Off) -> Iterator[Step]:
    """Labels are printed, put on, and swapped."""
    for number, box in enumerate(state.boxes):
        if judging.may_print(state, number, off):
            yield Step(f"label {number} is printed", state.with_box(number, printed=True))
        if box.sticker != NOBODY or not judging.may_apply(state, number, off):
            continue
        loose = [
            n
            for n, b in enumerate(state.boxes)
            if b.printed and b.place == box.place and state.worn_by(n) == NOBODY
        ]
        # Whoever swapped one label has only the other left for the second container.
        meant = [number] if number in loose else loose
        for sticker in meant:
            yield Step(
                f"label {sticker} is put on container {number}",
                state.with_box(number, sticker=sticker, applied=True),
            )
        for sticker in set(loose) - set(meant):
            yield Step(
                f"FAULT labels swapped: label {sticker} is put on container {number}",
                _one_more(state).with_box(number, sticker=sticker, applied=True),
            )


# --- Release -----------------------------------------------------------------------------------------------


def releasing(state: State, off: Off) -> Iterator[Step]:
    """A lot is let go."""
    for number, lot in enumerate(state.lots):
        if judging.may_release(state, number, off):
            yield Step(
                f"lot {number} is released",
                state.with_lot(number, state=LotState.RELEASED),
                _wrong_with_release(state, lot, number),
            )


def _wrong_with_release(state: State, lot: Lot, number: int) -> str:
    valid = [
        s for s in lot.signed if s.is_current and s.credential != "SESSION" and s.role in HOLDS[s.person]
    ]
    pairs = {
        (a.person, b.person) for a in valid for b in valid if (a.role, b.role) == ("PHYSIATRIST", "QUALITY")
    }
    if not any(physician != quality for physician, quality in pairs):
        return "4: released without the signatures of two competent people under what it is now"
    if lot.result != "good":
        return "3: released out of specification"
    if lot.has_finding:
        return "3: released with a finding that nobody accepted"
    if lot.donor == DONOR and not state.donor_is_eligible:
        return "1: a donor's lot is released although its donor is not eligible"
    if any(box.lot == number and not box.applied for box in state.boxes):
        return "1: released with a container that carries no label"
    return ""


def signing(state: State, off: Off) -> Iterator[Step]:
    """Somebody signs, in any role and with any credential, at most four times."""
    for number, lot in enumerate(state.lots):
        if len(lot.signed) >= 4:
            continue
        for person in HOLDS:
            for role in ("PHYSIATRIST", "QUALITY"):
                for credential in ("PASSWORD", "SESSION"):
                    signed = Signed(person, role, credential)
                    if signed not in lot.signed:
                        yield Step(
                            f"{person} signs as {role.lower()} with a {credential.lower()}",
                            state.with_lot(number, signed=lot.signed | {signed}),
                        )


def results(state: State, off: Off) -> Iterator[Step]:
    """A result comes in, so that the certificate is another; a bad one calls a released lot back."""
    for number, lot in enumerate(state.lots):
        for result in ("good", "bad"):
            void = frozenset(signed._replace(is_current=False) for signed in lot.signed)
            after = state.with_lot(number, result=result, signed=void)
            called_back = judging.may_change(state, number, LotState.QUARANTINE, off)
            if result == "bad" and lot.state is LotState.RELEASED and called_back:
                after = after.with_lot(number, state=LotState.QUARANTINE)
            yield Step(f"a {result} result comes in for lot {number}", after)


def reviewing(state: State, off: Off) -> Iterator[Step]:
    """The review finds something, as when a reagent is recalled, and quality accepts it; the certificate is another."""
    for number, lot in enumerate(state.lots):
        if lot.state is LotState.QUARANTINE:
            void = frozenset(signed._replace(is_current=False) for signed in lot.signed)
            told = "is accepted" if lot.has_finding else "comes up"
            yield Step(
                f"a finding in the record of lot {number} {told}",
                state.with_lot(number, has_finding=not lot.has_finding, signed=void),
            )


# --- From hand to hand -------------------------------------------------------------------------------------


def handing_over(state: State, off: Off) -> Iterator[Step]:
    """A container is carried into the treatment room, or the wrong one, for the wrong patient, to the wrong place."""
    for number, box in enumerate(state.boxes):
        patient = state.lots[box.lot].course
        if patient == NOBODY:
            continue
        for told, after, true_box, true_patient, true_place in _in_hand(
            state, number, patient, LABORATORY, BEDSIDE
        ):
            scan = judging.scanned(state, true_box, place=true_place, patient=true_patient)
            for taken in ways_to_take_over(state):
                shown = scan if taken.badge is BadgeShown.NONE else replace(scan, badge=taken.badge)
                faults = after.faults + taken.faults
                if faults > MOST_FAULTS or not judging.may_hand_over(
                    state, number, BEDSIDE, shown, off, receiver=taken.receiver
                ):
                    continue
                carried = after._replace(faults=faults).with_box(true_box, room=true_place)
                moved = carried.with_box(number, place=BEDSIDE)
                yield Step(
                    f"{taken.told}{told}container {number} is handed over for patient {patient}",
                    moved,
                    taken.harm(state) or misplaced(moved),
                )


def _in_hand(
    state: State, box: int, patient: int, room: int, to_place: int | None
) -> Iterator[tuple[str, State, int, int, int]]:
    """What a person truly has in hand when the page expects ``box`` and ``patient``, right or wrong."""
    place = NOBODY if to_place is None else to_place
    for true_box, other in enumerate(state.boxes):
        if other.room != room or other.sticker == NOBODY:
            continue
        wrong_box = other.sticker != box
        for true_patient in range(len(state.courses)):
            for true_place in (place,) if to_place is None else (place, STORE):
                wrong = [wrong_box, true_patient != patient, true_place != place]
                if state.faults + sum(wrong) <= MOST_FAULTS:
                    told = "FAULT wrong scan: " if any(wrong) else ""
                    what = f"container {true_box} in hand, patient {true_patient}, " if any(wrong) else ""
                    after = state._replace(faults=state.faults + sum(wrong))
                    yield told + what, after, true_box, true_patient, true_place


MOST_FAULTS = 2
"""How many faults may come together."""


def misplaced(state: State) -> str:
    """The harm that a label is found elsewhere than the record says."""
    for number, box in enumerate(state.boxes):
        carrier = state.worn_by(number)
        if box.applied and carrier != NOBODY and box.held and state.boxes[carrier].room != box.place:
            return "2: a container is elsewhere than its record says"
    return ""


# --- At the bedside ----------------------------------------------------------------------------------------


def pausing(state: State, off: Off) -> Iterator[Step]:
    """A time-out, with whatever is in the hand and whoever lies there, alone or together."""
    if len(state.pauses) >= 3:
        return
    found = list(_agreed(state, off))
    for told, after, pause in found:
        yield Step(told, after._replace(pauses=after.pauses | {pause}))
        if "the lock" in off and after.faults < MOST_FAULTS:
            for _told, _after, other in found:
                if other.true_box != pause.true_box:
                    both = _one_more(after)._replace(pauses=after.pauses | {pause, other})
                    yield Step(f"FAULT two at once: {told}, and another", both)


def _agreed(state: State, off: Off) -> Iterator[tuple[str, State, Pause]]:
    """Every time-out to which the rule says go now."""
    for number in range(len(state.boxes)):
        for course in range(len(state.courses)):
            for told, after, true_box, true_patient, _place in _in_hand(state, number, course, BEDSIDE, None):
                if not state.boxes[true_box].full:
                    continue  # two people see that there is nothing in it
                scan = judging.scanned(state, true_box, place=None, patient=true_patient)
                for place in _places(state):
                    for people in (1, 2):
                        if judging.may_stop_and_agree(state, course, number, place, scan, people, off):
                            what = f"time-out of {people} for patient {course}, container {number}, place {place}"
                            pause = Pause(course, number, place, people, true_box, true_patient)
                            yield told + what, after, pause


def _places(state: State) -> tuple[int, ...]:
    return (0, 1) if len(state.courses) == 1 else (0,)


def giving(state: State, off: Off) -> Iterator[Step]:
    """The dose of a time-out is given; its record may be lost, and it may be tried again."""
    for pause in sorted(state.pauses):
        # From an empty container nothing is given; what was given from it before may still be written down.
        was_given = (pause.true_patient, pause.place) in state.injected
        if not (state.boxes[pause.true_box].full or was_given) or not judging.may_give(state, pause, off):
            continue
        told = f"dose of container {pause.box} for patient {pause.course} at place {pause.place}"
        injected, harm = _injected(state, pause)
        yield Step(told, _written(injected, pause), harm)
        if state.faults == MOST_FAULTS:
            continue
        if state.boxes[pause.true_box].full:
            yield Step(f"FAULT lost message: {told} is given, its record is lost", _one_more(injected), harm)
        if "the transaction" in off:
            half = _one_more(injected).with_box(pause.box, held=False)
            yield Step(f"FAULT crash: {told} is given, half of its record is written", half, harm)
        if "the lock" in off:
            for other in sorted(state.pauses - {pause}):
                if judging.may_give(state, other, off):
                    second, second_harm = _injected(_written(_one_more(injected), pause), other)
                    yield Step(
                        f"FAULT two at once: {told}, and another",
                        _written(second, other),
                        harm or second_harm,
                    )


def cancelling(state: State, off: Off) -> Iterator[Step]:
    """A time-out is closed because nothing was given: two people hold a container and see whether it is whole."""
    for pause in sorted(state.pauses):
        for told, after, true_box, patient, _place in _in_hand(
            state, pause.box, pause.true_patient, BEDSIDE, None
        ):
            scan = judging.scanned(state, true_box, place=None, patient=patient)
            if judging.may_cancel(state, pause, scan, state.boxes[true_box].full, off):
                closed = (after.pauses - {pause}) | {pause._replace(is_cancelled=True)}
                yield Step(
                    f"{told}time-out for container {pause.box} at place {pause.place} is cancelled",
                    after._replace(pauses=closed),
                )


def _written(state: State, pause: Pause) -> State:
    dosed = state._replace(doses=state.doses | {(pause.course, pause.box, pause.place)})
    return dosed.with_box(pause.box, held=False)


def _injected(state: State, pause: Pause) -> tuple[State, str]:
    """What truly happens to the patient, and whether it does harm; from an empty container nothing does."""
    box, patient, place = state.boxes[pause.true_box], pause.true_patient, pause.place
    if not box.full:
        return state, ""
    lot, course = state.lots[box.lot], state.courses[patient]
    after = state._replace(injected=state.injected | {(patient, place)}).with_box(pause.true_box, full=False)
    wrong = [
        (lot.donor not in {DONOR, patient}, "1: a patient is given cells of another patient"),
        (lot.course != patient, "1: a patient is given cells set aside for another"),
        (lot.donor == DONOR and not state.donor_is_eligible, "1: the donor is not eligible"),
        ((patient, place) in state.injected, "2: a dose is given twice"),
        (lot.state is not LotState.RELEASED, "3: a dose is given that is not released"),
        (lot.result != "good", "3: a dose is given that is out of specification"),
        (state.is_expired, "3: a dose is given that has expired"),
        (course.place == NOBODY, "3: a dose is given without a valid consent"),
        (course.place not in {NOBODY, place}, "3: a dose is given at a place that is not the consented one"),
        (not course.is_open, "3: a dose is given in a course that has ended"),
        (pause.people != 2, "3: a dose is given after a time-out of one person"),
    ]
    return after, next((harm for applies, harm in wrong if applies), "")


# --- Meanwhile ---------------------------------------------------------------------------------------------


def changing_minds(state: State, off: Off) -> Iterator[Step]:
    """A patient withdraws, consents anew to another place, or ends the course."""
    for number, course in enumerate(state.courses):
        if course.is_open:
            yield Step(f"course {number} ends", state.with_course(number, is_open=False))
            for place in {NOBODY, *_places(state)} - {course.place}:
                told = "withdraws" if place == NOBODY else f"consents to place {place}"
                yield Step(f"patient {number} {told}", state.with_course(number, place=place))


def discarding(state: State, off: Off) -> Iterator[Step]:
    """A container is discarded before a witness, who looks at it: one that is missing its cells is found out."""
    for number, box in enumerate(state.boxes):
        carrier = state.worn_by(number)
        if box.held and carrier != NOBODY and state.boxes[carrier].full:
            yield Step(
                f"container {number} is discarded",
                state.with_box(number, held=False).with_box(carrier, full=False),
            )


def badges_given_and_lost(state: State, off: Off) -> Iterator[Step]:
    """A member of the staff is given a badge, or loses the one they wear, which is revoked."""
    for number, worn in enumerate(state.staff):
        what = "loses the badge, which is revoked" if worn.is_worn else "is given a badge"
        after = Worn(not worn.is_worn, worn.was_lost or worn.is_worn)
        staff = (*state.staff[:number], after, *state.staff[number + 1 :])
        yield Step(f"person {number} {what}", state._replace(staff=staff))


def time_passing(state: State, off: Off) -> Iterator[Step]:
    """What is there expires."""
    if not state.is_expired:
        yield Step("the containers expire", state._replace(is_expired=True))


def donor_tested(state: State, off: Off) -> Iterator[Step]:
    """A late test of the donor is reactive."""
    if state.donor_is_eligible:
        yield Step("a test of the donor is reactive", state._replace(donor_is_eligible=False))


def setting_aside(state: State, off: Off) -> Iterator[Step]:
    """A part of a bank's lot is set aside for a course, as a lot of its own."""
    for course in range(len(state.courses)):
        if any(lot.course == course for lot in state.lots) or not judging.may_set_aside(
            state, 0, course, off
        ):
            continue
        bank = state.lots[0]
        part = Lot(bank.donor, course, bank.din, signed=TWO_SIGNATURES)
        # Without the count over the whole donation, each part's first container has the same name.
        number = 0 if "divisions over the donation" in off else len(state.boxes)
        box = Box(len(state.lots), division_code(number))
        yield Step(
            f"a part is set aside for patient {course}",
            state._replace(lots=(*state.lots, part), boxes=(*state.boxes, box)),
        )


TWO_SIGNATURES = frozenset(
    {Signed("physician", "PHYSIATRIST", "PASSWORD"), Signed("quality", "QUALITY", "PASSWORD")}
)
"""As a certificate is signed when all goes well."""
