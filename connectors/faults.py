"""Logs unexpected failures without what customers wrote: the messages of database errors quote their parameters."""

import logging
import traceback


def log_fault(logger: logging.Logger, doing: str, error: BaseException) -> None:
    """Log the kind of `error` and where it happened, not its text."""
    where = "".join(traceback.format_tb(error.__traceback__))
    logger.error("%s failed with %s\n%s", doing, type(error).__name__, where)
