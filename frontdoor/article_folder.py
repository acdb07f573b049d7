"""The folder of articles as the desk sees it: what the files hold, what lies over them, and what may be published."""

import asyncio
import datetime
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from connectors.message import JSON
from desk.ports import ArticleInForce, ArticleProblem
from knowledge.articles import Beside, Library, Problem, Reading, article_files, assemble, read
from knowledge.overlay import Overlay
from knowledge.records import readings, to_record

Stamp = tuple[int, int]


class ArticleFolder:
    """Implements `desk.ports.Articles`. Files are read again only when they were edited, on a thread."""

    def __init__(self, folder: Path, today: Callable[[], datetime.date]) -> None:
        self._folder, self._today = folder, today
        self._read: dict[Path, tuple[Stamp, Reading]] = {}
        self._known = _Known({}, {}, Library({}), Beside({}, {}))
        self._looking = asyncio.Lock()

    async def in_force(self, published: Mapping[str, JSON | None], only: str = "") -> Mapping[str, ArticleInForce]:
        """Every article there is, or only one."""
        known = await self._up_to_date(published)
        return await asyncio.to_thread(_in_force, known.library, self._today(), only)

    async def of_folder(self, article_id: str) -> JSON | None:
        """The content of the article that the files hold; None without one."""
        await self._up_to_date(self._known.published)
        ours = [reading for _, reading in self._read.values() if reading.draft and reading.draft.id == article_id]
        article = assemble(ours).articles.get(article_id)
        return to_record(article) if article else None

    async def check(
        self, article_id: str, content: JSON, published: Mapping[str, JSON | None]
    ) -> tuple[JSON | None, list[ArticleProblem]]:
        """A content in its tidy form, None when it has errors, and its problems if it were published."""
        known = await self._up_to_date(published)
        library = assemble(readings(article_id, content), known.beside)
        article = library.articles.get(article_id)
        return to_record(article) if article else None, [_told(problem) for problem in library.problems]

    async def _up_to_date(self, published: Mapping[str, JSON | None]) -> "_Known":
        async with self._looking:
            read = await asyncio.to_thread(_look, self._folder, self._read)
            if read != self._known.read or published != self._known.published:
                self._known = await asyncio.to_thread(_Known.of, read, published)
            self._read = read
            return self._known


@dataclass(frozen=True)
class _Known:
    """Files and publications, and what they come to."""

    read: Mapping[Path, tuple[Stamp, Reading]]
    published: Mapping[str, JSON | None]
    library: Library
    beside: Beside

    @classmethod
    def of(cls, read: Mapping[Path, tuple[Stamp, Reading]], published: Mapping[str, JSON | None]) -> "_Known":
        library = assemble(Overlay.of(published).over(reading for _, reading in read.values()))
        return cls(read, published, library, Beside.of(library.articles))


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


def _in_force(library: Library, day: datetime.date, only: str) -> dict[str, ArticleInForce]:
    problems: defaultdict[str, list[ArticleProblem]] = defaultdict(list)
    for problem in library.problems:
        owner = _owner(problem)
        if only in ("", owner):
            problems[owner].append(_told(problem))
    wanted = [only] if only else {**library.articles, **problems}
    found = {}
    for name in wanted:
        article, wrong = library.articles.get(name), tuple(problems.get(name, ()))
        if article is not None:
            found[name] = ArticleInForce(content=to_record(article), valid=article.valid_on(day), problems=wrong)
        elif wrong:  # its files are broken
            found[name] = ArticleInForce(content=None, valid=False, problems=wrong)
    return found


def _owner(problem: Problem) -> str:
    """The article a problem is about: a record's is named after it, a file `<category>/<id>.<language>.md`."""
    path = PurePosixPath(problem.file)
    return path.stem.rpartition(".")[0] or path.stem if path.suffix == ".md" else problem.file


def _told(problem: Problem) -> ArticleProblem:
    within = PurePosixPath(problem.file)
    name = f"{within.name}: {problem.field}" if within.suffix == ".md" else problem.field
    return ArticleProblem(field=name, message=problem.message, error=problem.error)
