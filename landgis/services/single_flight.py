"""The same work is done once for all who ask for it at the same time."""

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
R = TypeVar("R")


class _Flight(Generic[R]):
    """Work that is being done: what came of it, once ``landed``."""

    def __init__(self) -> None:
        self.landed = threading.Event()
        self.result: R | None = None
        self.problem: BaseException | None = None


class SingleFlight(Generic[K, R]):
    """Lets the first who asks work and the others wait."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flights: dict[K, _Flight[R]] = {}

    def run(self, key: K, work: Callable[[], R], suits: Callable[[R], bool]) -> R:
        """Answer the result of ``work``, one's own or that of who was at it already.

        Parameters
        ----------
        suits
            Whether a result that was begun before this call is good enough for it.
        """
        while True:
            with self._lock:
                flight = self._flights.get(key)
                if flight is None:
                    mine = self._flights[key] = _Flight()
            if flight is None:
                return self._fly(key, mine, work)
            flight.landed.wait()
            if flight.problem is not None:
                raise flight.problem
            if flight.result is not None and suits(flight.result):
                return flight.result

    def _fly(self, key: K, flight: _Flight[R], work: Callable[[], R]) -> R:
        try:
            flight.result = work()
        except BaseException as problem:
            flight.problem = problem
            raise
        else:
            return flight.result
        finally:
            with self._lock:
                del self._flights[key]
            flight.landed.set()
