"""Who sees which order."""

from typing import Any

import pytest

from actions.order_status import ActionShowOrder, ValidateOrderForm
from actions.orders import settings
from tests.unit.actions.conftest import ANNA, Conversation

pytestmark = pytest.mark.usefixtures("demo_orders")


@pytest.fixture
def form() -> Conversation:
    return Conversation(ValidateOrderForm())


async def show(form: Conversation, **context: Any) -> list[dict[str, Any]]:
    shown = Conversation(ActionShowOrder())
    shown.slots = form.slots
    return (await shown.turn("", "inform", context=context)).messages


async def test_a_stranger_gives_number_and_phone(form: Conversation) -> None:
    assert (await form.turn("where is my order?", "order_status")).responses == ["say_ask_order_number"]
    assert form.slots["requested_slot"] == "order_number"
    heard = await form.turn("HL2026110101")
    assert heard.responses == ["say_ask_order_proof"]
    assert heard.messages[0]["order_number"] == "HL2026110101"
    assert (await form.turn("+86 138-0013-8000")).responses == []
    assert form.slots["order_outcome"] == "found"
    assert form.slots["requested_slot"] is None
    message = (await show(form))[0]
    assert message["response"] == "say_order_shipped"
    assert "SF1400001000101" in message["parcels"]


@pytest.mark.parametrize(
    "text", ["HL2026110101, 13800138000", "HL2026110101 anna@EXAMPLE.com", "13800138000 is the phone for hl2026110101"]
)
async def test_both_in_one_message(form: Conversation, text: str) -> None:
    assert (await form.turn(text, "order_status")).responses == []
    assert form.slots["order_outcome"] == "found"


async def test_the_phone_may_come_first(form: Conversation) -> None:
    await form.turn("order status", "order_status")
    assert (await form.turn("13800138000")).responses == ["say_ask_order_number"]
    await form.turn("HL2026110101")
    assert form.slots["order_outcome"] == "found"


async def test_no_such_order_and_a_wrong_phone_sound_the_same(form: Conversation) -> None:
    other = Conversation(ValidateOrderForm())
    for conversation, number in ((form, "HL2026110101"), (other, "HL2026999999")):
        await conversation.turn("order status", "order_status")
        asked = await conversation.turn(number)
        refused = await conversation.turn("13999999999")
        assert asked.responses == ["say_ask_order_proof"]
        assert refused.responses == ["say_order_no_match"]
    assert form.slots == other.slots


async def test_three_wrong_tries_lock_the_conversation(form: Conversation) -> None:
    await form.turn("order status", "order_status")
    for number in ("HL2026110101", "HL2026110102"):
        assert (await form.turn(f"{number} 13999999999")).responses == ["say_order_no_match"]
        assert form.slots["requested_slot"] == "order_number"
    assert (await form.turn("HL2026110103 13999999999")).responses == []
    assert form.slots["order_outcome"] == "locked"
    assert form.slots["requested_slot"] is None
    await form.turn("HL2026110101 13800138000", "order_status")
    assert form.slots["order_outcome"] == "locked"
    await form.turn("order status", "order_status")
    assert form.slots["order_outcome"] == "locked"


async def test_a_verified_customer_needs_no_proof_even_when_locked(form: Conversation) -> None:
    form.slots["order_failures"] = 3
    await form.turn("where is HL2026110101", "order_status", context=ANNA)
    assert form.slots["order_outcome"] == "found"
    assert (await show(form, **ANNA))[0]["response"] == "say_order_shipped"


async def test_a_verified_customer_chooses_from_recent_orders(form: Conversation) -> None:
    heard = await form.turn("where is my order?", "order_status", context=ANNA)
    assert heard.responses == ["say_choose_order"]
    titles = [button["title"] for button in heard.messages[0]["buttons"]]
    assert titles == [
        "HL2026110101 Rice cooker RC-40",
        "HL2026110102 Air purifier AP-300 and more",
        "HL2026110103 Air conditioner 1.5 hp",
    ]
    payload = heard.messages[0]["buttons"][1]["payload"]
    assert payload == '/order_status{"order_number": "HL2026110102"}'
    await form.turn("\u2060" + payload, "order_status", context=ANNA, order_number="HL2026110102")
    assert form.slots["order_outcome"] == "found"


