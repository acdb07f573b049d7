"""Trainings: made from articles, assigned until a day, taken, and due again when an article of theirs changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from connectors.message import JSON
from desk import quiz
from desk import training_views as views
from desk.errors import Refused, bad_field
from desk.permissions import STAFF
from desk.service import DeskService
from desk.signin import SignedIn
from storage import agents, article_log, audit, trainings
from storage.agents import Agent
from storage.tables import new_id
from storage.trainings import ASSIGNED, CLOSED, DRAFT, Task, Training, Try

LOOK_EVERY_S = 300
DAY_MS = 86_400_000


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a training shall be; `questions` as `desk.quiz.Question.to_json` gives them."""

    title: str
    pass_mark: int
    tries: int
    hours: float
    cost: float
    questions: tuple[JSON, ...]


@dataclass(frozen=True, kw_only=True)
class Whom:
    """Everybody of a grade and a tier, where these are given, and these people."""

    grade: str = ""
    tier: str = ""
    agent_ids: tuple[str, ...] = ()

    def among(self, people: Sequence[Agent]) -> list[str]:
        """The ids of those who are meant."""
        some = bool(self.grade or self.tier)
        return [
            each.id
            for each in people
            if each.id in self.agent_ids
            or (some and self.grade in ("", each.grade) and (not self.tier or self.tier in each.tiers))
        ]


