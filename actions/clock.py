"""The company's time: Beijing, UTC+8 all year."""

from datetime import date, datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))


def beijing_today() -> date:
    """Today's date where the company is."""
    return datetime.now(BEIJING).date()
