"""Keeps what customers write out of Rasa's logs, which otherwise carry it in structured fields and in exceptions'
locals."""

import json
import logging
from types import TracebackType

SAFE_FIELDS = frozenset(
    {"event", "event_info", "level", "action_name", "status", "url", "arg", "key", "len_extraction_events"}
)


class Scrubber(logging.Filter):
    """A filter for handlers: of structured records only harmless fields stay, of exceptions only their kind and
    place."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        record.msg, record.args = _without_text(message), ()
        if record.exc_info:
            record.msg = f"{record.msg} [{describe(record.exc_info[1])}]"
        record.exc_info = record.exc_text = record.stack_info = None
        return True


def install() -> None:
    """Put a scrubber on every handler of the root logger that has none."""
    for handler in logging.getLogger().handlers:
        if not any(isinstance(present, Scrubber) for present in handler.filters):
            handler.addFilter(Scrubber())


def _without_text(message: str) -> str:
    if not message.startswith("{"):
        return message
    try:
        fields = json.loads(message)
    except ValueError:
        return message
    return json.dumps({name: value for name, value in fields.items() if name in SAFE_FIELDS}, ensure_ascii=False)


def describe(error: BaseException | None) -> str:
    """An exception and its causes, each as its class and the line it was raised at; never its message."""
    links = []
    while error is not None:
        links.append(f"{type(error).__name__} at {_place(error.__traceback__)}")
        error = error.__cause__ or error.__context__
    return " from ".join(links)


def _place(trace: TracebackType | None) -> str:
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace is not None else "?"
