"""The commands that run and check an installation."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer

from frontdoor import __version__, training
from frontdoor.check import check as check_files
from frontdoor.cli import channel, customer, desk, kb_later, user
from frontdoor.cli.context import err, out, project_folder, settings_at
from frontdoor.logs import configure
from frontdoor.problems import ConfigurationError
from frontdoor.screen import Screen
from frontdoor.up import up as run_everything

PRIVATE = 0o077  # what customers wrote is this user's to read, nobody else's

app = typer.Typer(
    help="Front Door: a chatbot-first front door for customer service.",
    epilog="Start with: frontdoor up",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(channel.app, name="channel")
app.add_typer(user.app, name="user")
app.add_typer(customer.app, name="customer")
app.add_typer(desk.app, name="desk")
app.add_typer(kb_later.app, name="kb")


@app.callback()
def common(
    context: typer.Context,
    root: Annotated[
        Path | None,
        typer.Option(envvar="FRONTDOOR_ROOT", help="Folder with frontdoor.yml. Default: the current one."),
    ] = None,
) -> None:
    """Front Door: a chatbot-first front door for customer service."""
    context.obj = project_folder(root)


@app.command(rich_help_panel="Run")
def up(context: typer.Context) -> None:
    """Run everything on this machine: train if needed, start the bot, the actions and the service, watch over them.

    Ctrl-C stops them in order. A program that dies is started again. Logs are in var/log.

    [dim]Examples:[/]
      frontdoor up
      FRONTDOOR_PORT=9000 frontdoor up
    """
    os.umask(PRIVATE)
    raise typer.Exit(run_everything(settings_at(context.obj), out))


@app.command(rich_help_panel="Run")
def serve(context: typer.Context) -> None:
    """Run the service alone, without Rasa: for systemd, containers, and many workers.

    Logs go to standard error. SIGTERM stops it after what it is doing.

    [dim]Example:[/]
      FRONTDOOR_LOG_FORMAT=json frontdoor serve
    """
    from frontdoor.app import serve as run_service  # the other commands start faster without it

    os.umask(PRIVATE)
    settings = settings_at(context.obj)
    configure(settings.logs)
    run_service(settings)


@app.command(rich_help_panel="Run")
def train(
    context: typer.Context,
    force: Annotated[bool, typer.Option("--force", help="Train even if nothing changed.")] = False,
) -> None:
    """Train the bot if what it learns from has changed (data/nlu, data/rules, domain.yml, config.yml, bot/).

    Editing an article needs no training. A bot that is running takes the new model without a restart.
    """
    settings = settings_at(context.obj)
    screen = Screen(out)
    reason = "asked for" if force else training.needed(settings.root)
    if not reason:
        screen.line("The model is up to date.")
        return
    try:
        with screen.waiting(f"Training the bot: {reason}") as progress:
            seconds = asyncio.run(training.train(settings, progress.stage))
    except training.TrainingError as error:
        screen.failure(str(error), error.tail, error.remedy, error.log)
        raise typer.Exit(1) from error
    screen.line(f"Trained in {seconds:.0f} s.")
    if asyncio.run(training.swap(settings)):
        screen.line("The running bot uses the new model now.")


@app.command(rich_help_panel="Look after")
def check(context: typer.Context) -> None:
    """Check the whole configuration and list every problem at once. Exit code 1 if there is one.

    Looks at frontdoor.yml, channels.yml, desks.yml, tiers.yml, every article, and Rasa's files.
    """
    screen = Screen(out)
    try:
        problems = tuple(check_files(settings_at(context.obj)))
    except ConfigurationError as error:
        problems = error.problems
    if problems:
        screen.problems(problems)
        raise typer.Exit(1)
    screen.line("Everything is in order.")


@app.command(rich_help_panel="Look after")
def version() -> None:
    """Print the version."""
    out.print(__version__, highlight=False)


def main() -> int:
    """Run the command line; errors that people can mend are told without a traceback."""
    try:
        app()
    except ConfigurationError as error:
        Screen(err).problems(error.problems)
        return 1
    return 0
