"""Calls the service's internal API, as actions may."""

import asyncio
import os
from collections.abc import Mapping
from typing import Any

import aiohttp

TIMEOUT = aiohttp.ClientTimeout(total=3)


class ServiceUnavailable(Exception):
    """The service can't be reached, refuses us, or answered something unreadable. The message says which."""


class Refused(Exception):
    """The service says no to what was asked; `status` is its HTTP status."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the service answered {status}")
        self.status = status


async def call(
    method: str, path: str, body: Mapping[str, Any] | None = None, environment: Mapping[str, str] = os.environ
) -> Any:
    """The JSON that the service answers. `path` begins behind /internal/v1/.

    Raises ServiceUnavailable, or Refused for 404 and 409.
    """
    base = environment.get("FRONTDOOR_INTERNAL_URL") or f"http://127.0.0.1:{environment.get('FRONTDOOR_PORT', '8080')}"
    headers = {"Authorization": f"Bearer {environment.get('FRONTDOOR_INTERNAL_TOKEN', '')}"}
    url = f"{base.rstrip('/')}/internal/v1/{path}"
    try:
        async with (
            aiohttp.ClientSession(headers=headers, timeout=TIMEOUT) as session,
            session.request(method, url, json=body, allow_redirects=False) as response,
        ):
            if response.status in (404, 409):
                raise Refused(response.status)
            if response.status not in (200, 201):
                raise ServiceUnavailable(f"the service answered {response.status}")
            return await response.json()
    except (aiohttp.ClientError, asyncio.TimeoutError, ValueError) as error:
        raise ServiceUnavailable(f"the service can't be reached: {type(error).__name__}") from error
