"""`frontdoor kb import`: other people's documents become articles."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from frontdoor.cli import kb_console, kb_folder, kb_gate
from frontdoor.cli.context import err, out, settings_at
from frontdoor.cli.user import Speaks
from frontdoor.settings import Settings
from knowledge import articles
from knowledge.importing.files import Source, find, paired
from knowledge.importing.naming import category_of
from knowledge.importing.pieces import Reading, Skipped
from knowledge.importing.plan import Options, Plan, Planned, State, plan
from knowledge.importing.sandbox import sandbox

SHOWN = 40
"""Rows of a report about articles."""
LEFT_OUT = 500
"""Rows of a report about what was left out."""
_COLOURS = {State.NEW: "green", State.CHANGED: "yellow", State.UNCHANGED: "dim"}


def import_articles(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help="Files and folders.", show_default=False)],
    to: Annotated[Path | None, typer.Option("--to", help="Write Markdown files to this folder instead.")] = None,
    drafts: Annotated[bool, typer.Option("--drafts", help="Save drafts in the console. This is the default.")] = False,
    publish: Annotated[
        bool, typer.Option("--publish", help="Publish at once what you have read; needs --note.")
    ] = False,
    category: Annotated[str, typer.Option(help="Category of all articles. Default: as the source says.")] = "",
    language: Annotated[
        str, typer.Option(help="en or zh, for texts whose source does not say; auto looks at each.")
    ] = "auto",
    accept: Annotated[
        bool, typer.Option("--accept", help="Publish although answers get worse, or the bot is away; needs --note.")
    ] = False,
    note: Annotated[str, typer.Option(help="Why, for the history of published articles.")] = "",
    login: Annotated[str, typer.Option("--as", help="In whose name. Default: the first admin.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")] = False,
) -> None:
    """Turn documents into articles: Markdown, CSV, XLSX, JSONL, HTML pages, PDF and DOCX.

    Each question with its answer becomes an article; importing a file again updates its articles. Nothing is answered
    from drafts: read and publish them in the console. docs/knowledge.md says what each format may look like.

    With --publish, and with --to the folder that the bot follows, the bot is asked recent questions again before each
    article goes live: what makes answers worse stays out, until you say --accept --note "why".

    [dim]Examples:[/]
      frontdoor kb import faq.xlsx --dry-run
      frontdoor kb import help-centre/ --category help
      frontdoor kb import 常见问题.docx --language zh --to data/kb
      frontdoor kb import kb.jsonl --publish --note "Moved from the old help desk"
    """
    options = _options(category, language)
    if sum((to is not None, drafts, publish)) > 1:
        raise typer.BadParameter("choose one of --to, --drafts and --publish")
    if (publish or accept) and not note and not dry_run:
        raise typer.BadParameter("say why: --note “…” is kept in each article's history", param_hint="--publish")
    settings = settings_at(context.obj)
    sources, left_out = find(paths)
    found = list(_read_all(sources))
    console = asyncio.run(kb_console.look(settings)) if to is None else None
    existing = console.newest if console else kb_folder.records(_folder(to))
    made = plan(paired(found), existing, options)
    made.skipped[:0] = [*left_out, *(each for _, reading in found for each in reading.skipped)]
    if console:
        _spare(made, console)
    failed, fresh = False, list[Planned]()
    if not dry_run:
        fresh = [each for each in made.articles if each.state is not State.UNCHANGED]
        if console and publish:  # what an earlier import has left as drafts
            fresh += [each for each in made.articles if each.state is State.UNCHANGED and console.waiting(each.id)]
        if to is not None:
            failed = _write(settings, made, fresh, to, accept=accept)
        else:
            why = kb_console.Publish(note, accept) if publish else None
            failed = _save(settings, made, fresh, why, login)
    _report(made, dry_run=dry_run)
    written = any(each in made.articles for each in fresh)
    _say_where(to, publish=publish, dry_run=dry_run, written=written)
    if failed or not made.articles:
        raise typer.Exit(1)


def _options(category: str, language: str) -> Options:
    if language not in ("auto", *Speaks):
        raise typer.BadParameter("must be en, zh or auto", param_hint="--language")
    if category and not category_of(category):
        raise typer.BadParameter("must have a letter or digit", param_hint="--category")
    return Options(category=category_of(category), language="" if language == "auto" else language)


def _folder(to: Path | None) -> articles.Library:
    return kb_folder.load(to) if to is not None and to.is_dir() else articles.Library({})


def _read_all(sources: Sequence[Source]) -> Iterator[tuple[Source, Reading]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with sandbox() as box, Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task("Reading", total=len(sources))
        for source in sources:
            progress.update(task, description=f"Reading {escape(source.name[-60:])}")
            yield source, box.read(source)
            progress.advance(task)


def _spare(made: Plan, console: kb_console.Console) -> None:
    """Leave out what a person is writing just now."""
    for planned in [each for each in made.articles if each.state is not State.UNCHANGED and console.held(each.id)]:
        made.articles.remove(planned)
        remedy = "publish it or throw it away in the console, and import again"
        made.skipped.append(
            Skipped(planned.source, planned.place, f"{planned.id} has a draft somebody is writing", remedy)
        )


def _write(settings: Settings, made: Plan, fresh: Sequence[Planned], to: Path, *, accept: bool) -> bool:
    """Write files; whether some had to be left out, because the bot follows this folder and they would do harm."""
    records = {each.id: each.record for each in fresh}
    refused: dict[str, str] = {}
    if records and not accept and to.resolve() == settings.knowledge.path.resolve():
        with _asking(len(records)) as step:
            refused = asyncio.run(kb_gate.refused(settings, records, step))
    kb_folder.write(to, {name: record for name, record in records.items() if name not in refused})
    _leave_out(made, refused, "read it, and import again with --accept --note “why”")
    return bool(refused)


def _save(
    settings: Settings, made: Plan, fresh: Sequence[Planned], publish: kb_console.Publish | None, login: str
) -> bool:
    """Save drafts, and publish them when asked to; whether some were left out."""
    imports = [kb_console.Import(each.id, each.record, f"{each.source} {each.place}".strip()) for each in fresh]
    asked = len(imports) if publish and not publish.accept else 0
    try:
        with _asking(asked) as step:
            done = asyncio.run(kb_console.save(settings, imports, login=login, publish=publish, step=step))
    except kb_console.NobodyToSign as error:
        err.print(f"Nothing was saved: {error}.", style="red", highlight=False, markup=False)
        raise typer.Exit(1) from error
    _leave_out(made, dict.fromkeys(done.late, "somebody else changed it meanwhile"), "import again")
    remedy = "it is a draft: read it in the console, or import again with --publish --accept --note “why”"
    _leave_out(made, done.refused, remedy)
    return bool(done.late or done.refused)


@contextmanager
def _asking(total: int) -> Iterator[kb_gate.Step]:
    """A bar for the questions that are asked before articles go live; `total` articles, 0: none is shown."""
    columns = (TextColumn("Asking recent questions again"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=err, transient=True, disable=not (total and err.is_terminal)) as progress:
        task = progress.add_task("", total=total)
        yield partial(progress.advance, task)


def _leave_out(made: Plan, reasons: Mapping[str, str], remedy: str) -> None:
    for planned in [each for each in made.articles if each.id in reasons]:
        made.articles.remove(planned)
        reason = f"{planned.id}: {reasons[planned.id]}"
        made.skipped.append(Skipped(planned.source, planned.place, reason, remedy))


def _report(made: Plan, *, dry_run: bool) -> None:
    fresh = [each for each in made.articles if each.state is not State.UNCHANGED]
    if fresh:
        table = Table("", "Article", "Title", "From", box=None, pad_edge=False)
        for planned in fresh[:SHOWN]:
            colour = _COLOURS[planned.state]
            where = f"{planned.source} {planned.place}".strip()
            table.add_row(f"[{colour}]{planned.state.value}[/]", planned.id, escape(_title(planned)), escape(where))
        out.print(table, highlight=False)
        if len(fresh) > SHOWN:
            out.print(f"… and {len(fresh) - SHOWN} more", style="dim", highlight=False)
    for skipped in made.skipped[:LEFT_OUT]:
        where = f"{skipped.source} {skipped.place}".strip()
        out.print(f"[red]skipped[/]  {escape(where)}: {escape(skipped.reason)}", highlight=False, soft_wrap=True)
        out.print(f"         [green]→[/] {escape(skipped.remedy)}", highlight=False, soft_wrap=True)
    if len(made.skipped) > LEFT_OUT:
        out.print(f"… and {len(made.skipped) - LEFT_OUT} more that were skipped", style="dim", highlight=False)
    counts = {state: sum(each.state is state for each in made.articles) for state in State}
    alone = sum(bool(each.notes) for each in made.articles)
    words = ", ".join(f"{count} {state.value}" for state, count in counts.items())
    languages = f"; {alone} in one language only" if alone else ""
    out.print(f"{words}, {len(made.skipped)} skipped{languages}", highlight=False, markup=False)


def _title(planned: Planned) -> str:
    return " / ".join(text["title"] for text in planned.record["texts"].values())[:90]


def _say_where(to: Path | None, *, publish: bool, dry_run: bool, written: bool) -> None:
    if dry_run:
        said = "Nothing was written: this was a dry run."
    elif not written:
        said = "Nothing had to be written."
    elif to is not None:
        said = f"Written to {to}. Check them with: frontdoor kb lint {to}"
    elif publish:
        said = "Published: the bot answers with them within seconds."
    else:
        said = "Saved as drafts. Read and publish them in the console, under Knowledge."
    out.print(said, style="dim", highlight=False, markup=False, soft_wrap=True)
