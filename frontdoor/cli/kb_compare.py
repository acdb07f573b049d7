"""`frontdoor kb diff` and `frontdoor kb export`: articles compared, and taken elsewhere."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.text import Text

from frontdoor.cli import kb_folder
from frontdoor.cli.context import err, out, settings_at
from frontdoor.cli.kb_places import CONSOLE, FOLDER, HELP, articles_at
from knowledge import exporting
from knowledge.comparing import Difference, compare, words

_SIGNS = {"added": "[green]+[/]", "removed": "[red]-[/]", "changed": "[yellow]~[/]"}
_WORDS = {"same": ("{}", ""), "before": ("[-{}-]", "red"), "after": ("{{+{}+}}", "green")}
_CONTEXT = 60
"""Characters of unchanged text that are shown beside a change."""


def diff(
    context: typer.Context,
    before: Annotated[str, typer.Argument(help=HELP)] = FOLDER,
    after: Annotated[str, typer.Argument(help="The same; compared with the first.")] = CONSOLE,
    names: Annotated[bool, typer.Option("--names", help="Only which articles, not what in them.")] = False,
) -> None:
    """Show what differs between two states of the articles, word by word. Exit code 1 if anything does.

    The day of the last review is not compared.

    [dim]Examples:[/]
      frontdoor kb diff                      what the console has published over the files
      frontdoor kb diff backup.jsonl         a backup and what is in force now
      frontdoor kb diff data/kb ../other/kb  two folders
    """
    settings = settings_at(context.obj)
    found = compare(articles_at(before, settings), articles_at(after, settings))
    for each in found:
        out.print(f"{_SIGNS[each.kind]} {each.article}  [dim]{escape(each.title)}[/]", highlight=False, soft_wrap=True)
        if not names:
            _tell(each)
    counts = {kind: sum(each.kind == kind for each in found) for kind in _SIGNS}
    out.print(", ".join(f"{count} {kind}" for kind, count in counts.items()), highlight=False)
    if found:
        raise typer.Exit(1)


def _tell(difference: Difference) -> None:
    for change in difference.fields:
        out.print(f"    {change.field}", style="bold", highlight=False, markup=False)
        text = Text("      ")
        for part in words(change.before, change.after):
            form, style = _WORDS[part.kind]
            told = _shortened(part.text) if part.kind == "same" else part.text
            text.append(form.format(told).replace("\n", "\n      "), style)
        out.print(text, soft_wrap=True)


def _shortened(text: str) -> str:
    if len(text) <= 2 * _CONTEXT + 5:
        return text
    return f"{text[:_CONTEXT]} … {text[-_CONTEXT:]}"


def export(
    context: typer.Context,
    place: Annotated[str, typer.Argument(help=HELP)] = CONSOLE,
    to: Annotated[Path | None, typer.Option("--to", help="A new or empty folder, for Markdown files.")] = None,
    jsonl: Annotated[Path | None, typer.Option("--jsonl", help="A file, one article a line.")] = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="A sheet as CSV.")] = None,
    xlsx: Annotated[Path | None, typer.Option("--xlsx", help="A sheet as a workbook.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace what is there.")] = False,
) -> None:
    """Write the articles to a folder or file that `frontdoor kb import` reads back the same.

    Cells of a CSV that a spreadsheet would run begin with an apostrophe, which the import takes off again.

    [dim]Examples:[/]
      frontdoor kb export --xlsx articles.xlsx
      frontdoor kb export folder --jsonl backup.jsonl
    """
    targets = [path for path in (to, jsonl, csv, xlsx) if path is not None]
    if not targets:
        raise typer.BadParameter("name a target: --to FOLDER, --jsonl FILE, --csv FILE or --xlsx FILE")
    for path in targets:
        if not force and (any(path.iterdir()) if path.is_dir() else path.exists()):
            err.print(f"{path} is there already: name another one, or add --force.", style="red", markup=False)
            raise typer.Exit(1)
    records = articles_at(place, settings_at(context.obj))
    try:
        if to is not None:
            kb_folder.write(to, records)
        if jsonl is not None:
            jsonl.write_text(exporting.jsonl(records), encoding="utf-8")
        if csv is not None:
            csv.write_text(exporting.csv_text(records), encoding="utf-8", newline="")
        if xlsx is not None:
            exporting.write_xlsx(records, xlsx)
    except OSError as error:
        err.print(f"Cannot write {error.filename}: {error.strerror}.", style="red", markup=False)
        raise typer.Exit(1) from error
    out.print(f"{len(records)} articles written to {', '.join(map(str, targets))}", highlight=False, markup=False)
