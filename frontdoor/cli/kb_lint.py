"""`frontdoor kb lint`: what is wrong with the articles, each alone and all together."""

import asyncio
import datetime
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from frontdoor.cli import kb_folder
from frontdoor.cli.context import err, out, settings_at
from frontdoor.cli.kb_places import CONSOLE, FOLDER, HELP, articles_at
from frontdoor.settings import Settings
from knowledge import lint_facts, lint_links, lint_reach, lint_similar
from knowledge.articles import Article, Library, assemble
from knowledge.embedding import EmbeddingError
from knowledge.lint import STALE_DAYS, Finding, of_dates, of_problems
from knowledge.records import readings
from knowledge.vectors import CachedEmbedder

Tell = Callable[[int, int], None]


def lint(
    context: typer.Context,
    place: Annotated[str, typer.Argument(help=HELP)] = FOLDER,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
    links: Annotated[bool, typer.Option("--links", help="Ask every link whether it leads anywhere.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Without the language model: nothing by meaning.")] = False,
    stale_days: Annotated[
        int, typer.Option(min=1, help="Days after which an article should be read again.")
    ] = STALE_DAYS,
) -> None:
    """Check every article and all of them together, and list what to mend. Exit code 1 for errors.

    Looks at fields, missing languages, length, duplicates, contradictions (between articles, and between the two
    languages of one), links, dates, and whether an article's own questions find it. An article with an error in its
    format is not served; a warning is only told.

    [dim]Examples:[/]
      frontdoor kb lint
      frontdoor kb lint console --strict --json
      frontdoor kb lint ../new-articles --links
    """
    settings = settings_at(context.obj)
    library = _library(place, settings)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task("Checking", total=None)
        tell: Tell = lambda done, of: progress.update(task, completed=done, total=of)  # noqa: E731
        found = sorted(_findings(library, None if quick else _embedder(settings), stale_days, tell), key=_order)
    if links:
        found = sorted([*found, *_dead_links(library)], key=_order)
    errors = sum(finding.error for finding in found)
    if as_json:
        counts = {"articles": len(library.articles), "errors": errors, "warnings": len(found) - errors}
        typer.echo(json.dumps({**counts, "findings": [asdict(each) for each in found]}, ensure_ascii=False))
    else:
        for finding in found:
            _tell(finding)
        counted = f"{len(library.articles)} articles, {errors} errors, {len(found) - errors} warnings"
        out.print(counted, highlight=False)
    if errors or (strict and found):
        raise typer.Exit(1)


def _library(place: str, settings: Settings) -> Library:
    path = settings.knowledge.path if place == FOLDER else Path(place)
    if place != CONSOLE and (place == FOLDER or path.is_dir()):
        return kb_folder.load(path)
    records = articles_at(place, settings)
    return assemble(reading for name, record in records.items() for reading in readings(name, record))


def _embedder(settings: Settings) -> CachedEmbedder:
    from frontdoor.cli.kb_search import open_embedder

    return open_embedder(settings)


def _findings(library: Library, embedder: CachedEmbedder | None, stale_days: int, tell: Tell) -> Iterator[Finding]:
    today = datetime.date.today()  # noqa: DTZ011  dates of articles are days on the calendar of whoever writes them
    articles = library.articles
    yield from of_problems(library)
    yield from of_dates(articles.values(), today, stale_days)
    yield from lint_links.findings(articles.values())
    for article in articles.values():
        yield from lint_facts.between_languages(article)
    valid = {name: article for name, article in articles.items() if article.valid_on(today)}
    try:
        pairs = lint_similar.pairs(valid, embedder)
        reach = list(lint_reach.findings(valid, embedder, today, tell)) if embedder else []
    except EmbeddingError as error:
        err.print(f"Nothing was compared by meaning: {error}", style="yellow", highlight=False, markup=False)
        pairs, reach = lint_similar.pairs(valid, None), []
    yield from lint_similar.findings(valid, pairs)
    yield from lint_facts.between_articles(valid.values(), lint_similar.alike(pairs))
    yield from reach


def _dead_links(library: Library) -> Iterator[Finding]:
    from frontdoor.cli.kb_links import dead

    where: dict[str, list[tuple[Article, str]]] = {}
    for article in library.articles.values():
        for text in article.texts.values():
            for address in lint_links.addresses(text.body):
                where.setdefault(address, []).append((article, text.path))
    with out.status(f"Asking {len(where)} links") if out.is_terminal else err.status(""):
        wrong = asyncio.run(dead(where))
    for address, why in wrong.items():
        for article, path in where[address]:
            yield Finding(path, article.id, "body", "link", f"{address[:100]} {why}", "correct or remove the link")


def _order(finding: Finding) -> tuple[bool, str, str]:
    return (not finding.error, finding.file, finding.message)


def _tell(finding: Finding) -> None:
    mark = "[red]error  [/]" if finding.error else "[yellow]warning[/]"
    said = escape(f"{finding.file}: {finding.field}: {finding.message}")
    out.print(f"{mark}  {said}", highlight=False, soft_wrap=True)
    out.print(f"         [green]→[/] {escape(finding.remedy)}", highlight=False, soft_wrap=True)
