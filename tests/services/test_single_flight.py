"""Who asks while the same is being made waits for it, and takes only what is new enough."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from landgis.services.single_flight import SingleFlight


def test_many_who_ask_at_once_have_it_made_once() -> None:
    flights: SingleFlight[str, int] = SingleFlight()
    begun, go_on, made = threading.Event(), threading.Event(), []

    def work() -> int:
        begun.set()
        go_on.wait(10)
        made.append(1)
        return len(made)

    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(flights.run, "tile", work, bool)
        assert begun.wait(10)
        others = [pool.submit(flights.run, "tile", work, bool) for _ in range(7)]
        go_on.set()
        answers = {f.result(10) for f in [first, *others]}
    # Whoever came after the first had landed began anew.
    assert max(answers) == len(made)
    assert len(made) < 8


def test_what_is_too_old_for_somebody_is_made_again() -> None:
    flights: SingleFlight[str, int] = SingleFlight()
    begun, go_on = threading.Event(), threading.Event()

    def old() -> int:
        begun.set()
        go_on.wait(10)
        return 1

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(flights.run, "tile", old, bool)
        assert begun.wait(10)
        late = pool.submit(flights.run, "tile", lambda: 2, lambda made: made >= 2)
        go_on.set()
        assert (first.result(10), late.result(10)) == (1, 2)


def test_a_failure_reaches_those_who_waited_and_is_not_kept() -> None:
    flights: SingleFlight[str, int] = SingleFlight()

    def fails() -> int:
        raise LookupError("gone")

    with pytest.raises(LookupError):
        flights.run("tile", fails, bool)
    assert flights.run("tile", lambda: 3, bool) == 3
