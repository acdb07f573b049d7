"""The folder of articles as the desk sees it: what the files hold, what lies over them, and what may be published."""

import asyncio
import datetime
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath

from connectors.message import JSON
from desk.ports import ArticleInForce, ArticleProblem
from knowledge.articles import Library, Problem, Reading, article_files, assemble, read
from knowledge.overlay import Overlay
from knowledge.records import readings, to_record

Stamp = tuple[int, int]


class ArticleFolder:
    """Implements `desk.ports.Articles`. Files are read again only when they were edited, on a thread."""

    def __init__(self, folder: Path, today: Callable[[], datetime.date]) -> None:
        self._folder, self._today = folder, today
        self._read: dict[Path, tuple[Stamp, Reading]] = {}
        self._reading = asyncio.Lock()

    async def in_force(self, published: Mapping[str, JSON | None]) -> Mapping[str, ArticleInForce]:
        """Every article there is."""
        library = await self._together(published)
        return await asyncio.to_thread(_all_in_force, library, self._today())

    async def of_folder(self, article_id: str) -> JSON | None:
        """The content of the article that the files hold; None without one."""
        article = assemble(each for each in await self._files() if _id_of(each) == article_id).articles.get(article_id)
        return to_record(article) if article else None

    async def check(
        self, article_id: str, content: JSON, published: Mapping[str, JSON | None]
    ) -> tuple[JSON | None, list[ArticleProblem]]:
        """A content in its tidy form, None when it has errors, and its problems if it were published."""
        fresh = readings(article_id, content)
        if any(reading.draft is None for reading in fresh):
            return None, [_told(problem) for reading in fresh for problem in reading.problems]
        library = await self._together({**published, article_id: content})
        article = library.articles[article_id]
        return to_record(article), [_told(each) for each in library.problems if _owner(each) == article_id]

    async def _together(self, published: Mapping[str, JSON | None]) -> Library:
        files = await self._files()
        return await asyncio.to_thread(lambda: assemble(_overlay(published).over(files)))

    async def _files(self) -> list[Reading]:
        async with self._reading:
            self._read = await asyncio.to_thread(_look, self._folder, self._read)
        return [reading for _, reading in self._read.values()]


def _look(folder: Path, last: Mapping[Path, tuple[Stamp, Reading]]) -> dict[Path, tuple[Stamp, Reading]]:
    found = {}
    for path in article_files(folder):
        try:
            status = path.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            known = last.get(path)
            found[path] = known if known and known[0] == stamp else (stamp, read(path, folder))
        except FileNotFoundError:  # removed since it was listed
            continue
    return found


def _overlay(published: Mapping[str, JSON | None]) -> Overlay:
    made = {name: tuple(readings(name, content)) for name, content in published.items() if content is not None}
    return Overlay(records=published, made=made)


def _all_in_force(library: Library, day: datetime.date) -> dict[str, ArticleInForce]:
    problems: defaultdict[str, list[ArticleProblem]] = defaultdict(list)
    for problem in library.problems:
        problems[_owner(problem)].append(_told(problem))
    broken = {
        name: ArticleInForce(content=None, valid=False, problems=tuple(found))
        for name, found in problems.items()
        if name not in library.articles
    }
    return broken | {
        article.id: ArticleInForce(
            content=to_record(article), valid=article.valid_on(day), problems=tuple(problems[article.id])
        )
        for article in library.articles.values()
    }


def _id_of(reading: Reading) -> str:
    return reading.draft.id if reading.draft else ""


def _owner(problem: Problem) -> str:
    """The article a problem is about: a record's is named after it, a file `<category>/<id>.<language>.md`."""
    path = PurePosixPath(problem.file)
    return path.stem.rpartition(".")[0] or path.stem if path.suffix == ".md" else problem.file


def _told(problem: Problem) -> ArticleProblem:
    within = PurePosixPath(problem.file)
    name = f"{within.name}: {problem.field}" if within.suffix == ".md" else problem.field
    return ArticleProblem(field=name, message=problem.message, error=problem.error)
