"""What no customer waits for runs one after the other, behind live turns."""

import asyncio
import threading

import pytest

from bot.background import MOST_WAITING, Background, Busy


def test_one_at_a_time_and_no_more_than_some_wait() -> None:
    async def scene() -> None:
        background, go_on, running = Background(), threading.Event(), []

        def work() -> int:
            running.append(threading.get_ident())
            go_on.wait(30)
            return len(running)

        tasks = [asyncio.ensure_future(background.run(work)) for _ in range(MOST_WAITING)]
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await background.run(work)
        go_on.set()
        assert await asyncio.gather(*tasks) == list(range(1, MOST_WAITING + 1))
        assert len(set(running)) == 1
        assert await background.run(lambda: "free again") == "free again"

    asyncio.run(scene())


def test_it_waits_for_the_end_of_a_live_turn_but_not_for_ever() -> None:
    background, passed = Background(), threading.Event()

    def give_way() -> None:
        background.give_way()
        passed.set()

    with background.turn():
        thread = threading.Thread(target=give_way)
        thread.start()
        assert not passed.wait(0.03)
        assert passed.wait(30)
    thread.join()
    passed.clear()
    give_way()
    assert passed.is_set()
