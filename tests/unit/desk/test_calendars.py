"""Days that differ from their weekday: public holidays, Chinese make-up workdays, calendar files, and dates by hand."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.calendars import of_country, without
from desk.hours import DAY_MINUTES, Span
from desk.tiers import Tiers, TiersError, load_tiers, parse_tiers

ROOT = Path(__file__).parents[3]
SHANGHAI = ZoneInfo("Asia/Shanghai")
EVENT = "BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:Closed\r\n{lines}\r\nEND:VEVENT\r\n"


@pytest.fixture
def data() -> Any:
    data = yaml.safe_load((ROOT / "tiers.yml").read_text(encoding="utf-8"))
    weekly = {day: ["09:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
    data["hours"] = {"time_zone": "Asia/Shanghai", "weekly": weekly | {"mon": ["08:00-17:00"]}}
    return data


def is_open(tiers: Tiers, year: int, month: int, day: int, hour: int, minute: int = 0) -> bool:
    at = datetime(year, month, day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)
    return tiers.hours.compiled().is_open(round(at.timestamp() * 1000))


def with_file(data: Any, folder: Path, *events: str) -> Tiers:
    body = "".join(EVENT.format(uid=uid, lines=lines) for uid, lines in enumerate(events))
    text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\n{body}END:VCALENDAR\r\n"
    (folder / "closures.ics").write_text(text, encoding="utf-8", newline="")
    data["hours"]["ics"] = "closures.ics"
    return parse_tiers(data, folder)


def test_chinese_holidays_are_closed_and_the_weekends_for_them_are_worked(data: Any) -> None:
    data["hours"]["calendar"] = ["CN"]
    tiers = parse_tiers(data)
    assert not is_open(tiers, 2026, 10, 1, 10)  # National Day, a Thursday
    assert is_open(tiers, 2026, 10, 10, 8)  # a Saturday that is worked instead, with Monday's hours
    assert not is_open(tiers, 2026, 10, 10, 17)
    assert not is_open(tiers, 2026, 10, 17, 10)  # any other Saturday


def test_a_worked_weekend_may_have_the_hours_of_another_day(data: Any) -> None:
    data["hours"] |= {"calendar": ["CN"], "workdays_like": "fri"}
    tiers = parse_tiers(data)
    assert not is_open(tiers, 2026, 10, 10, 8)
    assert is_open(tiers, 2026, 10, 10, 17)


def test_a_desk_of_seven_days_is_closed_on_the_weekend_within_a_holiday(data: Any) -> None:
    data["hours"] |= {"calendar": ["CN"]}
    data["hours"]["weekly"] |= {"sat": ["09:00-18:00"], "sun": ["09:00-18:00"]}
    tiers = parse_tiers(data)
    assert not is_open(tiers, 2026, 2, 21, 10)  # a Saturday within the Spring Festival
    assert is_open(tiers, 2026, 3, 7, 10)


def test_a_year_that_is_not_announced_has_the_days_of_the_law_and_says_so(data: Any) -> None:
    data["hours"]["calendar"] = ["CN"]
    tiers = parse_tiers(data)
    assert tiers.unknown_years(date(2099, 1, 1)) == [2099, 2100]
    assert tiers.unknown_years(date(2025, 6, 1)) == []
    assert date(2099, 10, 1) in of_country("CN", 2099).closed
    assert not of_country("CN", 2099).worked


def test_dates_by_hand_come_before_the_calendar(data: Any) -> None:
    day = {"date": date(2026, 10, 1), "name": {"en": "On duty", "zh": "值班"}, "open": ["10:00-12:00"]}
    data["hours"] |= {"calendar": ["CN"], "holidays": [day]}
    assert is_open(parse_tiers(data), 2026, 10, 1, 11)


def test_other_countries_and_their_parts_have_holidays_too(data: Any) -> None:
    data["hours"]["calendar"] = ["DE-BY"]
    tiers = parse_tiers(data)
    assert not is_open(tiers, 2026, 1, 6, 10)  # Epiphany, in Bavaria only
    data["hours"]["calendar"] = ["DE"]
    assert is_open(parse_tiers(data), 2026, 1, 6, 10)


def test_events_of_a_file_close_the_desk_while_they_last(data: Any, tmp_path: Path) -> None:
    tiers = with_file(
        data,
        tmp_path,
        "DTSTART;VALUE=DATE:20261208\r\nDTEND;VALUE=DATE:20261209",  # a Tuesday, all day
        "DTSTART;TZID=Asia/Shanghai:20261209T120000\r\nDTEND;TZID=Asia/Shanghai:20261209T133000",
        "DTSTART;VALUE=DATE:20261210\r\nDTEND;VALUE=DATE:20261211\r\nTRANSP:TRANSPARENT",
        "DTSTART;VALUE=DATE:20261211\r\nDTEND;VALUE=DATE:20261212\r\nSTATUS:CANCELLED",
    )
    assert not is_open(tiers, 2026, 12, 8, 10)
    assert [is_open(tiers, 2026, 12, 9, hour) for hour in (11, 12, 13, 14)] == [True, False, False, True]
    assert is_open(tiers, 2026, 12, 9, 13, 30)
    assert is_open(tiers, 2026, 12, 10, 10)
    assert is_open(tiers, 2026, 12, 11, 10)


def test_repeated_events_are_repeated(data: Any, tmp_path: Path) -> None:
    monthly = "DTSTART:20260901T010000Z\r\nDTEND:20260901T030000Z\r\nRRULE:FREQ=MONTHLY;BYDAY=1TU"  # 9 to 11 there
    tiers = with_file(data, tmp_path, f"{monthly}\r\nEXDATE:20261201T010000Z")
    assert not is_open(tiers, 2026, 11, 3, 10)
    assert is_open(tiers, 2026, 11, 3, 11)
    assert is_open(tiers, 2026, 12, 1, 10)
    assert not is_open(tiers, 2027, 1, 5, 10)


@pytest.mark.parametrize(
    ("hours", "where", "words"),
    [
        ({"calendar": ["XX"]}, "hours.calendar.0", "no country whose holidays are known"),
        ({"ics": "missing.ics"}, "hours.ics.0", "cannot be read"),
        ({"ics": "broken.ics"}, "hours.ics.0", "not an iCalendar file"),
        ({"ics": 7}, "hours.ics", "tuple"),
        ({"workdays_like": "monday"}, "hours.workdays_like", "mon"),
    ],
)
def test_what_cannot_be_used_is_told(data: Any, tmp_path: Path, hours: Any, where: str, words: str) -> None:
    (tmp_path / "broken.ics").write_text("BEGIN:VCALENDAR\nnot a line", encoding="utf-8")
    data["hours"] |= hours
    with pytest.raises(TiersError) as error:
        parse_tiers(data, tmp_path)
    assert [(place, words in what) for place, what in error.value.problems] == [(where, True)]


def test_a_file_of_tiers_finds_its_calendar_beside_it(data: Any, tmp_path: Path) -> None:
    with_file(data, tmp_path, "DTSTART;VALUE=DATE:20261208\r\nDTEND;VALUE=DATE:20261209")
    text = yaml.safe_dump(data, allow_unicode=True, sort_keys=False)
    (tmp_path / "tiers.yml").write_text(text, encoding="utf-8")
    assert not is_open(load_tiers(tmp_path / "tiers.yml"), 2026, 12, 8, 10)


SPANS = st.lists(
    st.tuples(st.integers(0, DAY_MINUTES - 1), st.integers(1, DAY_MINUTES)).filter(lambda pair: pair[0] < pair[1]),
    max_size=4,
)


@settings(max_examples=60, deadline=None)
@given(SPANS, SPANS)
def test_what_is_taken_out_is_gone_and_the_rest_stays(open_: Any, off: Any) -> None:
    left = without([Span(*each) for each in open_], [Span(*each) for each in off])
    minutes = {each for start, end in open_ for each in range(start, end)}
    taken = {each for start, end in off for each in range(start, end)}
    assert {each for span in left for each in range(span.start, span.end)} == minutes - taken
