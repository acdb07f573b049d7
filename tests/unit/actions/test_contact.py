"""Leaving and correcting contact details."""

import pytest

from actions.contact import ActionSaveContact, ValidateContactForm
from actions.given_details import ActionTakeDetails
from tests.unit.actions.conftest import ANNA, Conversation


@pytest.fixture
def form() -> Conversation:
    return Conversation(ValidateContactForm())


async def filled(form: Conversation) -> None:
    await form.turn("call me back", "leave_contact")
    await form.turn("Anna Lee")
    await form.turn("anna@example.com")


async def test_name_reach_and_confirmation(form: Conversation) -> None:
    assert (await form.turn("I want to leave my details", "leave_contact")).responses == ["say_ask_contact_name"]
    heard = await form.turn("Anna Lee")
    assert heard.responses == ["say_ask_contact_reach"]
    assert heard.messages[0]["name"] == "Anna Lee"
    heard = await form.turn("１３８ ００１３ ８０００")
    assert heard.responses == ["say_confirm_contact"]
    assert heard.messages[0]["details"] == "- Name: Anna Lee\n- Phone: 13800138000"
    assert (await form.turn("yes", "affirm")).responses == []
    assert form.slots["requested_slot"] is None
    assert form.slots["contact_confirmed"] is True


async def test_everything_in_one_message_in_chinese(form: Conversation) -> None:
    await form.turn("给我回电", "leave_contact", language="zh")
    heard = await form.turn("我叫张伟，13912345678，wei@example.com", language="zh")
    assert heard.responses == ["say_confirm_contact"]
    assert heard.messages[0]["details"] == "- 姓名：张伟\n- 邮箱：wei@example.com\n- 电话：13912345678"


async def test_correction_before_confirming(form: Conversation) -> None:
    await filled(form)
    heard = await form.turn("no, my e-mail is anna.lee@example.org")
    assert heard.responses == ["say_confirm_contact"]
    assert heard.messages[0]["details"] == "- Name: Anna Lee\n- E-mail: anna.lee@example.org"
    assert (await form.turn("no", "deny")).responses == ["say_what_to_correct"]
    heard = await form.turn("Anna Li")
    assert heard.messages[0]["details"] == "- Name: Anna Li\n- E-mail: anna.lee@example.org"
    await form.turn("yes", "affirm")
    assert form.slots["contact_confirmed"] is True


async def test_yes_with_a_new_address_is_not_yet_confirmed(form: Conversation) -> None:
    await filled(form)
    assert (await form.turn("yes but use b@example.org", "affirm")).responses == ["say_confirm_contact"]
    assert form.slots["contact_confirmed"] is None


async def test_unclear_answers_are_explained(form: Conversation) -> None:
    await form.turn("call me", "leave_contact")
    assert (await form.turn("why do you need that")).responses == ["say_contact_name_unclear"]
    await form.turn("Anna")
    assert (await form.turn("anna@example")).responses == ["say_contact_reach_unclear"]
    assert (await form.turn("1380013800")).responses == ["say_contact_reach_unclear"]
    await form.turn("13800138000")
    assert (await form.turn("hmm?")).responses == ["say_confirm_contact"]
    assert form.slots["contact_name"] == "Anna"


async def test_a_verified_customer_only_confirms(form: Conversation) -> None:
    heard = await form.turn("call me back", "leave_contact", context=ANNA)
    assert heard.responses == ["say_confirm_contact"]
    assert heard.messages[0]["details"] == "- Name: Anna Lee\n- E-mail: anna@example.com"


async def test_an_interruption_fills_nothing(form: Conversation) -> None:
    await form.turn("call me", "leave_contact")
    heard = await form.turn("are you open on Sunday?", "kb_answer")
    assert [event["name"] for event in heard.events] == ["requested_slot"]
    assert heard.responses == ["say_resume_contact_name"]
    await form.turn("Anna")
    heard = await form.turn("are you open on Sunday?", "kb_answer")
    assert heard.responses == ["say_resume_contact_reach"]
    assert heard.messages[0]["name"] == "Anna"


async def test_saving_signals_the_service(form: Conversation) -> None:
    await filled(form)
    save = Conversation(ActionSaveContact())
    save.slots = form.slots
    heard = await save.turn("yes", "affirm")
    assert heard.responses == ["say_contact_saved"]
    assert heard.signals == [{"type": "contact", "name": "Anna Lee", "email": "anna@example.com", "phone": ""}]


async def test_correction_after_it_was_saved(form: Conversation) -> None:
    await filled(form)
    await form.turn("yes", "affirm")
    later = Conversation(ActionTakeDetails())
    later.slots = form.slots
    heard = await later.turn("no, my e-mail is anna.lee@example.org")
    assert heard.responses == ["say_contact_corrected"]
    assert heard.signals == [{"type": "contact", "name": "Anna Lee", "email": "anna.lee@example.org", "phone": ""}]
    assert later.slots["contact_email"] == "anna.lee@example.org"


async def test_details_without_a_question() -> None:
    conversation = Conversation(ActionTakeDetails())
    heard = await conversation.turn("HL2026110101")
    assert [event["event"] for event in heard.events] == ["followup"]
    assert heard.events[0]["name"] == "order_form"
    assert (await conversation.turn("my name is Anna")).responses == ["say_pleased"]
    heard = await conversation.turn("13800138000")
    assert heard.responses == ["say_details_for_what"]
    assert heard.signals == []
    assert (await conversation.turn("hmm")).responses == ["utter_rephrase"]


async def test_it_is_left_after_three_interruptions_in_a_row_and_nothing_is_saved(form: Conversation) -> None:
    await form.turn("call me", "leave_contact")
    for _ in range(2):
        assert (await form.interrupt()).responses == ["say_resume_contact_name"]
    heard = await form.interrupt("smalltalk")
    assert heard.responses == ["say_form_left"]
    assert form.slots["requested_slot"] is None
    saving = Conversation(ActionSaveContact())
    saving.slots = form.slots
    heard = await saving.turn("something else", "smalltalk")
    assert (heard.responses, heard.signals) == ([], [])


async def test_an_answer_in_between_starts_the_count_anew(form: Conversation) -> None:
    await form.turn("call me", "leave_contact")
    for _ in range(2):
        await form.interrupt()
    await form.turn("Anna Lee")
    for _ in range(2):
        assert (await form.interrupt()).responses == ["say_resume_contact_reach"]
    assert (await form.interrupt()).responses == ["say_form_left"]
