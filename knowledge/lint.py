"""Lint: what is wrong with articles that are well-formed each on its own. Every finding names its article, and says
what to do.

The checks are in `lint_facts` (contradictions), `lint_similar` (duplicates), `lint_links`, and `lint_reach` (what no
question finds).
"""

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from knowledge.articles import Article, Library, Problem

STALE_DAYS = 365
SOON_DAYS = 14


@dataclass(frozen=True, order=True)
class Finding:
    """Something to mend. With an `error` the article is not served, or not right; else it is a warning.

    `kind` is one of format, duplicate, contradiction, link, unreachable, validity, stale.
    """

    file: str
    article: str
    field: str
    kind: str
    message: str
    remedy: str
    error: bool = False


def of_problems(library: Library) -> Iterator[Finding]:
    """What reading the articles found: missing languages, lengths, fields."""
    for problem in library.problems:
        yield _of_problem(problem)


def of_dates(articles: Iterable[Article], today: datetime.date, stale_days: int = STALE_DAYS) -> Iterator[Finding]:
    """Articles whose time is over or nearly so, and those nobody has looked at for long."""
    for article in articles:
        file = next(iter(article.texts.values())).path
        until = article.valid_until
        if until and until < today:
            yield Finding(
                file, article.id, "valid_until", "validity", f"was {until}: the article answers no more",
                "give it a new date, or remove the article",
            )  # fmt: skip
        elif until and until <= today + datetime.timedelta(days=SOON_DAYS):
            yield Finding(
                file, article.id, "valid_until", "validity", f"is {until}: the article answers no more after that",
                "give it a new date, or have what replaces it ready",
            )  # fmt: skip
        age = (today - article.updated).days
        if article.updated > today:
            yield Finding(
                file,
                article.id,
                "updated",
                "stale",
                f"is {article.updated}, which is still to come",
                "write the day of the last review",
            )
        elif age > stale_days and not (until and until < today):
            yield Finding(
                file, article.id, "updated", "stale", f"was {article.updated}, {age} days ago",
                "read it again, correct it, and set the date",
            )  # fmt: skip


def shown(article: Article, language: str) -> str:
    """An article in a message about another one."""
    return f"{article.id} (“{article.text(language).title}”)"


def _of_problem(problem: Problem) -> Finding:
    message, _, remedy = problem.message.partition(": ")
    name = problem.file.rsplit("/", 1)[-1]
    article = name.split(".", 1)[0]
    kind = "duplicate" if "is also a question of" in message else "format"
    return Finding(problem.file, article, problem.field, kind, message, remedy or "mend it", problem.error)
