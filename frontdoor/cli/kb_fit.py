"""`frontdoor kb fit`: how sure the bot must be, fitted to a company's own questions."""

import asyncio
import json
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from frontdoor import questions
from frontdoor.cli.context import err, open_storage, out, settings_at
from frontdoor.cli.kb_eval import read_rows
from frontdoor.cli.kb_search import FITTED, open_base, open_embedder
from frontdoor.settings import Settings
from knowledge.articles import EVERYONE, Audience
from knowledge.confidence import Model
from knowledge.fit import KEPT, OFFERED_RISK, RISK
from knowledge.language import detect
from knowledge.refit import Asked, Figures, figures, judge, refit

FEW = 100  # questions from which on the result means something
DAY_MS = 86_400_000


def fit(
    context: typer.Context,
    log: Annotated[Path | None, typer.Option(help="JSONL, a question a line.", exists=True, dir_okay=False)] = None,
    from_conversations: Annotated[
        int, typer.Option(min=0, metavar="DAYS", help="Learn from the conversations of so many days.")
    ] = 0,
    risk: Annotated[
        float, typer.Option(min=0.005, max=0.5, help="How many of the answers given alone may be wrong.")
    ] = RISK,
    offered_risk: Annotated[
        float, typer.Option(min=0.005, max=0.9, help="How many of all answers may be wrong, with others beside them.")
    ] = OFFERED_RISK,
    kept: Annotated[
        float, typer.Option(min=0.1, max=1, help="How many questions with an answer must at least get a choice.")
    ] = KEPT,
    write: Annotated[Path | None, typer.Option("--out", help=f"Where to write it. Default: {FITTED}.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Ask as agents do: articles for all audiences.")] = False,
) -> None:
    """Fit the bot's confidence to your own questions, and choose from which on it answers by the risk you take.

    A line of --log is {"query": "…", "expected": "article-id"}, as for `frontdoor kb eval`; `expected` is null where
    nothing answers. Conversations tell less: an answer counts as right if the customer said that it helped or asked for
    nobody afterwards. The bot takes the result up at once. docs/confidence.md tells how to choose a risk.

    [dim]Examples:[/]
      frontdoor kb fit --log asked.jsonl --risk 0.05
      frontdoor kb fit --from-conversations 90
    """
    settings = settings_at(context.obj)
    if (log is None) == (not from_conversations):
        err.print("Say what to learn from: --log FILE or --from-conversations DAYS.", style="red")
        raise typer.Exit(2)
    asked = _logged(log) if log else asyncio.run(_heard(settings, from_conversations))
    embedder = open_embedder(settings)
    with err.status("Asking"):
        base = open_base(settings, embedder)
        shipped = Model.load().of(embedder.name)
        base.model = shipped  # what was fitted before must not be fitted twice
        before = judge(base, asked, frozenset(Audience) if everything else EVERYONE)
    try:
        fitted, after = refit(Model.load(), before, risk=risk, offered=offered_risk, kept=kept)
    except ValueError as error:
        err.print(f"Nothing to fit: {error}.", style="red", highlight=False)
        raise typer.Exit(1) from error
    path = write or settings.root / FITTED
    path.parent.mkdir(parents=True, exist_ok=True)
    fitted.save(path)
    worth = {"shipped": figures(shipped, before), "fitted": figures(fitted, after)}
    if as_json:
        thresholds = {"alone": fitted.alone, "answer": fitted.answer, "clarify": fitted.clarify}
        said = {"written": str(path), "thresholds": thresholds}
        typer.echo(json.dumps(said | {name: asdict(each) for name, each in worth.items()}, ensure_ascii=False))
    else:
        _tell(worth, fitted, path)


def _logged(path: Path) -> list[Asked]:
    return [Asked(row.query, row.language, frozenset(row.expected)) for row in read_rows(path)]


async def _heard(settings: Settings, days: int) -> list[Asked]:
    """Questions of conversations, with what became of them."""
    async with open_storage(settings) as (database, _):
        heard = await questions.recent(database, since=int(time.time() * 1000) - days * DAY_MS)
    return list(_outcomes(heard))


def _outcomes(heard: Iterable[questions.Question]) -> Iterable[Asked]:
    for one in heard:
        language = one.language or detect(one.text).language
        shown = str((one.chosen or one.shown).get("id", ""))
        if one.chosen and not one.failed:
            yield Asked(one.text, language, relevant=frozenset({shown}))
        elif shown:
            which = "wrong" if one.failed else "relevant"
            yield Asked(one.text, language, **{which: frozenset({shown})})
        elif one.outcome == "handed_over":
            yield Asked(one.text, language)


def _tell(worth: dict[str, Figures], fitted: Model, path: Path) -> None:
    table = Table("", *worth, box=None, pad_edge=False)
    names = {
        "questions": "questions",
        "alone": "answered alone",
        "wrong_alone": "  of these wrong",
        "answered": "answered, also with others",
        "wrong": "  of these wrong",
        "offered": "without an answer, yet got something",
        "calibration_error": "confidence is off by",
    }
    for name, said in names.items():
        values = [getattr(each, name) for each in worth.values()]
        table.add_row(said, *(str(value) if name == "questions" else f"{100 * value:.1f} %" for value in values))
    out.print(table, highlight=False)
    out.print(
        f"Answers alone from {fitted.alone:.2f}, with others from {fitted.answer:.2f}, offers a choice from "
        f"{fitted.clarify:.2f}. Written to {path}; the bot takes it up at once.",
        highlight=False,
        soft_wrap=True,
    )
    if worth["fitted"].questions < FEW:
        err.print(f"Fewer than {FEW} questions tell little: take the figures for a hint.", style="yellow")
