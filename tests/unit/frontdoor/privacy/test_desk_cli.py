"""`frontdoor desk preview`, and what `frontdoor customer forget` says of helpdesks."""

import asyncio
import json
from pathlib import Path

import pytest
import yaml
from sqlalchemy import Connection
from typer.testing import CliRunner, Result

from connectors import registry
from connectors.desk import Handoff, Reason
from connectors.desk_ports import Opened
from connectors.message import Author, Content, Profile
from frontdoor.cli.app import app
from frontdoor.settings import load
from storage import conversations, desk_ledger, handoffs, messages
from storage.database import Database
from storage.migrate import upgrade


@pytest.fixture
def project(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with two helpdesks."""
    for name in ("Deaf", "Forgetful"):
        monkeypatch.setitem(registry.DESKS, name.lower(), f"tests.unit.frontdoor.privacy.toy_desk:{name}Desk")
    desks = {"deaf": {"privacy": {"phones": "mask", "names": "mask", "transcript": "summary"}}, "forgetful": {}}
    (project / "desks.yml").write_text(yaml.safe_dump(desks))
    return project


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def handed_over(project: Path, desk: str, reference: str) -> None:
    """A conversation of Ann's whose ticket is at a helpdesk."""

    def store(tx: Connection) -> None:
        begun = conversations.begin(tx, "web", desk, Profile(email="ann@example.com"))
        text = "My name is Ann Lee, my phone is (212) 555-0187"
        said = messages.add(
            tx, conversation_id=begun.id, seq=1, author=Author.CUSTOMER, content=Content(text=text)
        )  # fmt: skip
        packet = Handoff(
            id=reference, conversation_id=begun.id, channel="web", reference=reference, reason=Reason.REQUESTED,
            reason_detail="", language="en", customer={"name": "Ann Lee"}, question=text, summary=text, transcript=(),
        )  # fmt: skip
        handoffs.add(
            tx, id=reference, conversation_id=begun.id, reference=reference, reason="requested", status="open",
            packet=packet.to_json(), seq=said.seq, desk=desk, created_at=1, updated_at=1, ticket_id="7",
        )  # fmt: skip
        desk_ledger.note_opened(tx, desk, reference, Opened(ticket_id="7"))

    async def write() -> None:
        database = Database(load(project, {}).database_url)
        await upgrade(database)
        await database.write(store)
        await database.close()

    asyncio.run(write())


def test_a_text_is_shown_as_it_would_leave(project: Path) -> None:
    shown = run("desk", "preview", "deaf", "--text", "我叫王芳，电话13800138000")
    assert "我叫［姓名1］，电话［电话1］" in shown.output
    assert "13800138000" in shown.output.split("Original")[1]
    told = json.loads(run("desk", "preview", "deaf", "--text", "call +1 650 253 0000", "--json").output)
    assert (told["text"], told["masked"]) == (
        "call [phone 1]", [{"mark": "[phone 1]", "kind": "phones", "original": "+1 650 253 0000"}]
    )  # fmt: skip
    assert "Nothing in it is masked." in run("desk", "preview", "forgetful", "--text", "13800138000").output


def test_a_handoff_and_a_packet_in_a_file_are_shown(project: Path, tmp_path: Path) -> None:
    handed_over(project, "deaf", "FD-AAAAAAAA")
    told = json.loads(run("desk", "preview", "deaf", "--reference", "FD-AAAAAAAA", "--json").output)
    assert told["handoff"]["question"] == "My name is [name 1], my phone is [phone 1]"
    assert told["handoff"]["transcript"] == []
    other = json.loads(run("desk", "preview", "forgetful", "--reference", "FD-AAAAAAAA", "--json").output)
    assert "555-0187" in other["handoff"]["transcript"][0]["text"]
    packet = tmp_path / "packet.json"
    packet.write_text(json.dumps(other["handoff"]))
    assert "[phone 1]" in run("desk", "preview", "deaf", "--file", str(packet)).output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nowhere", "--text", "x"), "no helpdesk nowhere"),
        (("deaf",), "Give one of"),
        (("deaf", "--reference", "FD-NONE"), "no handoff FD-NONE"),
        (("deaf", "--file", "desks.yml"), "is no packet"),
    ],
)
def test_what_cannot_be_shown_is_said(
    project: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(project)
    shown = run("desk", "preview", *words)
    assert (shown.exit_code, said in shown.output) == (2, True)


def test_who_forgets_somebody_learns_which_helpdesks_cannot(project: Path) -> None:
    handed_over(project, "deaf", "FD-AAAAAAAA")
    handed_over(project, "forgetful", "FD-BBBBBBBB")
    said = run("customer", "forget", "ann@example.com", "--yes").output
    assert "Deleted conversations: 2\n" in said
    assert "Tickets at deaf, which cannot be told to, so delete them there: FD-AAAAAAAA\n" in said
    assert "Tickets at forgetful, which deletes them, too: FD-BBBBBBBB\n" in said
