"""A whole trial of an endpoint: all checks, or some."""

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack

from frontdoor.conformance.client import Client
from frontdoor.conformance.events import EVENTS
from frontdoor.conformance.kit import Check, Kit, Result, run
from frontdoor.conformance.listener import Listener
from frontdoor.conformance.requests import REQUESTS

CHECKS = (*REQUESTS, *EVENTS)


def chosen(names: Sequence[str]) -> list[Check]:
    """The checks of these names, or all. Raises ValueError, which names what there is."""
    known = {each.name: each for each in CHECKS}
    if unknown := sorted(set(names) - set(known)):
        raise ValueError(f"there is no check {', '.join(unknown)}; known are {', '.join(known)}")
    return [each for each in CHECKS if not names or each.name in names]


async def trial(
    url: str, secret: str, checks: Sequence[Check], progress: Callable[[str], None],
    *, listen: tuple[str, int] | None = None, patience_s: float = 15,
) -> list[Result]:  # fmt: skip
    """Try an endpoint. `listen` is where its events come; raises OSError when nobody can listen there."""
    async with AsyncExitStack() as stack:
        listener = None
        if listen is not None:
            listener = await stack.enter_async_context(Listener(*listen, secret, patience_s=patience_s))
        client = await stack.enter_async_context(Client(url, secret))
        return await run(Kit(client=client, listener=listener), checks, progress)
