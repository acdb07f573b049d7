"""`frontdoor kb gaps`: what it prints, for people and for programs."""

import asyncio
import json
from pathlib import Path

import pytest
from sqlalchemy import Connection
from typer.testing import CliRunner

from connectors.message import Author, Content, Profile
from frontdoor.cli.app import app
from frontdoor.gaps import STATE
from frontdoor.settings import load
from storage import conversations, gaps, messages
from storage.database import Database
from storage.gaps import Gap, GapQuestion
from storage.migrate import upgrade
from storage.settings import write_setting

RUNNER = CliRunner()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project without a bot."""
    (tmp_path / "frontdoor.yml").write_text("rasa: {url: 'http://127.0.0.1:9'}\n")
    return tmp_path


def a_gap(tx: Connection) -> None:
    where = conversations.arrive(tx, "web", "a", Profile()).conversation.id
    texts = ("Can I pay in gold?", "gold for HL2026112201?")
    questions = []
    for number, text in enumerate(texts, 1):
        said = messages.add(tx, conversation_id=where, seq=number, author=Author.CUSTOMER, content=Content(text=text))
        messages.keep_evidence(tx, said.id, {"decision": "rephrase", "intent": "kb_question", "language": "en"})
        questions.append(
            GapQuestion(
                message_id=said.id, gap_id="G1", vector=b"", model="m", near=1 / number, outcome="none", language="en",
                at=1_795_330_800_000,
            )
        )  # fmt: skip
    gap = Gap(
        id="G1", status="open", centre=b"", model="m", nearest={"id": "payment", "title": "Payment"}, article_id="",
        by="", created_at=1, seen_at=1,
    )  # fmt: skip
    gaps.replace_all(tx, [gap], questions)
    fees = {"title": "Fees", "shown": 5, "then_human": 4, "last_at": 1}
    write_setting(tx, STATE, {"since": 1, "updated_at": 2, "shown": {"fees": fees}})


def keep(root: Path) -> None:
    async def kept() -> None:
        database = Database(load(root, {}).database_url)
        await upgrade(database)
        await database.write(a_gap)
        await database.close()

    asyncio.run(kept())


def test_before_the_first_look_it_says_what_to_do(root: Path) -> None:
    done = RUNNER.invoke(app, ["--root", str(root), "kb", "gaps"])
    assert done.exit_code == 0
    assert "frontdoor kb gaps --look" in " ".join(done.output.split())


def test_gaps_and_failing_articles_for_people(root: Path) -> None:
    keep(root)
    done = RUNNER.invoke(app, ["--root", str(root), "kb", "gaps"])
    assert done.exit_code == 0
    assert "2 × Can I pay in gold?" in done.output
    assert "gold for [number]?" in done.output
    assert "2 without an answer; closest: payment" in done.output
    assert "fees" in done.output


def test_gaps_for_programs(root: Path) -> None:
    keep(root)
    done = RUNNER.invoke(app, ["--root", str(root), "kb", "gaps", "--json"])
    found = json.loads(done.output)
    assert sorted(found) == ["failing", "gaps", "since", "updated_at"]
    assert found["gaps"][0]["examples"] == ["Can I pay in gold?", "gold for [number]?"]
    assert found["failing"][0]["share"] == 0.8


def test_without_the_bot_nobody_can_look(root: Path) -> None:
    keep(root)
    done = RUNNER.invoke(app, ["--root", str(root), "kb", "gaps", "--look"])
    assert done.exit_code == 1
