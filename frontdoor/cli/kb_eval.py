"""`frontdoor kb eval`: questions with known answers, asked all at once; a gate for a company's own checks."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from frontdoor.cli.context import err, out, settings_at
from frontdoor.cli.kb_search import open_base, open_embedder
from knowledge.articles import EVERYONE, Audience
from knowledge.base import KnowledgeBase
from knowledge.language import detect

SHOWN = 50
_ANSWERS = ("expected", "expected_id", "expected_ids", "relevant_ids", "relevant", "article", "articles")
_NOTHING = frozenset({"", "none", "null", "oos"})


@dataclass(frozen=True)
class Row:
    """A question with the articles of which each answers it; none if the base has no answer."""

    query: str
    language: str
    expected: tuple[str, ...]


@dataclass(frozen=True)
class Asked:
    """What became of a question. `verdict`: right, wrong, asked_back, unanswered; of one without an answer: quiet or
    false_answer."""

    query: str
    language: str
    expected: tuple[str, ...]
    first: str
    confidence: float
    verdict: str
    hit: bool


def evaluate(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="JSONL, a question a line.", exists=True, dir_okay=False)],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
    min_hit1: Annotated[float, typer.Option(min=0, max=1, help="Fail when fewer find their article first.")] = 0.0,
    max_false: Annotated[float, typer.Option(min=0, max=1, help="Fail when more without an answer get one.")] = 1.0,
    everything: Annotated[bool, typer.Option("--all", help="Ask as agents do: articles for all audiences.")] = False,
) -> None:
    """Ask questions whose answers are known, and tell which are found. Exit code 1 below --min-hit1.

    A line is {"query": "…", "lang": "zh", "expected": "article-id"}; `expected` may be a list of which each is right,
    and is null where the bot should keep quiet. `text` for query and `relevant_ids` for expected do as well.

    [dim]Examples:[/]
      frontdoor kb eval questions.jsonl
      frontdoor kb eval questions.jsonl --min-hit1 0.9 --max-false 0.03 --json
    """
    rows = read_rows(file)
    settings = settings_at(context.obj)
    embedder = open_embedder(settings)
    with err.status("Asking"):
        base = open_base(settings, embedder)
        asked = _ask(base, rows, frozenset(Audience) if everything else EVERYONE)
    unknown = sorted({name for row in rows for name in row.expected} - base.articles.keys())
    figures = _figures(asked)
    if as_json:
        failing = [asdict(each) for each in asked if _failed(each)]
        typer.echo(json.dumps({**figures, "unknown_articles": unknown, "failing": failing}, ensure_ascii=False))
    else:
        _tell(asked, figures, unknown)
    hit, false = figures["hit@1"], figures["false_answers"]
    if (hit is not None and hit < min_hit1) or (false is not None and false > max_false):
        raise typer.Exit(1)


def read_rows(file: Path) -> list[Row]:
    """The questions of a file. Ends the command with the line that is wrong."""
    rows = []
    for number, line in enumerate(file.read_text(encoding="utf-8-sig", errors="replace").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = _row(json.loads(line))
        except (ValueError, TypeError) as error:
            err.print(f"{file}, line {number}: {error}.", style="red", highlight=False, markup=False)
            raise typer.Exit(1) from error
        rows.append(row)
    if not rows:
        err.print(f"{file} holds no questions.", style="red", highlight=False, markup=False)
        raise typer.Exit(1)
    return rows


def _row(said: Any) -> Row:
    if not isinstance(said, dict):
        raise ValueError("must be an object")
    query = said.get("query", said.get("text", said.get("question")))
    if not isinstance(query, str):
        raise ValueError("has no text in query")
    name = next((name for name in _ANSWERS if name in said), None)
    if name is None and said.get("label") != "oos" and said.get("intent") != "oos":
        raise ValueError("does not say what is expected: an article's id, or null for none")
    expected = said.get(name) if name else None
    listed = expected if isinstance(expected, list) else [expected]
    ids = tuple(str(each) for each in listed if each is not None and str(each).casefold() not in _NOTHING)
    language = said.get("lang") or said.get("language")
    return Row(query, language if language in ("en", "zh") else detect(query).language, ids)


def _ask(base: KnowledgeBase, rows: Sequence[Row], audiences: frozenset[Audience]) -> list[Asked]:
    answer, clarify = base.model.answer, base.model.clarify
    found = []
    for row in rows:
        result = base.search(row.query, row.language, audiences=audiences, limit=5)
        hits = result.hits
        first, confidence = (hits[0].article, hits[0].confidence) if hits else ("", 0.0)
        hit = first in row.expected
        if row.expected:
            verdict = "asked_back" if result.answerable >= clarify else "unanswered"
            verdict = ("right" if hit else "wrong") if confidence >= answer else verdict
        else:
            verdict = "false_answer" if confidence >= answer else "quiet"
        found.append(Asked(row.query, row.language, row.expected, first, round(confidence, 3), verdict, hit))
    return found


def _figures(asked: Sequence[Asked]) -> dict[str, float | int | None]:
    known = [each for each in asked if each.expected]
    unknown = [each for each in asked if not each.expected]

    def share(count: int, of: Sequence[Asked]) -> float | None:
        return round(count / len(of), 4) if of else None

    return {
        "questions": len(asked),
        "hit@1": share(sum(each.hit for each in known), known),
        "answered": share(sum(each.verdict in {"right", "wrong"} for each in known), known),
        "wrong": share(sum(each.verdict == "wrong" for each in known), known),
        "false_answers": share(sum(each.verdict == "false_answer" for each in unknown), unknown),
    }


def _failed(each: Asked) -> bool:
    return each.verdict not in {"right", "quiet"}


def _tell(asked: Sequence[Asked], figures: dict[str, float | int | None], unknown: Sequence[str]) -> None:
    failing = [each for each in asked if _failed(each)]
    if failing:
        table = Table("", "Question", "Expected", "First", "Confidence", box=None, pad_edge=False)
        for each in failing[:SHOWN]:
            expected = escape(", ".join(each.expected) or "none")
            first = escape(each.first or "none")
            table.add_row(
                each.verdict.replace("_", " "), escape(each.query[:80]), expected, first, f"{each.confidence:.2f}"
            )
        out.print(table, highlight=False)
        if len(failing) > SHOWN:
            out.print(f"… and {len(failing) - SHOWN} more", style="dim", highlight=False)
    for name in unknown:
        out.print(f"[yellow]There is no article {escape(name)}[/], though it is expected.", highlight=False)
    meanings = {
        "hit@1": "find their article first", "answered": "are answered", "wrong": "are answered with another article",
        "false_answers": "of those without an answer get one",
    }  # fmt: skip
    for name, meaning in meanings.items():
        share = figures[name]
        if share is not None:
            out.print(f"{share:7.1%}  {name:13}  {meaning}", highlight=False)
