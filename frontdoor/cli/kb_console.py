"""The console's articles from the command line: what is in force, what is being written, and drafts of our own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection

from connectors.message import JSON
from frontdoor.cli.context import err, open_storage
from frontdoor.cli.kb_gate import Found, Step, gate
from frontdoor.cli.user import Role
from frontdoor.settings import Settings
from knowledge.articles import article_files, assemble, read
from knowledge.overlay import NOTHING, Overlay
from knowledge.records import Record, to_record
from storage import agents, article_drafts, article_log, article_versions
from storage.agents import Agent
from storage.article_drafts import Draft
from storage.article_versions import Move
from storage.audit import Actor
from storage.clock import now_ms
from storage.database import Trouble

NOTE = "Imported from "
"""Begins the note of drafts that an import made: a later import may replace these, nobody else's."""


@dataclass(frozen=True)
class Console:
    """`in_force`: folder with what was published over it; `drafts`: what is being written, and who may replace it."""

    in_force: Mapping[str, Record]
    drafts: Mapping[str, Draft]

    @property
    def newest(self) -> dict[str, Record]:
        """What an import is compared with: its own drafts of last time before what is in force."""
        return {**self.in_force, **{name: draft.content for name, draft in self.drafts.items() if imported(draft)}}

    def waiting(self, article_id: str) -> bool:
        """Whether an import made a draft of it that is not published yet."""
        draft = self.drafts.get(article_id)
        return draft is not None and imported(draft)

    def held(self, article_id: str) -> bool:
        """Whether a person is writing it just now."""
        draft = self.drafts.get(article_id)
        return draft is not None and not imported(draft)


@dataclass(frozen=True)
class Import:
    """An article to be saved."""

    article_id: str
    record: Record
    source: str


@dataclass(frozen=True)
class Publish:
    """To publish, and why; `accept`: without asking the bot."""

    note: str
    accept: bool


@dataclass(frozen=True)
class Outcome:
    """Ids that somebody has changed meanwhile, and those that stay drafts, with the reason."""

    late: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)


class NobodyToSign(Exception):
    """There is no admin or supervisor in whose name articles could be written."""


def imported(draft: Draft) -> bool:
    """Whether an import made it."""
    return draft.note.startswith(NOTE)


async def look(settings: Settings) -> Console:
    """The articles as they are now."""
    async with open_storage(settings) as (database, _bus):
        published = await database.read(article_log.over_the_folder)
        drafts = await database.read(article_drafts.everything)
    return Console(_together(settings, published), {draft.article_id: draft for draft in drafts})


async def overlay(settings: Settings) -> Overlay:
    """What was published over the folder; nothing where there is no database yet. Tells when it cannot be read."""
    if _is_missing(settings.database_url):
        return NOTHING
    try:
        async with open_storage(settings) as (database, _bus):
            return Overlay.of(await database.read(article_log.over_the_folder))
    except Trouble as error:
        why = f"the database cannot be read ({type(error).__name__})"
        err.print(f"What the console published is left out: {why}.", style="yellow", highlight=False)
        return NOTHING


def _is_missing(url: str) -> bool:
    file = url.removeprefix("sqlite:///")
    return file != url and not Path(file).exists()


def _together(settings: Settings, published: Mapping[str, JSON | None]) -> dict[str, Record]:
    folder = settings.knowledge.path
    files = [read(path, folder) for path in article_files(folder)] if folder.is_dir() else []
    library = assemble(Overlay.of(published).over(files))
    return {article.id: to_record(article) for article in library.articles.values()}


async def save(
    settings: Settings, imports: Sequence[Import], *, login: str, publish: Publish | None, step: Step
) -> Outcome:
    """Save drafts, and publish those that pass the gate when asked to. Raises `NobodyToSign`."""
    done = Outcome()
    async with open_storage(settings) as (database, _bus), gate(settings, database) as asks:
        by = await database.read(_signer, login)
        for each in imports:
            try:
                draft = await database.write(_save, each, by.id)
                if publish is not None:
                    found = Found("") if publish.accept else await asks(each.article_id, draft.content)
                    if found.reason:
                        done.refused[each.article_id] = found.reason
                    else:
                        who = Actor(id=by.id, name=by.name)
                        move = Move(article_id=each.article_id, who=who, at=now_ms(), note=publish.note)
                        await database.write(article_versions.publish, move, draft, draft.content, found.summary)
            except article_drafts.Outdated:
                done.late.append(each.article_id)
            step()
    return done


def _save(tx: Connection, each: Import, by: str) -> Draft:
    row = article_log.find(tx, each.article_id)
    last = article_drafts.find(tx, each.article_id)
    if last is not None and not imported(last):
        raise article_drafts.Outdated(row.version if row else 0, last)
    draft = Draft(
        article_id=each.article_id, content=dict(each.record), base=row.version if row else 0,
        note=f"{NOTE}{each.source}", by=by, at=now_ms(),
    )  # fmt: skip
    return article_drafts.save(tx, draft, last.at if last else 0)


def _signer(tx: Connection, login: str) -> Agent:
    people = [agent for agent in agents.all_agents(tx, disabled=False) if not login or agent.login == login]
    ranked = [agent for role in (Role.ADMIN, Role.SUPERVISOR, Role.EDITOR) for agent in people if agent.role == role]
    if not ranked:
        who = f"{login} is" if login else "there is"
        raise NobodyToSign(
            f"{who} no admin, supervisor or editor: name one with --as, or add one with `frontdoor user add`"
        )
    return ranked[0]
