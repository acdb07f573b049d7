"""Replay of public dialogues, many at once, and an audit of what arrived: nothing lost, doubled or out of order.

    python -m bench.replay --crosswoz FILE --bitext FILE --rasa FILE [--conversations 50] [--limit 2000] [--json]

The dialogues are about other companies, so most of them should *not* be answered from this knowledge base. A customer
who is handed over leaves the queue and goes on with the bot. Stays on loopback; bounded in messages and in time.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import aiohttp
import typer

from bench.dialogues import Dialogue, DialogueError, assembled, whole, within
from bench.figures import latency, print_json, progress, screen, show
from bench.installation import FrontDoor
from bench.processes import BenchError, machine
from bench.visitor import JSON, Heard, Outcome, Visitor


@dataclass
class Tally:
    """What happened to the messages of one language."""

    sent: int = 0
    lost: int = 0
    duplicated: int = 0
    out_of_order: int = 0
    seconds: list[float] = field(default_factory=list)
    outcomes: Counter[Outcome] = field(default_factory=Counter)

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.sent + other.sent,
            self.lost + other.lost,
            self.duplicated + other.duplicated,
            self.out_of_order + other.out_of_order,
            self.seconds + other.seconds,
            self.outcomes + other.outcomes,
        )

    def result(self) -> dict[str, Any]:
        """The figures of a report."""
        return {
            "sent": self.sent,
            "lost": self.lost,
            "duplicated": self.duplicated,
            "out_of_order": self.out_of_order,
            **(latency(self.seconds, 50, 95, 99) if self.seconds else {}),
            **{str(outcome): self.outcomes[outcome] for outcome in Outcome},
        }


def audit(tally: Tally, sent: Sequence[str], delivered: Sequence[int], history: Sequence[JSON]) -> None:
    """Compare what a customer sent and was shown with what is stored.

    `sent` are client ids in order, `delivered` the numbers of the messages the page got, in the order it got them.
    """
    stored = [message["client_id"] for message in history if message["author"] == "customer"]
    shown = set(delivered)
    reached = max(delivered, default=0)
    tally.lost += sum(client_id not in stored for client_id in sent)
    tally.lost += sum(message["seq"] not in shown for message in history if message["seq"] <= reached)
    tally.duplicated += len(stored) - len(set(stored)) + len(delivered) - len(shown)
    once = list(dict.fromkeys(stored))
    tally.out_of_order += sum(a != b for a, b in zip(once, (each for each in sent if each in once), strict=False))
    tally.out_of_order += sum(after < before for before, after in pairwise(delivered))


async def converse(visitor: Visitor, dialogue: Dialogue, tally: Tally, done: Callable[[], None]) -> None:
    """Say everything of a dialogue, waiting for each answer, then audit the conversation."""
    sent = []
    for utterance in dialogue.utterances:
        tally.sent += 1
        try:
            heard: Heard = await visitor.say(utterance)
        except BenchError:  # never answered: a lost message, whatever the history says
            tally.lost += 1
            break
        finally:
            done()
        sent.append(heard.client_id)
        tally.outcomes[heard.outcome] += 1
        if heard.answered_s is not None:
            tally.seconds.append(heard.answered_s)
        await visitor.back_to_bot()
    audit(tally, sent, visitor.delivered, await visitor.history())
    await visitor.close()


async def play(
    system: FrontDoor, dialogues: Sequence[Dialogue], *, conversations: int, minutes: float, done: Callable[[], None]
) -> dict[str, Tally]:
    """Play all dialogues, `conversations` at a time; no new one begins when the time is up. The tally by language."""
    tallies = {dialogue.language: Tally() for dialogue in dialogues}
    left: Iterator[Dialogue] = iter(dialogues)
    deadline = time.monotonic() + minutes * 60

    async def customer(http: aiohttp.ClientSession) -> None:
        for dialogue in left:
            if time.monotonic() > deadline:
                return
            visitor = await system.talk(http, dialogue.language)
            await converse(visitor, dialogue, tallies[dialogue.language], done)

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http, asyncio.TaskGroup() as group:
        for _ in range(conversations):
            group.create_task(customer(http))
    return tallies


def main(
    crosswoz: Annotated[Path | None, typer.Option(help="Chinese dialogues: lines with `turns`.")] = None,
    bitext: Annotated[Path | None, typer.Option(help="English utterances: lines with `text`.")] = None,
    rasa: Annotated[Path | None, typer.Option(help="Utterances of Rasa's demo bots: lines with `text`.")] = None,
    conversations: Annotated[int, typer.Option(min=1, max=500, help="Conversations at a time.")] = 50,
    limit: Annotated[int, typer.Option(min=1, help="Messages at most.")] = 2_000,
    minutes: Annotated[float, typer.Option(min=0.1, help="No new conversation begins after this time.")] = 15,
    json: Annotated[bool, typer.Option("--json", help="Print one object as the last line.")] = False,
) -> None:
    """Play public dialogues against the whole system and audit what arrived."""
    try:
        files = (
            *(whole(crosswoz, "zh") if crosswoz else ()),
            *(assembled(bitext, "en") if bitext else ()),
            *(assembled(rasa, "en") if rasa else ()),
        )
    except (DialogueError, OSError) as error:
        raise typer.BadParameter(str(error)) from error
    dialogues = within(files, limit)
    if not dialogues:
        raise typer.BadParameter("give at least one of --crosswoz, --bitext and --rasa, with something in it")
    described = machine()
    with FrontDoor() as system:
        screen.print("Starting Front Door …")
        system.train()
        system.start()
        with progress() as bar:
            task = bar.add_task("Talking", total=sum(len(dialogue.utterances) for dialogue in dialogues))
            tallies = asyncio.run(
                play(system, dialogues, conversations=conversations, minutes=minutes, done=lambda: bar.advance(task))
            )
    results = {"all": sum(tallies.values(), Tally()), **tallies}
    table = {name: tally.result() for name, tally in results.items()}
    show(f"Replay, {conversations} conversations at a time", table)
    if json:
        overall = table.pop("all")
        print_json({**overall, "by_language": table, "conversations": conversations, "machine": described})


if __name__ == "__main__":
    typer.run(main)
