"""Moments in which two things meet: a merger and silence, a new role and open tickets, two who wait for each other."""

from connectors.desk import DeskEventKind, TicketChange
from tests.desk.house import House, line
from tests.desk.test_agent_tools import Two


async def test_who_is_quiet_in_one_conversation_still_waits_in_the_other(house: House) -> None:
    """given a customer who went on by WeChat, then their silence on Telegram neither stops clocks nor ends the ticket;
    and when they leave the line where they are, nobody waits on Telegram either.
    """
    console = await house.console("li.na")
    two = await Two(house).merged_by(console)
    await house.desk.append(two.kept, line("WeChat again"))
    await house.desk.change(two.merged, TicketChange.IDLE, {})
    kept = (await console.json(f"/tickets/{two.kept}"))["ticket"]
    assert (kept["state"], kept["online"]) == ("open", True)

    await console.act(two.kept, "transfer", tier="front_line")
    await house.desk.change(two.merged, TicketChange.ABANDONED, {})
    assert (await console.json(f"/tickets/{two.kept}"))["ticket"]["state"] == "queued"
    await house.work(telegram := two.anna.conversations["telegram"])
    await house.desk.change(two.kept, TicketChange.WITHDRAWN, {})
    assert (await console.json(f"/tickets/{two.kept}"))["ticket"]["state"] == "withdrawn"
    assert [(each.kind, each.ticket_id) for each in await house.work(telegram)] == [
        (DeskEventKind.RETURNED, two.merged)
    ]
