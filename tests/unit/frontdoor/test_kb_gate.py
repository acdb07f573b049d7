"""`frontdoor kb import` publishes nothing that makes the bot's answers worse, unless somebody says why."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from frontdoor.cli.app import app
from frontdoor.settings import load
from knowledge import articles
from storage import article_drafts, article_versions
from storage.article_versions import Version
from storage.database import Database
from tests.conftest import free_port
from tests.fakes.rasa import TOKEN
from tests.fakes.rasa_learning import LearningRasa

SHEET = """question,answer
How long does delivery take overnight?,One night.
Where does your café serve breakfast?,On floor 2.
"""
WORSE, FINE = "how-long-does-delivery-take-overnight", "where-does-your-cafe-serve-breakfast"


@contextmanager
def running(rasa: LearningRasa) -> Iterator[LearningRasa]:
    """The bot, on a loop of its own: commands bring theirs."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(rasa.__aenter__(), loop).result()
    try:
        yield rasa
    finally:
        asyncio.run_coroutine_threadsafe(rasa.__aexit__(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture
def rasa(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LearningRasa]:
    with running(LearningRasa(delivery_times="How long does delivery take")) as rasa:
        monkeypatch.setenv("FRONTDOOR_BRAIN_TOKEN", TOKEN)
        point_to(project, rasa.url)
        (project / "faq.csv").write_text(SHEET, encoding="utf-8")
        assert CliRunner().invoke(app, ["user", "add", "boss", "--name", "B", "--role", "admin"]).exit_code == 0
        yield rasa


def point_to(project: Path, url: str) -> None:
    """Let the project's bot be there."""
    path = project / "frontdoor.yml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    path.write_text(yaml.safe_dump(settings | {"rasa": {"url": url, "managed": False}}), encoding="utf-8")


def imported(project: Path, *words: object) -> Result:
    """One import of the sheet."""
    return CliRunner().invoke(app, ["kb", "import", str(project / "faq.csv"), *map(str, words)])


def stored(project: Path) -> tuple[list[str], dict[str, Version]]:
    """Ids of drafts, and the newest versions of the sheet's articles."""

    async def work() -> tuple[list[str], dict[str, Version]]:
        database = Database(load(project, {}).database_url)
        drafts = await database.read(article_drafts.everything)
        versions = [
            version for name in (WORSE, FINE) for version in await database.read(article_versions.history, name, 1)
        ]
        await database.close()
        return sorted(draft.article_id for draft in drafts), {each.article_id: each for each in versions}

    return asyncio.run(work())


def test_what_makes_answers_worse_stays_a_draft_until_somebody_says_why(project: Path, rasa: LearningRasa) -> None:
    result = imported(project, "--publish", "--note", "new")
    assert result.exit_code == 1
    said = " ".join(result.output.split())
    assert f"{WORSE}: 1 of 2 questions would get a worse answer" in said
    assert f"“How long does delivery take” (answer delivery-times now, then answer {WORSE})" in said
    assert "--publish --accept --note" in said
    drafts, versions = stored(project)
    assert (drafts, list(versions)) == ([WORSE], [FINE])
    assert versions[FINE].replay == {"asked": 2, "changed": 1, "worse": 0}

    rasa.replayed.clear()
    again = imported(project, "--publish", "--accept", "--note", "both are asked")
    assert (again.exit_code, "Published" in again.output) == (0, True), again.output
    drafts, versions = stored(project)
    assert (drafts, versions[WORSE].note, versions[FINE].number) == ([], "both are asked", 1)
    assert rasa.replayed == []
    assert "Nothing had to be written" in imported(project, "--publish", "--note", "once more").output


def test_a_bot_that_is_away_stops_all_of_it(project: Path, rasa: LearningRasa) -> None:
    point_to(project, f"http://127.0.0.1:{free_port()}")
    result = imported(project, "--publish", "--note", "new")
    assert (result.exit_code, result.output.count("could not be asked what it would change")) == (1, 2)
    assert stored(project) == ([WORSE, FINE], {})
    assert imported(project, "--publish", "--accept", "--note", "first import").exit_code == 0
    assert sorted(stored(project)[1]) == [WORSE, FINE]


def test_the_folder_that_the_bot_follows_is_gated_too(project: Path, rasa: LearningRasa) -> None:
    """given a folder that the bot follows, then what makes answers worse is not written there; elsewhere it is"""
    live = project / "data" / "kb"
    result = imported(project, "--to", live)
    assert (result.exit_code, "would get a worse answer" in result.output) == (1, True)
    written = articles.load(live).articles
    assert (FINE in written, WORSE in written) == (True, False)
    assert imported(project, "--to", live, "--accept").exit_code == 2
    assert imported(project, "--to", live, "--accept", "--note", "both").exit_code == 0
    assert WORSE in articles.load(live).articles
    rasa.replayed.clear()
    assert imported(project, "--to", project / "elsewhere").exit_code == 0
    assert rasa.replayed == []
