"""python-telegram-bot's requests, and what their failures mean.

The library tells too little apart for us: any 5xx, a 429 without a pause and a broken connection are one
`NetworkError`. `Wire` names what it would blur; everything else keeps the library's own exceptions. The bot's token is
part of every address, so nothing that could show an address is ever logged or raised.
"""

import json
import logging
from typing import Any

import httpx
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, NetworkError, TelegramError
from telegram.request import HTTPXRequest

from connectors.errors import OutcomeUnknown, SendError, TryLater, Undeliverable, Unreachable
from connectors.vendor import LONGEST_PAUSE_S, failure_of

CONNECT_S = 5.0
ANSWER_S = 20.0
UPLOAD_S = 25.0
CONNECTIONS = 64
TOLD_BY_THE_LIBRARY = frozenset({400, 401, 403, 404, 409})
"""Statuses for which python-telegram-bot has an exception of its own."""
MENDED_AFTER_S = 60.0  # until somebody has put the right token in
REASON = 160  # characters


class Answered(NetworkError):
    """An answer that the library has no name for: a status with nothing in it that the API documents, or a pause."""

    def __init__(self, status: int, after: float | None = None) -> None:
        super().__init__(f"Telegram answered {status}")
        self.status, self.after = status, after


class Wire(HTTPXRequest):
    """Requests by connections that are never used twice: a kept one may be closed just as the message leaves."""

    def __init__(self) -> None:
        _keep_quiet()
        super().__init__(
            read_timeout=ANSWER_S,
            write_timeout=ANSWER_S,
            connect_timeout=CONNECT_S,
            media_write_timeout=UPLOAD_S,
            httpx_kwargs={
                "limits": httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=0),
                "trust_env": False,
            },
        )

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """As the library's own. Raises `Answered` for what the library would blur."""
        status, body = await super().do_request(*args, **kwargs)
        said = _object(body)
        if status == 429:
            raise Answered(status, _pause(said))
        if 200 <= status <= 299 and "result" in said:
            return status, body
        if status in TOLD_BY_THE_LIBRARY and "description" in said:
            return status, body
        raise Answered(status)


def failure(error: TelegramError) -> SendError:
    """What an exception of the library means: https://docs.python-telegram-bot.org/en/stable/telegram.error.html.

    A connection that was not made and a refusal are certain; silence and a broken connection are not.
    """
    cause = error.__cause__
    match error:
        case Answered(status=429):
            return TryLater(error.message, after=error.after)
        case Answered(status=status):
            if 200 <= status <= 299:
                return OutcomeUnknown("Telegram's answer is not as documented")
            return failure_of("Telegram", status) or Undeliverable(error.message)
        case InvalidToken():
            return TryLater("Telegram does not know the bot's token", after=MENDED_AFTER_S)
        case Conflict() | ChatMigrated():
            return TryLater(_reason(error))
        case Forbidden() | BadRequest():
            return Undeliverable(_reason(error))
        case NetworkError() if isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
            return Unreachable("Telegram could not be reached (no connection)")
        case _:
            return OutcomeUnknown(f"Telegram did not answer ({type(cause or error).__name__})")


def _reason(error: TelegramError) -> str:
    return f"Telegram: {error.message}"[:REASON]


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _pause(said: dict[str, Any]) -> float | None:
    parameters = said.get("parameters")
    seconds = parameters.get("retry_after") if isinstance(parameters, dict) else None
    return min(float(seconds), LONGEST_PAUSE_S) if isinstance(seconds, int) and seconds >= 0 else None


def _keep_quiet() -> None:
    """These libraries log addresses, which hold the token, and at `DEBUG` what customers write."""
    for name, least in (("httpx", logging.WARNING), ("httpcore", logging.WARNING), ("telegram", logging.CRITICAL)):
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, least))
