"""Several windows and colleagues at one ticket: drafts on every device, and who else is there."""

from tests.desk.house import House


async def test_a_draft_is_there_on_another_device(house: House) -> None:
    console = await house.console("li.na")
    ticket = await house.handed_over()
    await console.act(ticket, "take")
    desk = await console.socket()
    kept = await console.send("PUT", f"/tickets/{ticket}/draft", {"reply": "Dear", "version": 0, "window": "w1"})
    assert (await kept.json())["draft"]["version"] == 1

    assert (await console.json(f"/tickets/{ticket}/draft"))["draft"]["reply"] == "Dear"
    frame = await desk.expect("draft", ticket_id=ticket)
    assert (frame["draft"]["reply"], frame["window"]) == ("Dear", "w1")
    colleague = await house.console("wang.wei")
    assert (await colleague.json(f"/tickets/{ticket}/draft"))["draft"]["reply"] == ""


async def test_of_two_windows_the_one_that_does_not_know_the_newest_draft_is_told(house: House) -> None:
    console = await house.console("li.na")
    ticket = await house.handed_over()
    for version, words in enumerate(("Dear", "Dear Ms Wang"), 0):
        await console.send("PUT", f"/tickets/{ticket}/draft", {"reply": words, "version": version})
    late = await console.send("PUT", f"/tickets/{ticket}/draft", {"reply": "Hello", "version": 1})
    body = (await late.json())["error"]
    assert (late.status, body["code"], body["draft"]["reply"]) == (409, "stale_draft", "Dear Ms Wang")
    first = await console.send("PUT", f"/tickets/{ticket}/draft", {"reply": "Hello", "version": 0})
    assert first.status == 409


async def test_colleagues_at_the_same_ticket_are_shown_to_each_other(house: House) -> None:
    li_na, wang_wei = await house.console("li.na"), await house.console("wang.wei")
    ticket = await house.handed_over()
    first, second = await li_na.socket(), await wang_wei.socket()
    await first.send(type="watch", ticket_id=ticket)
    await first.expect("watching")
    await second.send(type="watch", ticket_id=ticket)

    assert (await first.expect("viewers"))["viewers"] == [{"id": wang_wei.agent_id, "name": "Wang Wei"}]
    assert (await second.expect("viewers"))["viewers"] == [{"id": li_na.agent_id, "name": "Li Na"}]
    await second.send(type="unwatch", ticket_id=ticket)
    assert (await first.expect("viewers"))["viewers"] == []


async def test_a_note_that_is_being_written_is_told_to_colleagues(house: House) -> None:
    li_na, wang_wei = await house.console("li.na"), await house.console("wang.wei")
    ticket = await house.handed_over()
    await li_na.act(ticket, "take")
    first, second = await li_na.socket(), await wang_wei.socket()
    await first.send(type="watch", ticket_id=ticket)
    await first.expect("watching")
    await second.send(type="typing", ticket_id=ticket, on=True, what="note")
    frame = await first.expect("typing")
    assert (frame["name"], frame["what"], frame["on"]) == ("Wang Wei", "note", True)
