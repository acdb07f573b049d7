"""Hints that have come while nobody looked, taken together: who follows them one by one falls behind a flood, and what
does not fit into the bus's queue is lost.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable

from connectors.message import JSON

MOST = 20_000  # hints that wait at the same time; of more, the oldest are forgotten


async def gathered(hints: AsyncIterable[JSON]) -> AsyncGenerator[list[JSON], None]:
    """All that have come since the last look, in their order; at least one. Ends when `hints` do."""
    waiting, moved = deque[JSON](maxlen=MOST), asyncio.Event()

    async def hear() -> None:
        async for hint in hints:
            waiting.append(hint)
            moved.set()

    hearing = asyncio.create_task(hear())
    hearing.add_done_callback(lambda _: moved.set())
    try:
        while not hearing.done() or waiting:
            await moved.wait()
            moved.clear()
            if waiting:
                taken = list(waiting)
                waiting.clear()
                yield taken
        await hearing  # raises what ended it
    finally:
        hearing.cancel()