class Trainings:
    """All methods raise `desk.errors.Refused`."""

    def __init__(self, desk: DeskService) -> None:
        self._desk, self._settings = desk, desk.tiers.growth

    async def listed(self) -> JSON:
        """All trainings with how far people are, and the articles one can be made of."""
        rows, tasks = await self._desk.db.read(_everything)
        now = self._desk.clock()
        shown = [views.training(each, [task for task in tasks if task.training_id == each.id], now) for each in rows]
        found = [{"id": key, "titles": views.titles(content)} for key, content in (await self._articles()).items()]
        return {"trainings": shown, "articles": found}

    async def one(self, training_id: str) -> JSON:
        """A training with its questions, and everybody who has to take it."""
        return await self._desk.db.read(self._one, training_id)

    async def make(self, who: SignedIn, title: str, articles: Sequence[str], each: int) -> JSON:
        """A draft, with up to `each` questions about each article in each language. Raises `no_questions`."""
        known = await self._articles()
        if unknown := [name for name in articles if name not in known]:
            raise bad_field("articles", "unknown_article", name=unknown[0])
        made = quiz.questions(articles, quiz.sources(known), each)
        if not made:
            raise Refused("no_questions")
        row = Training(
            id=new_id(), title=title, state=DRAFT, articles={name: quiz.article_hash(known[name]) for name in articles},
            questions=[question.to_json() for question in made], pass_mark=self._settings.pass_mark,
            tries=self._settings.tries, hours=0.0, cost=0.0, by_id=who.agent.id, by_name=who.agent.name,
            created_at=self._desk.clock(),
        )  # fmt: skip
        await self._desk.db.write(trainings.add, row)
        return await self.one(row.id)

    async def change(self, training_id: str, wanted: Wanted, version: int) -> JSON:
        """Make it what is wanted; the questions only before it is assigned. Raises `stale_training`."""
        await self._desk.db.write(self._change, training_id, wanted, version)
        return await self.one(training_id)

    async def drop(self, training_id: str) -> None:
        """Delete a draft."""
        await self._desk.db.write(self._drop, training_id)

    async def assign(self, who: SignedIn, training_id: str, whom: Whom, due_at: int) -> JSON:
        """Give it to people who do not have it yet."""
        if due_at <= self._desk.clock():
            raise bad_field("due_at", "not_to_come")
        await self._desk.db.write(self._assign, who, training_id, whom, due_at)
        return await self.one(training_id)

    async def mine(self, agent: Agent) -> JSON:
        """What somebody has to take, the most urgent first."""
        rows, tasks = await self._desk.db.read(_everything, agent.id)
        by_id, now = {each.id: each for each in rows}, self._desk.clock()
        shown = [
            views.task(each, now) | {"id": each.training_id, "title": row.title, "tries": row.tries, "hours": row.hours}
            for each in tasks
            if (row := by_id[each.training_id]).state == ASSIGNED
        ]
        return {"tasks": sorted(shown, key=lambda each: (each["state"] == "passed", each["due_at"]))}

    async def questions(self, agent: Agent, training_id: str, language: str) -> JSON:
        """The questions, without saying which option is right: those in `language`, else those there are."""
        await self.renew()
        row, task = await self._desk.db.read(_task_of, training_id, agent.id)
        asked = [views.without_answer(each) for each in views.in_language(row.questions, language)]
        about = {"id": row.id, "title": row.title, "version": row.version, "pass_mark": row.pass_mark}
        return about | {"tries": row.tries, "task": views.task(task, self._desk.clock()), "questions": asked}

    async def answer(
        self, agent: Agent, training_id: str, client_id: str, version: int, answers: Mapping[str, int]
    ) -> JSON:  # fmt: skip
        """Mark a try: the same request is marked once. Raises `stale_training` when it is about other questions."""
        row, done, task = await self._desk.db.write(self._answer, agent, training_id, client_id, version, answers)
        wrong = [
            {"id": each["id"], "article_id": each["article_id"]} for each in row.questions if each["id"] in done.wrong
        ]
        result = {"score": done.score, "passed": done.passed, "pass_mark": row.pass_mark, "wrong": wrong}
        return result | {"tries": row.tries, "task": views.task(task, self._desk.clock())}

    async def renew(self) -> None:
        """Ask anew about articles that say something else now; who had passed has to pass again."""
        rows = await self._desk.db.read(trainings.assigned)
        if not rows:
            return
        known = await self._articles()
        now = {name: quiz.article_hash(content) for name, content in known.items()}
        for row in rows:
            if any(now.get(name) != said for name, said in row.articles.items()):
                await self._desk.db.write(self._renew, row, known, now)

    async def _articles(self) -> dict[str, JSON]:
        """What the articles in force say, by id."""
        if self._desk.ports.articles is None:
            return {}
        over = await self._desk.db.read(article_log.over_the_folder)
        found = await self._desk.ports.articles.in_force(over)
        return {name: each.content for name, each in sorted(found.items()) if each.content and each.valid}

    def _one(self, tx: Connection, training_id: str) -> JSON:
        row = _found(tx, training_id)
        names = {each.id: each.name for each in agents.all_agents(tx)}
        now, tasks = self._desk.clock(), trainings.tasks(tx, training_id=training_id)
        people = [views.task(task, now) | {"id": task.agent_id, "name": names.get(task.agent_id, "")} for task in tasks]
        return views.training(row, tasks, now) | {"questions": row.questions, "people": people}

    def _change(self, tx: Connection, training_id: str, wanted: Wanted, version: int) -> None:
        row = _found(tx, training_id, lock=True)
        changed = list(wanted.questions) != row.questions
        if row.version != version or (changed and row.state != DRAFT):
            raise Refused("stale_training")
        known = {each["id"]: each for each in row.questions}
        for number, each in enumerate(wanted.questions):
            _check_question(f"questions.{number}", each, known)
        left = {each["article_id"] for each in wanted.questions}
        articles = {name: said for name, said in row.articles.items() if name in left}
        trainings.change(
            tx, training_id, title=wanted.title, pass_mark=wanted.pass_mark, tries=wanted.tries, hours=wanted.hours,
            cost=wanted.cost, questions=list(wanted.questions), articles=articles,
        )  # fmt: skip

    @staticmethod
    def _drop(tx: Connection, training_id: str) -> None:
        if _found(tx, training_id, lock=True).state != DRAFT:
            raise Refused("stale_training")
        trainings.drop(tx, training_id)

    def _assign(self, tx: Connection, who: SignedIn, training_id: str, whom: Whom, due_at: int) -> None:
        row = _found(tx, training_id, lock=True)
        if row.state == CLOSED or not row.questions:
            raise Refused("no_questions")
        people = whom.among([each for each in agents.all_agents(tx, disabled=False) if each.role in STAFF])
        if not people:
            raise bad_field("agent_ids", "nobody")
        now = self._desk.clock()
        new = trainings.assign(tx, training_id, people, at=now, due_at=due_at)
        if row.state == DRAFT:
            trainings.change(tx, training_id, state=ASSIGNED)
        details = {"people": new, "due_at": due_at}
        audit.record(
            tx, who.actor, "training.assigned", at=now, subject=row.id, subject_name=row.title, details=details
        )

    def _answer(
        self, tx: Connection, agent: Agent, training_id: str, client_id: str, version: int, answers: Mapping[str, int]
    ) -> tuple[Training, Try, Task]:
        row = _found(tx, training_id, lock=True)
        task = trainings.task_of(tx, training_id, agent.id, lock=True)
        if task is None:
            raise Refused("not_found")
        if (before := trainings.find_try(tx, agent.id, client_id)) is not None:
            if before.training_id != training_id:
                raise Refused("client_id_used")
            return row, before, task
        if row.version != version or row.state != ASSIGNED:
            raise Refused("stale_training")
        if task.tried >= row.tries and task.passed_at is None:
            raise Refused("no_tries")
        asked = [each for each in row.questions if each["id"] in answers]
        languages = {each["language"] for each in asked}
        expected = [each for each in row.questions if each["language"] in languages]
        if not asked or len(languages) > 1 or len(asked) != len(answers) or len(asked) != len(expected):
            raise bad_field("answers", "missing")
        wrong = [each["id"] for each in asked if answers[each["id"]] != each["right"]]
        score = 100 * (len(asked) - len(wrong)) // len(asked)
        now, passed = self._desk.clock(), score >= row.pass_mark
        done = Try(
            agent_id=agent.id, client_id=client_id, training_id=training_id, at=now, score=score, passed=passed,
            wrong=wrong,
        )  # fmt: skip
        trainings.keep_try(tx, done)
        held = {"passed_at": now, "expired_at": None} if passed and task.passed_at is None else {}
        trainings.change_task(tx, task, tried=task.tried + 1, score=score, **held)
        return row, done, trainings.task_of(tx, training_id, agent.id) or task

    def _renew(self, tx: Connection, seen: Training, known: Mapping[str, JSON], now: Mapping[str, str]) -> None:
        row = _found(tx, seen.id, lock=True)
        if row.version != seen.version:
            return  # another worker did it
        changed = [name for name, said in row.articles.items() if name in now and now[name] != said]
        gone = [name for name in row.articles if name not in now]
        kept = [each for each in row.questions if each["article_id"] not in {*changed, *gone}]
        many = max((sum(each["article_id"] == name for each in row.questions) for name in changed), default=1)
        languages = {each["language"] for each in row.questions}
        made = [
            each.to_json()
            for each in quiz.questions(changed, quiz.sources(known), max(1, many // max(1, len(languages))))
        ]
        asked, at = [*kept, *made], self._desk.clock()
        articles = {name: now[name] for name in row.articles if name in now}
        state = ASSIGNED if asked else CLOSED
        trainings.change(tx, row.id, questions=asked, articles=articles, state=state, renewed_at=at)
        if changed:
            trainings.expire(tx, row.id, at=at, due_at=at + self._settings.renew_days * DAY_MS)


def _found(tx: Connection, training_id: str, *, lock: bool = False) -> Training:
    row = trainings.find(tx, training_id, lock=lock)
    if row is None:
        raise Refused("not_found")
    return row


def _everything(tx: Connection, agent_id: str = "") -> tuple[list[Training], list[Task]]:
    return trainings.everything(tx), trainings.tasks(tx, agent_id=agent_id)


def _task_of(tx: Connection, training_id: str, agent_id: str) -> tuple[Training, Task]:
    task = trainings.task_of(tx, training_id, agent_id)
    row = _found(tx, training_id)
    if task is None or row.state != ASSIGNED:
        raise Refused("not_found")
    return row, task


def _check_question(field: str, asked: JSON, known: Mapping[str, JSON]) -> None:
    """A question stays about its article; its options differ, and one of them is right."""
    before, options = known.get(asked["id"]), asked["options"]
    if before is None:
        raise bad_field(f"{field}.id", "string_pattern_mismatch")
    if any(asked[name] != before[name] for name in ("kind", "language", "article_id", "article_hash")):
        raise bad_field(field, "extra_forbidden")
    if len(set(options)) != len(options) or not 0 <= asked["right"] < len(options):
        raise bad_field(f"{field}.options", "not_one_right")
