"""The gate of the writers: who asked first goes first, and whoever holds it may ask again."""

import threading
import time

from stroma.ledger.transaction import Gate


def wait_for(number: int, gate: Gate) -> None:
    """Until so many wait at ``gate``."""
    until = time.monotonic() + 30
    while gate.waiting != number:
        assert time.monotonic() < until, f"{gate.waiting} wait, not {number}"
        time.sleep(0.001)


def test_writers_go_in_the_order_of_asking_and_nobody_twice_before_the_others() -> None:
    gate, gone = Gate(), []

    def once(name: str) -> None:
        with gate:
            gone.append(name)

    def twice() -> None:
        with gate:
            wait_for(3, gate)
            gone.append("first")
        with gate:
            gone.append("first, again")

    threads = [threading.Thread(target=twice)]
    threads[0].start()
    while gate.waiting == 0 and not gate.is_held:
        time.sleep(0.001)
    for number, name in enumerate(("second", "third", "fourth"), start=1):
        threads.append(threading.Thread(target=once, args=(name,)))
        threads[-1].start()
        wait_for(number, gate)
    for thread in threads:
        thread.join(30)
    assert gone == ["first", "second", "third", "fourth", "first, again"]
    assert not gate.is_held


def test_who_holds_the_gate_passes_it_again_and_keeps_it_to_the_end() -> None:
    gate = Gate()
    with gate:
        with gate:
            pass
        assert gate.is_held
    assert not gate.is_held


def test_a_fault_behind_the_gate_lets_the_next_one_in() -> None:
    gate = Gate()
    for _ in range(2):
        try:
            with gate:
                raise ValueError
        except ValueError:
            assert not gate.is_held


def test_a_gate_of_two_places_lets_two_in_and_the_third_when_one_leaves() -> None:
    gate = Gate(places=2)
    inside, leave = [], {name: threading.Event() for name in ("first", "second", "third")}

    def stay(name: str) -> None:
        with gate, gate:
            inside.append(name)
            assert leave[name].wait(30)

    threads = {name: threading.Thread(target=stay, args=(name,)) for name in leave}
    for number, name in enumerate(leave):
        threads[name].start()
        while len(inside) < min(number + 1, 2):
            time.sleep(0.001)
    wait_for(1, gate)
    assert inside == ["first", "second"]
    leave["second"].set()
    threads["second"].join(30)
    while len(inside) < 3:
        time.sleep(0.001)
    assert inside == ["first", "second", "third"]
    for name in ("first", "third"):
        leave[name].set()
        threads[name].join(30)
    assert not gate.is_held
