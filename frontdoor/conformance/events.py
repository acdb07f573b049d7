"""Checks of what the endpoint tells: it is asked to act as if its people had (`rehearse`)."""

import json
import secrets
from collections.abc import Sequence

from connectors.desk_protocol import events_in
from connectors.errors import Malformed
from connectors.message import JSON
from frontdoor.conformance import samples
from frontdoor.conformance.client import FailedCheck, NotChecked
from frontdoor.conformance.kit import Check, Kit
from frontdoor.conformance.listener import Listener

STEPS = ("taken", "replied", "edited", "deleted", "resolved", "reopened", "returned")
PAGES = 100  # of events
COMING = "Post events to the address that --listen names; each until it is answered 200."


def _listener(kit: Kit) -> Listener:
    if kit.listener is None:
        raise NotChecked("name an address with --listen, and have events posted there")
    return kit.listener


async def _rehearse(kit: Kit, steps: Sequence[str]) -> tuple[Listener, str]:
    """Have things happen in a new ticket. Raises `NotChecked` where the endpoint does not rehearse."""
    listener, ticket_id = _listener(kit), await kit.open()
    values = {"ticket_id": ticket_id, "events": list(steps), "text": samples.HARD}
    answer = await kit.client.ask("rehearse", f"rehearse-{secrets.token_hex(8)}", **values)
    if not answer.good:
        raise NotChecked("the endpoint does not answer `rehearse`; docs/handoff/webhook.md describes it")
    return listener, ticket_id


async def _told(kit: Kit, steps: Sequence[str]) -> list[JSON]:
    """What was told of it, once all of it has come. Raises `FailedCheck` otherwise."""
    listener, ticket_id = await _rehearse(kit, steps)

    def enough(_: object) -> bool:
        return len(listener.events_of(ticket_id)) >= len(steps)

    if not await listener.until(enough):
        came = [str(each.get("type")) for each in listener.events_of(ticket_id)]
        raise FailedCheck(f"of the events {', '.join(steps)} came: {', '.join(came) or 'none'}", COMING)
    return listener.events_of(ticket_id)


async def _signed(kit: Kit) -> None:
    listener, ticket_id = await _rehearse(kit, STEPS[:1])
    before = len(listener.calls)
    if not listener.events_of(ticket_id) and not await listener.until(lambda calls: len(calls) > before):
        raise FailedCheck("no event came", COMING)
    if wrong := next((call.forged for call in listener.calls if call.forged), ""):
        remedy = "Sign the bytes that leave as ours are signed, with the time of this very try."
        raise FailedCheck(f"an event came whose proof is wrong: {wrong}", remedy)


async def _as_published(kit: Kit) -> None:
    told = await _told(kit, STEPS)
    if wrong := next((call.malformed for call in _listener(kit).calls if call.malformed), ""):
        raise FailedCheck(f"an event is not as in the schema: {wrong}", "Hold it to desk-events-1.schema.json.")
    if [each.get("type") for each in told] != list(STEPS):
        came = ", ".join(str(each.get("type")) for each in told)
        raise FailedCheck(f"events came as {came}", "Tell them in the order in which they happened, each once.")
    replied, edited, deleted = told[1], told[2], told[3]
    if {edited.get("reply_id"), deleted.get("reply_id")} != {replied.get("id")}:
        raise FailedCheck("`reply_id` is not the id of the reply's event", "Keep the id under which a reply was told.")
    if replied.get("text") != samples.HARD:
        raise FailedCheck("a reply came spoilt", "Send UTF-8, and plain text as the agent wrote it.")


async def _ids(kit: Kit) -> None:
    told = [*(await _told(kit, ("taken", "replied"))), *(await _told(kit, ("taken", "replied")))]
    if len({str(each.get("id")) for each in told}) != len(told):
        raise FailedCheck("two events have one id", "An id is of one event, over all tickets.")


async def _again(kit: Kit) -> None:
    listener = _listener(kit)
    listener.refuse(1)
    told = await _told(kit, ("replied", "resolved"))
    refused = [event for call in listener.calls if call.refused for event in call.events]
    if not refused or refused[-1].get("id") not in {each.get("id") for each in told}:
        remedy = "What is answered 5xx or not at all is sent again, in order and with the same id."
        raise FailedCheck("an event that was answered 503 came again with another id", remedy)
    if [each.get("type") for each in told[:2]] != ["replied", "resolved"]:
        remedy = "Wait for the answer to one before the next."
        raise FailedCheck("a later event overtook one that was answered 503", remedy)


async def _private(kit: Kit) -> None:
    told = await _after_note(kit)
    if any(each.get("text") for each in told if each.get("type") == "noted"):
        raise FailedCheck("a private note came with its words", "Keep notes to yourself, or tell `noted` without text.")


async def _after_note(kit: Kit) -> list[JSON]:
    listener, ticket_id = await _rehearse(kit, ("noted", "resolved"))

    def enough(_: object) -> bool:
        return any(each.get("type") == "resolved" for each in listener.events_of(ticket_id))

    if not await listener.until(enough):
        raise FailedCheck("after a private note nothing came any more", COMING)
    return listener.events_of(ticket_id)


async def _asked(kit: Kit) -> None:
    told = await _told(kit, ("taken", "replied"))
    found, cursor = [], ""
    for _ in range(PAGES):
        answer = await kit.client.ask("events", "events-1", after=cursor, ticket_id=str(told[0]["ticket_id"]))
        if not answer.good or "events" not in answer.body:
            raise NotChecked("the endpoint does not answer `events`: leave `poll` false")
        try:
            events, following = events_in(json.dumps(answer.body).encode())
        except Malformed as error:
            remedy = "Answer as in desk-events-1.schema.json."
            raise FailedCheck(f"the answer to `events` is not as in the schema: {error.field}", remedy) from None
        found += [each.data.get("id") for each in events]
        if following in {"", cursor}:
            break
        cursor = following
    if found != [each.get("id") for each in told]:
        remedy = "Keep what was told, in order and with the same ids, and a cursor that goes on."
        raise FailedCheck("what `events` gives is not what was told", remedy)


EVENTS = (
    Check(name="events-signed", title="Signs its events", do=_signed),
    Check(name="events", title="Tells what happens, in order and as in the schema", do=_as_published),
    Check(name="event-ids", title="Gives every event an id of its own", do=_ids),
    Check(name="events-again", title="Tells again what was not taken, with the same id", do=_again),
    Check(name="events-asked", title="Gives what was told once more, if it can", do=_asked),
    Check(name="notes", title="Keeps private notes to itself", do=_private),
)
"""In the order in which they are run."""
