"""A step ahead: the same things in the same order, and the same failures."""

import gc
import threading
from collections.abc import Iterator

import pytest

from landgis.services.pace import ahead, collecting_little


def test_everything_comes_in_its_order() -> None:
    assert list(ahead(iter(range(100)))) == list(range(100))
    assert list(ahead(iter([]))) == []


def test_the_next_is_made_while_the_last_is_used() -> None:
    second_is_begun = threading.Event()

    def blocks() -> Iterator[int]:
        yield 1
        second_is_begun.set()
        yield 2

    coming = ahead(blocks())
    assert next(coming) == 1
    assert second_is_begun.wait(10)
    assert list(coming) == [2]


def test_a_failure_comes_after_what_went_well() -> None:
    def blocks() -> Iterator[int]:
        yield 1
        raise ValueError("the second block")

    coming = ahead(blocks())
    assert next(coming) == 1
    with pytest.raises(ValueError, match="the second block"):
        next(coming)


def test_the_collector_is_as_before_whatever_happens() -> None:
    before = gc.get_threshold()

    def fail() -> None:
        with collecting_little():
            assert gc.get_threshold() != before
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
