"""Logs: one event a line with its facts, for people or for machines; never secrets, and message text at debug only.

Bind what every following line shall carry with `structlog.contextvars.bind_contextvars(conversation=…)`.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor

from frontdoor.sections import Logs

SECRET_NAMES = (
    "password",
    "secret",
    "token",
    "authorization",
    "cookie",
    "api_key",
    "apikey",
    "session_key",
    "smtp_url",
)
TEXT_NAMES = frozenset({"text", "content", "body", "question", "comment", "transcript", "briefing", "payload", "note"})
HIDDEN = "[hidden]"

_IN_ADDRESS = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)[^/\s:@]*:[^/\s@]*@")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_BREAK = re.compile(r"[\n\t]")
_BEARER = re.compile(r"(?P<kind>bearer|basic)\s+[\w~+/.=-]+", re.IGNORECASE)
_QUIET = {
    "aiohttp.access": logging.WARNING,
    "alembic": logging.WARNING,
    "socketio": logging.WARNING,
    "engineio": logging.WARNING,
    "presidio-analyzer": logging.WARNING,
}


def configure(logs: Logs, stream: TextIO | None = None) -> None:
    """Send everything, ours and the libraries', to `stream` (standard error) as the settings say."""
    stream = stream or sys.stderr
    level = logging.getLevelNamesMapping()[logs.level.upper()]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        hide_secrets,
        one_line,
        *([] if level <= logging.DEBUG else [hide_text]),
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer(logs.format, stream)],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name, least in _QUIET.items():
        logging.getLogger(name).setLevel(max(level, least))


def hide_secrets(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Replace values under secret-sounding names, and passwords and tokens inside any text."""
    return {name: HIDDEN if _is_secret(name) else _cleaned(value) for name, value in event.items()}


def one_line(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Show control characters as escapes, so that nobody outside can write lines of their own into the log."""
    return {name: _escaped(value, keep_lines=name == "exception") for name, value in event.items()}


def hide_text(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Replace what people wrote by its length."""
    return {name: _length(value) if name in TEXT_NAMES else value for name, value in event.items()}


def _renderer(kind: str, stream: TextIO) -> Processor:
    if kind == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback)


def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in SECRET_NAMES)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return _BEARER.sub(rf"\g<kind> {HIDDEN}", _IN_ADDRESS.sub(rf"\g<scheme>{HIDDEN}@", value))
    if isinstance(value, MutableMapping):
        return {name: HIDDEN if _is_secret(str(name)) else _cleaned(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(inner) for inner in value]
    return value


def _escaped(value: Any, *, keep_lines: bool) -> Any:
    if not isinstance(value, str):
        return value
    shown = _UNPRINTABLE.sub(_escape, value)
    return shown if keep_lines else _BREAK.sub(_escape, shown)


def _escape(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode()


def _length(value: Any) -> str:
    return f"[{len(value)} characters]" if isinstance(value, str) else "[hidden]"
