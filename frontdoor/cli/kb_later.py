"""`frontdoor kb …`, loaded only when it is used: it brings numpy and more, which the service would keep in memory."""

from functools import cache
from typing import Any

import typer
from typer.core import TyperGroup


@cache
def _loaded() -> TyperGroup:
    from frontdoor.cli import kb

    return typer.main.get_group(kb.app)


class _Later(TyperGroup):
    """The commands of another group."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Their names."""
        return _loaded().list_commands(ctx)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """One of them."""
        return _loaded().get_command(ctx, cmd_name)


app = typer.Typer(cls=_Later, help="Import and check articles, and try what they answer.", no_args_is_help=True)


@app.callback()
def _knowledge() -> None:
    """Import and check articles, and try what they answer."""
