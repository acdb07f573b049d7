"""Passwords, refusals in both languages, and the JSON of the desk's contract."""

import re
from dataclasses import replace

import pytest
from argon2 import PasswordHasher

from connectors.desk import DeskEvent, DeskEventKind, Handoff
from connectors.message import Attachment, Content
from desk import errors
from desk.errors import Refused, bad_field
from desk.passwords import Passwords, new_password, weakness
from tests.contract.desk_suite import packet

PLACE = re.compile(r"{(\w+)}")


def test_every_refusal_has_both_languages_with_the_same_places() -> None:
    table = {code: words[1:] for code, words in errors._TABLE.items()} | errors._PROBLEMS
    for code, (english, chinese) in table.items():
        assert set(PLACE.findall(english)) == set(PLACE.findall(chinese)), code
        assert re.search(r"[\u4e00-\u9fff]", chinese) or not re.search(r"\w", PLACE.sub("", english)), code


def test_sentences_are_filled_in() -> None:
    taken = Refused("taken", agent={"id": "a", "name": "Li Na"})
    assert taken.to_json("en") == {
        "error": {"code": "taken", "message": "Li Na has this ticket.", "agent": {"id": "a", "name": "Li Na"}}
    }
    wrong = bad_field("name", "string_too_long", max_length=60)
    assert wrong.to_json("zh")["error"] == {"code": "bad_field", "message": "name：最多 60 个字符。", "field": "name"}
    assert bad_field("x", "some_new_pydantic_error").sentence("en") == "x: is not valid."
    assert Refused("not_yours_free").to_json("en")["error"]["code"] == "not_yours"


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("short", "password_short"),
        ("x" * 201, "password_long"),
        ("Password123", "password_common"),
        ("abababababab", "password_common"),
        ("0987654321", "password_common"),
        ("I am Na, hello", ""),
        ("call me li.na", "password_personal"),
        ("correct horse 9", ""),
        ("李娜的一个很长的密码", ""),
    ],
)
def test_which_passwords_are_weak(password: str, problem: str) -> None:
    assert weakness(password, login="li.na", name="Li Na") == problem


def test_generated_passwords_are_strong_and_different() -> None:
    made = {new_password() for _ in range(100)}
    assert len(made) == 100
    assert not any(weakness(password, login="li.na", name="Li Na") for password in made)


async def test_hashes_are_argon2id_and_nobody_has_no_password() -> None:
    passwords = Passwords()
    stored = await passwords.hash("correct horse 9")
    assert stored.startswith("$argon2id$")
    assert await passwords.matches(stored, "correct horse 9")
    assert not await passwords.matches(stored, "correct horse 8")
    assert not await passwords.matches(None, "correct horse 9")
    assert not await passwords.matches("not a hash", "correct horse 9")
    weak = Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    assert passwords.outdated(await weak.hash("correct horse 9"))


def test_handoffs_and_events_survive_json() -> None:
    handoff = packet()
    assert Handoff.from_json(handoff.to_json()) == handoff
    event = DeskEvent(
        id="e1", desk="built_in", ticket_id="t1", kind=DeskEventKind.REPLIED, agent_id="a", agent_name="Li Na",
        content=Content(text="hi", attachments=(Attachment(id="f", name="n", media_type="m", size=1),)),
    )  # fmt: skip
    assert DeskEvent.from_json(event.to_json() | {"conversation_id": "c"}) == event
    typing = replace(event, kind=DeskEventKind.TYPING, on=False)
    assert DeskEvent.from_json(typing.to_json()) == typing
