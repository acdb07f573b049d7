"""Opening hours: ordinary days, holidays, nights, and the two nights a year when clocks jump."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.hours import DAY_MINUTES, Hours, Span

SHANGHAI, BERLIN, APIA = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin"), ZoneInfo("Pacific/Apia")
ZONES = [ZoneInfo(name) for name in ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
                                     "Africa/Cairo", "America/Santiago", "Asia/Kathmandu")]  # fmt: skip
WEEKDAYS = ((Span.parse("09:00-18:00"),),) * 5 + ((), ())


def ms(text: str) -> int:
    """An instant from ISO 8601."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def hours(*, zone: ZoneInfo = SHANGHAI, weekly: tuple[tuple[Span, ...], ...] = WEEKDAYS, **special: str) -> Hours:
    """Hours with special dates such as `d2027_01_01="10:00-12:00"` (empty: closed)."""
    dates = {
        date.fromisoformat(name[1:].replace("_", "-")): (Span.parse(text),) if text else ()
        for name, text in special.items()
    }
    return Hours(zone=zone, weekly=weekly, special=dates)


def test_an_ordinary_week() -> None:
    week = hours()
    assert week.is_open(ms("2026-11-20T09:00:00+08:00"))
    assert not week.is_open(ms("2026-11-20T18:00:00+08:00"))
    assert week.closes_at(ms("2026-11-20T12:00:00+08:00")) == ms("2026-11-20T18:00:00+08:00")
    assert week.opens_at(ms("2026-11-20T18:00:00+08:00")) == ms("2026-11-23T09:00:00+08:00")
    assert week.opens_at(ms("2026-11-20T12:00:00+08:00")) is None
    assert week.closes_at(ms("2026-11-21T12:00:00+08:00")) is None


def test_holidays_replace_the_day() -> None:
    week = hours(d2027_01_01="10:00-12:00", d2027_01_04="")
    assert not week.is_open(ms("2027-01-01T09:30:00+08:00"))
    assert week.closes_at(ms("2027-01-01T10:00:00+08:00")) == ms("2027-01-01T12:00:00+08:00")
    assert week.opens_at(ms("2027-01-01T12:00:00+08:00")) == ms("2027-01-05T09:00:00+08:00")


def test_a_night_shift_is_one_stretch() -> None:
    night = hours(weekly=((Span.parse("22:00-24:00"), Span.parse("00:00-06:00")),) * 7)
    assert night.closes_at(ms("2026-11-20T23:00:00+08:00")) == ms("2026-11-21T06:00:00+08:00")


def test_always_open_never_closes_and_never_open_never_opens() -> None:
    at = ms("2026-11-20T23:00:00+08:00")
    always = hours(weekly=((Span(0, DAY_MINUTES),),) * 7)
    assert always.is_open(at)
    assert (always.opens_at(at), always.closes_at(at)) == (None, None)
    assert hours(weekly=((),) * 7).opens_at(at) is None


def test_times_that_a_change_skips_mean_the_moment_of_the_change() -> None:
    spring = hours(zone=BERLIN, weekly=((Span.parse("02:15-02:45"), Span.parse("02:50-10:00")),) * 7)
    assert spring.opens_at(ms("2027-03-28T01:59:00+01:00")) == ms("2027-03-28T03:00:00+02:00")
    until = hours(zone=BERLIN, weekly=((Span.parse("01:00-02:30"),),) * 7)
    assert until.closes_at(ms("2027-03-28T01:30:00+01:00")) == ms("2027-03-28T03:00:00+02:00")


def test_of_times_that_come_twice_opening_means_the_first_and_closing_the_second() -> None:
    autumn = hours(zone=BERLIN, weekly=((Span.parse("02:15-02:45"),),) * 7)
    assert autumn.opens_at(ms("2026-10-25T01:00:00+02:00")) == ms("2026-10-25T02:15:00+02:00")
    assert autumn.closes_at(ms("2026-10-25T02:20:00+02:00")) == ms("2026-10-25T02:45:00+01:00")


def test_a_day_that_a_zone_skipped_has_no_hours() -> None:
    apia = hours(zone=APIA, weekly=((Span.parse("09:00-17:00"),),) * 7)
    after_thursday = apia.opens_at(ms("2011-12-29T17:00:00-10:00"))
    assert after_thursday == ms("2011-12-31T09:00:00+14:00")


spans = st.tuples(st.integers(0, DAY_MINUTES - 1), st.integers(1, 600)).map(
    lambda pair: Span(pair[0], min(DAY_MINUTES, pair[0] + pair[1]))
)
days = st.lists(spans, max_size=3).map(
    lambda found: tuple(
        span
        for index, span in enumerate(sorted(found))
        if all(span.start >= earlier.end for earlier in sorted(found)[:index])
    )
)
weeks = st.tuples(*[days] * 7)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)).map(  # noqa: DTZ001 - made aware in the next line
    lambda naive: round(naive.replace(tzinfo=UTC).timestamp() * 1000)
)


@given(zone=st.sampled_from(ZONES), weekly=weeks, at=moments, closed=st.integers(-3, 3))
def test_open_until_it_closes_closed_until_it_opens(
    zone: ZoneInfo, weekly: tuple[tuple[Span, ...], ...], at: int, closed: int
) -> None:
    holiday = datetime.fromtimestamp(at / 1000, zone).date() + timedelta(days=closed)
    week = Hours(zone=zone, weekly=weekly, special={holiday: ()})
    opens, closes = week.opens_at(at), week.closes_at(at)
    if week.is_open(at):
        assert opens is None
        if closes is not None:
            assert at < closes
            assert week.is_open(closes - 1)
            assert not week.is_open(closes)
            assert week.is_open((at + closes) // 2)
    else:
        assert closes is None
        if opens is not None:
            assert at < opens
            assert week.is_open(opens)
            assert not week.is_open(opens - 1)
            assert not week.is_open((at + opens) // 2)
            assert datetime.fromtimestamp(opens / 1000, zone).date() != holiday
        else:
            assert not any(weekly)


@pytest.mark.parametrize("text", ["9-18", "18:00-09:00", "09:00-09:00", "09:60-10:00", "23:00-24:01", "", "09:00"])
def test_what_is_not_a_span(text: str) -> None:
    with pytest.raises(ValueError, match=r"09:00-18:00|24:00|midnight"):
        Span.parse(text)
