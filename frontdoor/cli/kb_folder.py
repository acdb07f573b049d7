"""Folders of articles: as records, and written from them."""

from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

import typer

from frontdoor.cli.context import err
from knowledge import articles
from knowledge.records import Record, article_from, to_record
from knowledge.writing import files_of


def load(folder: Path) -> articles.Library:
    """A folder's articles and problems; tells it and ends the command when there is no such folder."""
    try:
        return articles.load(folder)
    except FileNotFoundError as error:
        err.print(f"There is no folder {folder}. Set knowledge.path in frontdoor.yml.", style="red", markup=False)
        raise typer.Exit(1) from error


def records(library: articles.Library) -> dict[str, Record]:
    """Records by id."""
    return {article.id: to_record(article) for article in library.articles.values()}


def write(folder: Path, changed: Mapping[str, Record]) -> list[Path]:
    """Write articles as files; their files under another category or in a language they no longer have go. Raises
    ValueError for a record that is no article, before anything is written."""
    contents: dict[Path, str] = {}
    for article_id, record in changed.items():
        article, problems = article_from(article_id, record)
        if article is None:
            raise ValueError("; ".join(str(problem) for problem in problems if problem.error))
        contents |= {folder / PurePosixPath(name): text for name, text in files_of(article).items()}
    ids = set(changed)
    replaced = [path for path in articles.article_files(folder) if path.stem.rpartition(".")[0] in ids]
    for path, text in contents.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.new")  # the bot follows the folder: it must not see half a file
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(path)
    _remove(path for path in replaced if path not in contents)
    return sorted(contents)


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink()
        if not any(path.parent.iterdir()):
            path.parent.rmdir()
