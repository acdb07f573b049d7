"""Asks programs over HTTP whether they do their work."""

from collections.abc import Awaitable, Callable

import aiohttp

PATIENCE = aiohttp.ClientTimeout(total=5)


def answers(url: str, token: str = "") -> Callable[[], Awaitable[bool]]:
    """A question for `Program.healthy`: whether GET `url` answers 200 within seconds."""

    async def ask() -> bool:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            async with (
                aiohttp.ClientSession(timeout=PATIENCE, headers=headers) as session,
                session.get(url, allow_redirects=False) as answer,
            ):
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    return ask
