"""`frontdoor kb index`: a large base is made ready before the bot needs it."""

import time

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from frontdoor.cli.context import out, settings_at
from frontdoor.cli.kb_search import open_base, open_embedder
from knowledge.base import LARGE
from knowledge.catalogue import Articles

_DOING = {"reading": "Reading files", "indexing": "Indexing articles"}


def index(context: typer.Context) -> None:
    """Read and index all articles, and save the index, so that the bot starts at once.

    Needed by large bases only (4,000 files and more), where the first start would take long. It may be interrupted:
    the next time it goes on from there. The bot does the same when it starts, and takes up later edits by itself.
    """
    settings = settings_at(context.obj)
    embedder = open_embedder(settings)
    started = time.monotonic()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=out) as bars:
        tasks: dict[str, TaskID] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(_DOING[what], total=total)
            bars.update(tasks[what], completed=done, total=total)

        base = open_base(settings, embedder, show)
    if isinstance(base.articles, Articles):
        where = f"index saved in {embedder.folder}/index"
    else:
        where = f"held in memory: only bases of {LARGE:,} files and more have a saved index"
    out.print(
        f"{len(base.articles):,} articles in {time.monotonic() - started:.0f} s; {where}",
        highlight=False,
        soft_wrap=True,
    )
