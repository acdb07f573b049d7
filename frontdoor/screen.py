"""What `frontdoor up` shows: a few lines that a person can follow, on a terminal or in a file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from frontdoor.desk_settings import helpdesks
from frontdoor.first_admin import LOGIN
from frontdoor.problems import Problem
from frontdoor.process.supervisor import Event
from frontdoor.settings import Settings


class Waiting:
    """The line that moves while something lasts."""

    def __init__(self, title: str, progress: Progress | None = None) -> None:
        self._title, self._progress = title, progress
        self._task = progress.add_task(escape(title)) if progress else None

    def stage(self, what: str) -> None:
        """What it is at, behind the title."""
        if self._progress and self._task is not None:
            self._progress.update(self._task, description=f"{escape(self._title)}  [dim]{escape(what)}[/]")


class Screen:
    """Writes to one console."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def line(self, text: str) -> None:
        """One line."""
        self._console.print(escape(text), highlight=False)

    @contextmanager
    def waiting(self, title: str) -> Iterator[Waiting]:
        """Show that `title` lasts, for as long as the block does."""
        if not self._console.is_terminal:
            self.line(f"{title} …")
            yield Waiting(title)
            return
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        with Progress(*columns, console=self._console, transient=True) as progress:
            yield Waiting(title, progress)

    def event(self, event: Event) -> None:
        """What became of a program."""
        title = escape(event.program.title)
        if event.kind == "ready":
            self._console.print(f"  [green]✓[/] {title} is ready  [dim]{event.seconds:.1f} s[/]", highlight=False)
        elif event.kind == "trouble":
            again = f"starting it again in {event.seconds:.1f} s (log: {event.program.log.name})"
            self._console.print(f"  [yellow]![/] {title} {escape(event.why)}; {again}", highlight=False)

    def problems(self, problems: tuple[Problem, ...]) -> None:
        """Everything that has to be mended first."""
        count = len(problems)
        self._console.print(f"[red]{count} problem{'s' if count != 1 else ''} to mend first[/]\n", highlight=False)
        for problem in problems:
            self._console.print(f"  [bold]{escape(problem.where)}[/]", highlight=False)
            self._console.print(f"    {escape(problem.what)}", highlight=False)
            self._console.print(f"    [green]→[/] {escape(problem.remedy)}\n", highlight=False)

    def failure(self, what: str, tail: list[str], remedy: str, log: Path) -> None:
        """Something did not start or train: what it said last, and what to do."""
        self._console.print(f"  [red]✗[/] {escape(what)}", highlight=False)
        for line in tail:
            self._console.print(f"    [dim]│[/] {escape(line)}", highlight=False, soft_wrap=True)
        self._console.print(f"    [green]→[/] {escape(remedy)}", highlight=False)
        self._console.print(f"      Log: {escape(str(log))}", highlight=False, soft_wrap=True)

    def summary(self, settings: Settings, password: str) -> None:
        """Where everything is. A password that was just made is shown here, once, and to a person only."""
        table = Table.grid(padding=(0, 2))
        table.add_row("Demo page", f"{settings.public_url}/")
        table.add_row("Desk" if settings.desks.built_in.enabled else "Console", f"{settings.public_url}/desk/")
        if named := helpdesks(settings.desks):
            table.add_row("Helpdesks", escape(", ".join(named)))
        if password and self._console.is_terminal:
            table.add_row("Log in", f"[bold]{LOGIN}[/]  [bold]{password}[/]")
            table.add_row("", "[dim]shown only this once; you choose your own when you log in[/]")
        elif password:
            table.add_row("Log in", f"{LOGIN}, password in {_keep(settings.data_dir, password)}")
        table.add_row("Logs", str(settings.data_dir / "log"))
        table.add_row("Stop", "Ctrl-C")
        panel = Panel(table, title="Front Door is running", title_align="left", border_style="green", expand=False)
        self._console.print(panel, highlight=False, soft_wrap=not self._console.is_terminal)


def _keep(data_dir: Path, password: str) -> Path:
    """Output that is no terminal may be kept by anyone: the password goes to a file that only this user reads."""
    path = data_dir / "first-password.txt"
    path.touch(mode=0o600)
    path.write_text(f"{password}\n", encoding="utf-8")
    return path
