"""What commands that add and look at something have in common: asking, refusing, and telling what was found."""

from collections.abc import Sequence
from typing import NoReturn

import typer
from rich.markup import escape

from connectors.channel import Finding
from frontdoor.cli.context import err, out
from frontdoor.problems import Problem
from frontdoor.questionnaire import Question, Questionnaire, made_up
from frontdoor.screen import Screen


def given(pairs: list[str]) -> list[tuple[str, str]]:
    """`setting=value` by setting. Raises `typer.BadParameter`."""
    for pair in pairs:
        if "=" not in pair:
            raise typer.BadParameter(f"{pair!r} is not setting=value", param_hint="--set")
    return [(pair.partition("=")[0], pair.partition("=")[2]) for pair in pairs]


def no(why: str) -> NoReturn:
    """Say why not, and end."""
    err.print(why, highlight=False, markup=False)
    raise typer.Exit(1)


def refuse(problems: Sequence[Problem]) -> None:
    """Tell what is wrong with answers, before anything is written."""
    if problems:
        Screen(err).problems(tuple(problems))
        raise typer.Exit(1)


def asked(form: Questionnaire, kind: str, name: str, question: Question) -> str:
    """An answer that fits; empty when nothing was typed and nothing has to be."""
    out.print(f"[dim]{escape(question.meaning)}[/]", highlight=False)
    hint = "Enter makes one" if question.own else None
    if question.default is not None:
        hint = f"Enter: {question.default}" if question.default else "Enter: none"
    text = f"{question.name} ({hint})" if hint else question.name
    while True:
        answer = str(
            typer.prompt(text, default="" if hint else None, show_default=False, hide_input=question.secret)
        ).strip()
        if not answer and question.own:
            out.print(f"Made; it is {form.variable(name, question.name)} in .env.", highlight=False)
            return made_up()
        wrong = form.problems(kind, {question.name: answer}, complete=False) if answer else []
        if not wrong:
            return answer
        for problem in wrong:
            out.print(f"[red]✗[/] {escape(problem.what)}", highlight=False)
            out.print(f"  [green]→[/] {escape(problem.remedy)}", highlight=False)


def tell(finding: Finding, told: str) -> None:
    """One line, and the remedy, unless it was `told` just before."""
    mark = "[green]✓[/]" if finding.ok else "[red]✗[/]"
    out.print(f"  {mark} {escape(finding.what)}", highlight=False, soft_wrap=True)
    if not finding.ok and finding.remedy not in {"", told}:
        out.print(f"    [green]→[/] {escape(finding.remedy)}", highlight=False, soft_wrap=True)
