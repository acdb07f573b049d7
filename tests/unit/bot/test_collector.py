"""The garbage collector leaves alone what was there when the process was ready."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from bot import collector


class Ring:
    """Garbage that only the collector finds."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def python() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


@pytest.mark.usefixtures("python")
def test_what_is_there_is_exempt_and_new_garbage_is_found() -> None:
    lasting = Ring()
    collector.settle()
    assert gc.get_freeze_count() > 1_000
    assert not any(found is lasting for found in gc.get_objects())
    young, middle, old = gc.get_threshold()
    assert (young, middle) > (0, 0)
    assert old == collector.FULL_EVERY
    fresh = weakref.ref(Ring())
    gc.collect(1)
    assert fresh() is None


@pytest.mark.usefixtures("python")
def test_garbage_of_the_start_is_gone_first() -> None:
    left = weakref.ref(Ring())
    collector.settle()
    assert left() is None
