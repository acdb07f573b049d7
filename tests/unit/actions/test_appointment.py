"""Booking call-backs and visits, with a real server that stands in for the service."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest
from aiohttp import web

from actions import appointment
from actions.appointment import ActionBookAppointment, ActionCancelAppointment, ValidateAppointmentForm
from actions.booking import Slot
from actions.clock import BEIJING
from actions.day_words import meant
from tests.unit.actions.conftest import ANNA, Conversation, Heard

TODAY = datetime(2026, 11, 27, tzinfo=BEIJING)  # a Friday


def slot(day: int, hour: int) -> dict[str, Any]:
    moment = TODAY.replace(day=day, hour=hour)
    return {
        "start": int(moment.timestamp() * 1000),
        "end": 0,
        "title": f"{moment:%a} {day} Nov {hour}:00",
        "when": f"on {moment:%A}, {day} November, {hour}:00",
    }


SLOTS = [slot(day, hour) for day in (27, 28, 30) for hour in (9, 14, 18)]


class Service:
    """The internal API of appointments."""

    def __init__(self) -> None:
        self.slots, self.appointments = list(SLOTS), [{"id": "A1", "kind": "visit", "title": "on Monday"}]
        self.status = 201
        self.booked: list[dict[str, Any]] = []
        self.cancelled: list[str] = []
        self.asked: list[str] = []

    async def free(self, request: web.Request) -> web.Response:
        self.asked.append(request.path_qs)
        return web.json_response({"slots": self.slots})

    async def book(self, request: web.Request) -> web.Response:
        if self.status == 201:
            self.booked.append(await request.json())
        return web.json_response({}, status=self.status)

    async def upcoming(self, _: web.Request) -> web.Response:
        return web.json_response({"appointments": self.appointments})

    async def cancel(self, request: web.Request) -> web.Response:
        self.cancelled.append(request.match_info["id"])
        return web.json_response({"ok": True})


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Service]:
    service, app = Service(), web.Application()
    app.router.add_get("/internal/v1/appointments/{kind}/slots", service.free)
    of_conversation = "/internal/v1/conversations/conversation-1/appointments"
    app.router.add_post(of_conversation, service.book)
    app.router.add_get(of_conversation, service.upcoming)
    app.router.add_delete(of_conversation + "/{id}", service.cancel)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    monkeypatch.setenv("FRONTDOOR_INTERNAL_URL", f"http://127.0.0.1:{runner.addresses[0][1]}")
    monkeypatch.setattr(appointment, "beijing_today", TODAY.date)
    yield service
    await runner.cleanup()


@pytest.fixture
def form(service: Service) -> Conversation:
    return Conversation(ValidateAppointmentForm())


def titles(heard: Heard) -> list[str]:
    return [button["title"] for button in heard.messages[0].get("buttons", [])]


async def then_book(form: Conversation) -> Heard:
    action = Conversation(ActionBookAppointment())
    action.slots, action.events = form.slots, form.events
    return await action.turn("yes", "affirm")


async def test_a_call_back_is_booked(form: Conversation, service: Service) -> None:
    heard = await form.turn("call me back", "request_callback")
    assert heard.responses == ["say_offer_callback"]
    assert titles(heard) == [each["title"] for each in SLOTS[:5]] + ["Other times"]
    heard = await form.turn("", appointment_start=str(SLOTS[1]["start"]))
    assert heard.responses == ["say_ask_appointment_phone"]
    heard = await form.turn("１３８ ００１３ ８０００")
    assert heard.responses == ["say_confirm_callback"]
    assert (heard.messages[0]["when"], heard.messages[0]["phone"]) == (SLOTS[1]["when"], "13800138000")
    assert (await form.turn("yes", "affirm")).responses == []
    assert form.slots["requested_slot"] is None
    assert (await then_book(form)).responses == ["say_appointment_booked"]
    (wish,) = service.booked
    assert (wish["kind"], wish["start"], wish["phone"]) == ("callback", SLOTS[1]["start"], "13800138000")
    assert form.slots["appointment_start"] is None or form.slots["appointment_confirmed"] is None


async def test_a_visit_needs_an_address(form: Conversation, service: Service) -> None:
    assert (await form.turn("预约上门", "request_visit", language="zh")).responses == ["say_offer_visit"]
    assert service.asked == ["/internal/v1/appointments/visit/slots?language=zh&limit=60"]
    assert (await form.turn("明天上午", language="zh")).responses == ["say_ask_appointment_address"]
    assert (await form.turn("家里", language="zh")).responses == ["say_appointment_address_unclear"]
    heard = await form.turn("杭州市西湖区文三路 90 号 2 幢 301", language="zh")
    assert heard.responses == ["say_ask_appointment_phone"]
    heard = await form.turn("13912345678", language="zh")
    assert heard.responses == ["say_confirm_visit"]
    assert heard.messages[0]["address"] == "杭州市西湖区文三路 90 号 2 幢 301"


async def test_times_in_words_narrow_what_is_offered(form: Conversation) -> None:
    await form.turn("call me", "request_callback")
    heard = await form.turn("tomorrow")
    assert (heard.responses, titles(heard)) == (["say_offer_times"], [each["title"] for each in SLOTS[3:6]])
    heard = await form.turn("on Sunday")
    assert heard.responses == ["say_appointment_time_unclear"]
    assert titles(heard)[-1] == "Other times"
    assert (await form.turn("monday evening")).responses == ["say_ask_appointment_phone"]


async def test_more_times_and_another_time(form: Conversation) -> None:
    await form.turn("call me on 13800138000", "request_callback")
    heard = await form.turn("", appointment_start="more")
    assert titles(heard) == [each["title"] for each in SLOTS[5:9]]
    assert (await form.turn(SLOTS[6]["title"])).responses == ["say_confirm_callback"]
    assert (await form.turn("", "deny")).responses == ["say_offer_callback"]
    assert form.slots["requested_slot"] == "appointment_start"


async def test_a_button_of_an_old_list_chooses_anew(form: Conversation) -> None:
    await form.turn("call me on 13800138000", "request_callback")
    await form.turn("", appointment_start=str(SLOTS[0]["start"]))
    heard = await form.turn("", appointment_start=str(SLOTS[2]["start"]))
    assert heard.responses == ["say_confirm_callback"]
    assert heard.messages[0]["when"] == SLOTS[2]["when"]


async def test_a_customer_who_is_known_need_not_say_their_number(form: Conversation) -> None:
    await form.turn("call me", "request_callback", context=ANNA | {"phone": "13800138000"})
    heard = await form.turn("", appointment_start=str(SLOTS[0]["start"]), context=ANNA | {"phone": "13800138000"})
    assert heard.responses == ["say_confirm_callback"]


async def test_a_time_that_is_gone_and_a_service_that_is_away_are_said(form: Conversation, service: Service) -> None:
    await form.turn("call me on 13800138000", "request_callback")
    await form.turn("", appointment_start=str(SLOTS[0]["start"]))
    await form.turn("yes", "affirm")
    service.status = 409
    kept = dict(form.slots)
    assert (await then_book(form)).responses == ["say_appointment_gone_callback"]
    form.slots = kept
    service.status = 500
    assert (await then_book(form)).responses == ["say_appointments_unavailable"]


async def test_when_everything_is_taken_a_person_is_offered(form: Conversation, service: Service) -> None:
    service.slots = []
    assert (await form.turn("call me", "request_callback")).responses == ["say_appointment_no_time"]
    assert form.slots["requested_slot"] is None


async def test_the_next_appointment_is_cancelled(service: Service) -> None:
    action = Conversation(ActionCancelAppointment())
    heard = await action.turn("cancel my appointment", "cancel_appointment")
    assert heard.responses == ["say_appointment_cancelled"]
    assert service.cancelled == ["A1"]
    service.appointments = []
    assert (await action.turn("cancel my appointment", "cancel_appointment")).responses == ["say_appointment_none"]


@pytest.mark.parametrize(
    ("said", "hours"),
    [
        ("tomorrow", [9, 14, 18]), ("明天下午", [14]), ("Saturday at 14:00", [14]), ("28 November", [9, 14, 18]),
        ("Nov 28th, evening", [18]), ("11月28日晚上", [18]), ("28号 9点", [9]), ("周六下午2点", [14]),
        ("sat 6 pm", [18]), ("whenever you like", []), ("the day after tomorrow", []),
    ],
)  # fmt: skip
def test_what_is_meant_by_words_of_time(said: str, hours: list[int]) -> None:
    slots = [Slot(start=each["start"], title=each["title"]) for each in SLOTS]
    found = meant(said, slots, TODAY.date())
    assert [each.moment.hour for each in found] == hours
    assert all(each.moment.day == 28 for each in found)