async def test_somebody_elses_order_needs_proof_even_from_a_verified_customer(form: Conversation) -> None:
    assert (await form.turn("HL2026110104", "order_status", context=ANNA)).responses == ["say_ask_order_proof"]
    await form.turn("wei.zhang@example.com", context=ANNA)
    assert form.slots["order_outcome"] == "found"


async def test_an_unverified_user_id_opens_nothing(form: Conversation) -> None:
    claimed = ANNA | {"verified": False}
    assert (await form.turn("HL2026110101", "order_status", context=claimed)).responses == ["say_ask_order_proof"]
    assert (await form.turn("order status", "another_order", context=ANNA | {"verified": "yes"})).responses == [
        "say_ask_order_number"
    ]


async def test_signing_out_ends_the_view(form: Conversation) -> None:
    await form.turn("HL2026110101", "order_status", context=ANNA)
    assert (await show(form))[0]["response"] == "utter_orders_unavailable"


async def test_an_order_once_proven_is_shown_again_and_another_can_be_asked_for(form: Conversation) -> None:
    await form.turn("HL2026110101 13800138000", "order_status")
    assert (await form.turn("any news of my order?", "order_status")).responses == []
    assert form.slots["order_outcome"] == "found"
    assert (await form.turn("another order", "another_order")).responses == ["say_ask_order_number"]
    await form.turn("HL2026110102")
    assert form.slots["order_outcome"] == "found"  # the phone given before opens it too


async def test_unclear_answers_are_explained(form: Conversation) -> None:
    await form.turn("order status", "order_status")
    assert (await form.turn("the blue one")).responses == ["say_order_number_unclear"]
    assert (await form.turn("HL123")).responses == ["say_order_number_unclear"]
    assert (await form.turn("where is my order", "order_status")).responses == ["say_order_number_unclear"]
    await form.turn("HL2026110101")
    assert (await form.turn("my dog's name")).responses == ["say_order_proof_unclear"]
    assert (await form.turn("sorry, HL2026110102")).responses == ["say_ask_order_proof"]
    assert form.slots["order_number"] == "HL2026110102"
    assert form.slots["order_failures"] == 0


async def test_an_interruption_fills_nothing_and_is_followed_by_the_question(form: Conversation) -> None:
    await form.turn("order status", "order_status")
    heard = await form.turn("how long does delivery take?", "kb_answer")
    assert heard.responses == ["say_resume_order_number"]
    assert [event["name"] for event in heard.events] == ["requested_slot"]
    await form.turn("HL2026110101")
    assert (await form.turn("how long does delivery take?", "kb_answer")).responses == ["say_resume_order_proof"]
    assert (await form.turn("say that again", "repeat")).responses == []


async def test_three_interruptions_in_a_row_leave_the_form(form: Conversation) -> None:
    await form.turn("where is my order", "order_status")
    for _ in range(2):
        assert (await form.interrupt()).responses == ["say_resume_order_number"]
    assert (await form.interrupt()).responses == ["say_form_left"]
    assert (form.slots["requested_slot"], form.slots["order_outcome"]) == (None, "left")
    assert (await form.turn("where is my order", "order_status")).responses == ["say_ask_order_number"]
    assert form.slots["order_outcome"] is None


async def test_an_order_system_that_is_down_is_said_so(form: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRONTDOOR_ORDER_SOURCE", "http")
    monkeypatch.setenv("FRONTDOOR_ORDER_URL", "http://127.0.0.1:9")
    settings.order_source.cache_clear()
    await form.turn("HL2026110101 13800138000", "order_status")
    assert form.slots["order_outcome"] == "unavailable"
    assert form.slots["requested_slot"] is None


async def test_logs_carry_no_personal_data(
    form: Conversation, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="actions")
    monkeypatch.setenv("FRONTDOOR_ORDER_SOURCE", "http")
    monkeypatch.setenv("FRONTDOOR_ORDER_URL", "http://127.0.0.1:9")
    settings.order_source.cache_clear()
    await form.turn("HL2026110101 13800138000", "order_status")
    assert caplog.messages == ["orders: OrdersUnavailable: the order system can't be reached: ClientConnectorError"]
