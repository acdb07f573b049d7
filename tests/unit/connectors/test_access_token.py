"""One access token among all workers."""

import asyncio
from collections import defaultdict
from contextlib import asynccontextmanager

import pytest

from connectors import access_token
from connectors.access_token import AccessToken, Granted, TokenRefused
from connectors.errors import OutcomeUnknown, SendError, TryLater, Undeliverable


class Memory:
    """What workers share: a small `connectors.ports.State`, whose clock the test sets."""

    def __init__(self) -> None:
        self.now = 0.0
        self.kept: dict[str, tuple[dict, float]] = {}
        self.locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def get(self, name):
        value, until = self.kept.get(name, (None, 0))
        await asyncio.sleep(0)
        return value if self.now < until else None

    async def put(self, name, value, *, seconds=None):
        await asyncio.sleep(0)
        self.kept[name] = (value, self.now + (seconds or 1e9))

    @asynccontextmanager
    async def hold(self, name):
        async with self.locks[name]:
            yield


class Vendor:
    """Grants tokens; the newest one is good."""

    def __init__(self) -> None:
        self.asked: list[bool] = []
        self.seconds = 7200.0
        self.trouble: SendError | None = None
        self.always_refuses = False

    async def fetch(self, refused: bool) -> Granted:
        self.asked.append(refused)
        await asyncio.sleep(0.01)
        if self.trouble is not None:
            raise self.trouble
        return Granted(token=f"t{len(self.asked)}", seconds=self.seconds)

    async def use(self, token: str) -> str:
        await asyncio.sleep(0)
        if self.always_refuses or token != f"t{len(self.asked)}":
            raise TokenRefused("error 40001")
        return f"done with {token}"


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


def worker(memory: Memory, vendor: Vendor) -> AccessToken:
    return AccessToken(memory, "access_token", vendor.fetch)


async def test_many_workers_fetch_it_once(memory: Memory, vendor: Vendor) -> None:
    workers = [worker(memory, vendor) for _ in range(4)]
    tokens = await asyncio.gather(*(each.get() for each in workers for _ in range(5)))
    assert set(tokens) == {"t1"}
    assert vendor.asked == [False]


async def test_it_is_fetched_anew_before_it_ends(memory: Memory, vendor: Vendor) -> None:
    token = worker(memory, vendor)
    await token.get()
    memory.now = 7200 - access_token.EARLY_S - 1
    assert await token.get() == "t1"
    memory.now = 7200 - access_token.EARLY_S
    assert await token.get() == "t2"


async def test_one_that_lasts_a_moment_is_used_all_the_same(memory: Memory, vendor: Vendor) -> None:
    vendor.seconds = 100
    token = worker(memory, vendor)
    await token.get()
    memory.now = 89
    assert await token.get() == "t1"
    memory.now = 90
    assert await token.get() == "t2"


async def test_refused_ones_are_replaced_once_for_all(memory: Memory, vendor: Vendor) -> None:
    """Given a token that somebody else has made invalid, when many use it, then one new one is fetched."""
    workers = [worker(memory, vendor) for _ in range(4)]
    await workers[0].get()
    vendor.asked.append(True)  # elsewhere
    done = await asyncio.gather(*(each.using(vendor.use) for each in workers for _ in range(3)))
    assert set(done) == {"done with t3"}
    assert vendor.asked == [False, True, True]


async def test_a_second_refusal_is_for_later(memory: Memory, vendor: Vendor) -> None:
    vendor.always_refuses = True
    with pytest.raises(TryLater):
        await worker(memory, vendor).using(vendor.use)
    assert vendor.asked == [False, True]


@pytest.mark.parametrize("trouble", [TryLater("busy"), Undeliverable("wrong secret"), OutcomeUnknown("silence")])
async def test_without_one_nothing_has_been_sent(memory: Memory, vendor: Vendor, trouble: SendError) -> None:
    """Whatever became of the request for a token: the message may be tried again."""
    vendor.trouble = trouble
    with pytest.raises(TryLater):
        await worker(memory, vendor).using(vendor.use)


async def test_a_vendor_that_gives_none_is_not_asked_by_everybody(
    memory: Memory, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor.trouble = Undeliverable("wrong secret")
    token = worker(memory, vendor)
    found = await asyncio.gather(*(token.get() for _ in range(10)), return_exceptions=True)
    assert all(isinstance(each, TryLater) for each in found)
    assert len(vendor.asked) == 1
    monkeypatch.setattr(access_token, "PAUSE_S", 0)
    vendor.trouble = None
    assert await token.get() == "t2"


def test_it_is_not_shown() -> None:
    assert "sesame" not in repr(Granted(token="sesame", seconds=1))
