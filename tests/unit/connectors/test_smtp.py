"""SMTP: what each answer of a mail server means for a message, and what a mail looks like on the way."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from connectors.errors import OutcomeUnknown, SendError, TryLater, Undeliverable
from connectors.smtp import POLICY, SmtpServer
from tests.conftest import free_port

OK = "250 ok"


@asynccontextmanager
async def server(
    answers: dict[str, str], extensions: Sequence[str] = ("SIZE",), heard: list[str] | None = None
) -> AsyncIterator[SmtpServer]:
    """A mail server that says what it is told, by command; "" breaks the connection off. `heard` are the commands."""

    ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            await talk(reader, writer)
        writer.close()
        ended.set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mx.example\r\n")
        while line := await reader.readline():
            command = line.decode().split()[0].upper()
            if heard is not None:
                heard.append(command)
            if command == "EHLO":
                lines = ["mx.example", *extensions]
                text = "".join(f"250{'-' if each != lines[-1] else ' '}{each}\r\n" for each in lines)
                writer.write(text.encode())
                continue
            answer = answers.get(command, "354 go on" if command == "DATA" else OK)
            if not answer:
                return
            writer.write(f"{answer}\r\n".encode())
            if command == "DATA" and answer.startswith("354"):
                while await reader.readline() != b".\r\n":
                    pass
                if not (answer := answers.get(".", OK)):
                    return
                writer.write(f"{answer}\r\n".encode())

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    try:
        yield SmtpServer.of(f"smtp://127.0.0.1:{port}")
    finally:
        listening.close()
        await asyncio.wait_for(ended.wait(), 10)
        await asyncio.sleep(0)


def letter() -> EmailMessage:
    mail = EmailMessage(policy=POLICY)
    mail["From"], mail["To"], mail["Subject"] = "us@x.example", "ann@y.example", "你好"
    mail.set_content("hello")
    return mail


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({"MAIL": "421 busy"}, TryLater),
        ({"MAIL": "451 later"}, TryLater),
        ({"MAIL": "550 not from you"}, Undeliverable),
        ({"MAIL": ""}, TryLater),
        ({"RCPT": "450 greylisted"}, TryLater),
        ({"RCPT": "550 no such user"}, Undeliverable),
        ({"RCPT": ""}, TryLater),
        ({"DATA": "451 later"}, TryLater),
        ({"DATA": "554 no"}, Undeliverable),
        ({".": "421 closing"}, TryLater),
        ({".": "452 full"}, TryLater),
        ({".": "552 too large"}, Undeliverable),
        ({".": "554 spam"}, Undeliverable),
        ({".": ""}, OutcomeUnknown),
    ],
)
async def test_every_answer_is_certain_or_said_not_to_be(answers: dict[str, str], error: type[SendError]) -> None:
    async with server(answers) as smtp:
        with pytest.raises(error):
            await smtp.deliver(letter(), sender="us@x.example", recipient="ann@y.example")


async def test_what_is_taken_is_taken() -> None:
    async with server({}) as smtp:
        await smtp.deliver(letter(), sender="us@x.example", recipient="ann@y.example")


@pytest.mark.parametrize("answers", [{}, {"QUIT": "221 bye"}, {"QUIT": ""}, {"RCPT": "550 no"}, {".": "452 full"}])
async def test_nobody_is_left_without_a_good_bye(answers: dict[str, str]) -> None:
    """RFC 5321 section 4.1.1.10; what the server says to it changes nothing."""
    heard: list[str] = []
    async with server(answers, heard=heard) as smtp:
        with contextlib.suppress(SendError):
            await smtp.deliver(letter(), sender="us@x.example", recipient="ann@y.example")
        assert heard[-1] == "QUIT"
        assert heard.count("QUIT") == 1


async def test_who_is_away_is_tried_later() -> None:
    with pytest.raises(TryLater):
        await SmtpServer.of(f"smtp://127.0.0.1:{free_port()}").look()


async def test_an_address_in_chinese_needs_a_server_that_can() -> None:
    async with server({}) as smtp:
        with pytest.raises(Undeliverable):
            await smtp.deliver(letter(), sender="us@x.example", recipient="张三@例子.example")
    async with server({}, ("SIZE", "SMTPUTF8")) as smtp:
        await smtp.deliver(letter(), sender="us@x.example", recipient="张三@例子.example")


@pytest.mark.parametrize("recipient", ["a@b.example\r\nRCPT TO:<c@d.example>", "a@b.example>\nDATA", "<>", ""])
async def test_an_address_never_becomes_a_command(recipient: str) -> None:
    async with server({}) as smtp:
        with pytest.raises(Undeliverable):
            await smtp.deliver(letter(), sender="us@x.example", recipient=recipient)


def test_long_ids_are_never_encoded() -> None:
    mail = letter()
    ids = [f"<{'x' * 120}{number}@mail.example>" for number in range(5)]
    mail["References"] = " ".join(ids)
    data = mail.as_bytes(policy=POLICY)
    assert b"=?" not in data.partition(b"References:")[2].partition(b"MIME-Version")[0]
    assert str(message_from_bytes(data, policy=policy.compat32)["References"]).split() == ids


def test_a_password_is_never_shown() -> None:
    assert "s3cret" not in repr(SmtpServer.of("smtps://user:s3cret@mx.example:465"))
