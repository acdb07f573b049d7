"""`frontdoor customer …`: forget somebody who asks for it."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from frontdoor.cli.context import open_storage, out, settings_at
from frontdoor.retention import erase
from storage import retention, work

app = typer.Typer(help="Forget customers.", no_args_is_help=True)


@app.command()
def forget(
    context: typer.Context,
    who: Annotated[str, typer.Argument(help="E-mail address, phone, user id, ticket number, or id of a conversation.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete all conversations of a customer, on all channels: messages, tickets, files, contact details, links, and
    what the bot knows of them.

    While the service runs, the bot and the files follow within seconds; else when it is started.
    """
    raise typer.Exit(asyncio.run(_forget(context.obj, who, yes)))


async def _forget(root: Path, who: str, yes: bool) -> int:
    async with open_storage(settings_at(root)) as (database, bus):
        found = await database.read(retention.conversations_of, who)
        if not found:
            out.print(f"There is no conversation of {who}.", highlight=False, markup=False)
            return 1
        if not yes and not typer.confirm(f"Delete {len(found)} conversation(s) of {who} for good?"):
            return 1
        for conversation_id in await database.write(erase, found):
            await bus.publish("work", {"lane": work.forgetting_lane(conversation_id)})
    out.print(f"Deleted conversations: {len(found)}", highlight=False)
    return 0
