"""Checks of how the endpoint takes what the service posts."""

import asyncio
import secrets
import time

from frontdoor.conformance import samples
from frontdoor.conformance.client import FailedCheck
from frontdoor.conformance.kit import Check, Kit

SIGNING = (
    "Compute HMAC-SHA256 over `<t>.<body>` with the secret before anything else, and answer 403 unless a v1 is it."
)
ONCE = "Keep the handoff's id with the ticket, look for it first, and let two requests at once not both make one."
LONG_AGO_S = 3600
LONG = 2_000


async def _ping(kit: Kit) -> None:
    answer = await kit.client.ask("ping", "ping")
    if answer.status in {401, 403}:
        remedy = "Compare the secrets of both sides; sign the bytes as they came, not what was read from them."
        raise FailedCheck(f"a rightly signed request was answered {answer.status}", remedy)
    if not answer.good:
        remedy = "Take POST at this address, and answer `ping` with 200."
        raise FailedCheck(f"`ping` was answered {answer.status}", remedy)


async def _refuses(kit: Kit, body: bytes, signature: str, why: str, remedy: str = SIGNING) -> None:
    answer = await kit.client.post(body, "ping", signature)
    if answer.status not in {401, 403}:
        raise FailedCheck(f"a request {why} was answered {answer.status}", remedy)


async def _unsigned(kit: Kit) -> None:
    await _refuses(kit, kit.client.body("ping", "ping"), "", "without a signature")


async def _wrong_secret(kit: Kit) -> None:
    body, now = kit.client.body("ping", "ping"), int(time.time())
    await _refuses(kit, body, f"t={now},v1={'0' * 64}", "signed with another secret")


async def _changed_body(kit: Kit) -> None:
    signature = kit.client.signature(kit.client.body("ping", "ping"), at=time.time())
    await _refuses(kit, kit.client.body("ping", "pong"), signature, "whose body was changed on the way")


async def _old(kit: Kit) -> None:
    body = kit.client.body("ping", "ping")
    signature = kit.client.signature(body, at=time.time() - LONG_AGO_S)
    remedy = "Refuse (403) what was signed more than 300 s away from your clock."
    await _refuses(kit, body, signature, "that was signed an hour ago", remedy)


async def _two_signatures(kit: Kit) -> None:
    body = kit.client.body("ping", "ping")
    at, _, proof = kit.client.signature(body, at=time.time()).partition(",")
    answer = await kit.client.post(body, "ping", f"{at},v1={'0' * 64},{proof}")
    if not answer.good:
        remedy = "While the secret is changed there are two v1: take a request when either is right."
        raise FailedCheck(f"a request with two signatures was answered {answer.status}", remedy)


async def _open_twice(kit: Kit) -> None:
    packet = samples.handoff()
    first, second = await kit.open(packet), await kit.open(packet)
    if first != second:
        raise FailedCheck("the same handoff was opened twice, and there are two tickets", ONCE)


async def _open_at_once(kit: Kit) -> None:
    packet = samples.handoff()
    found = set(await asyncio.gather(*(kit.open(packet) for _ in range(5))))
    if len(found) > 1:
        raise FailedCheck(f"one handoff was opened five times at once, and there are {len(found)} tickets", ONCE)


async def _others(kit: Kit) -> None:
    if await kit.open() == await kit.open():
        raise FailedCheck("two handoffs became one ticket", "A ticket belongs to one handoff id.")


async def _find(kit: Kit) -> None:
    packet = samples.handoff()
    ticket_id = await kit.open(packet)
    answer = await kit.client.ask("find", "find-1", handoff_id=packet.id, reference=packet.reference)
    if answer.good and answer.body.get("ticket_id", ticket_id) != ticket_id:
        raise FailedCheck("`find` names another ticket than `open`", "Find it by `handoff_id`.")
    unknown = await kit.client.ask("find", "find-2", handoff_id=secrets.token_hex(8), reference="FD-NONE")
    if unknown.good and unknown.body.get("ticket_id"):
        raise FailedCheck("`find` names a ticket of a handoff that never was", "Answer 404.")


async def _long(kit: Kit) -> None:
    packet = samples.handoff(LONG)
    said = await kit.said(await kit.open(packet))
    if said != [each.content.text for each in packet.transcript]:
        same = sum(1 for mine, theirs in zip(packet.transcript, said, strict=False) if mine.content.text == theirs)
        remedy = "Take bodies of 8 MiB; keep all lines, in order, as Unicode (MySQL: utf8mb4)."
        raise FailedCheck(f"of {LONG} messages {len(said)} are there, {same} in their place and unspoilt", remedy)


async def _append(kit: Kit) -> None:
    packet = samples.handoff(1)
    ticket_id = await kit.open(packet)
    lines = [samples.line(number, f"later {number} {samples.HARD}") for number in range(1, 4)]
    for each in (*lines, lines[0], packet.transcript[0]):
        await kit.ask("append", key=each.message_id, ticket_id=ticket_id, **samples.appended(each))
    said = (await kit.said(ticket_id))[1:]
    if said == [each.content.text for each in lines]:
        return
    if len(said) > len(lines):
        what, remedy = (
            "a message that was posted again is there twice",
            "Keep each line's `id`: a repeat changes nothing.",
        )
    else:
        what, remedy = "messages are lost, spoilt or out of order", "Add lines in the order in which they come."
    raise FailedCheck(what, remedy)


async def _unknown_ticket(kit: Kit) -> None:
    said = samples.line(1, "is anybody there?")
    for kind, values in (("append", samples.appended(said)), ("change", {"change": "idle", "note": "", "data": {}})):
        answer = await kit.client.ask(kind, said.message_id, ticket_id=f"no-{secrets.token_hex(8)}", **values)
        if answer.status != 404:
            what = f"`{kind}` for a ticket that does not exist was answered {answer.status}"
            raise FailedCheck(what, "Answer 404, so that somebody is told; 200 would lose it, 5xx would repeat it.")


async def _changes(kit: Kit) -> None:
    ticket_id = await kit.open()
    rated = {"score": 5, "comment": samples.HARD}
    for change, data in (("idle", {}), ("active", {}), ("confirmed", {}), ("rated", rated), ("moonstruck", {})):
        for _ in range(2):
            await kit.ask("change", key=f"c-{change}", ticket_id=ticket_id, change=change, note=change, data=data)


async def _closes(kit: Kit) -> None:
    ticket_id = await kit.open()
    for change, expected in (("withdrawn", "closed"), ("reopened", "open"), ("abandoned", "closed")):
        await kit.ask("change", key=f"c-{change}", ticket_id=ticket_id, change=change, note=change, data={})
        state = (await kit.shown(ticket_id)).get("state")
        if state != expected:
            remedy = (
                "Close on `withdrawn` and `abandoned`, and open again on `reopened`: nobody waits, or somebody does."
            )
            raise FailedCheck(f"after `{change}` the ticket is {state!r}, not {expected!r}", remedy)


async def _later(kit: Kit) -> None:
    remedy = "Leave members and types aside that you do not know: version 1 may gain some."
    packet = samples.handoff()
    values = samples.request(packet) | {"weather": {"sky": "grey"}}
    values["handoff"] |= {"mood_ring": 7, "reason": "moonstruck"}
    if not (answer := await kit.client.ask("open", packet.id, **values)).good:
        raise FailedCheck(f"`open` with members that are new was answered {answer.status}", remedy)
    kit.ticket_in(answer)
    if (answer := await kit.client.ask("moonwalk", "m-1")).status >= 500:
        raise FailedCheck(f"a request of an unknown type was answered {answer.status}", remedy)


async def _forget(kit: Kit) -> None:
    ticket_id = await kit.open()
    for _ in range(2):
        answer = await kit.client.ask("forget", f"forget-{ticket_id}", ticket_id=ticket_id)
        if not answer.good and answer.status != 404:
            remedy = "Delete the ticket and all that is in it, and answer 200, also when it is gone."
            raise FailedCheck(f"`forget` was answered {answer.status}", remedy)
    said = samples.line(1, "still there?")
    again = await kit.client.ask("append", said.message_id, ticket_id=ticket_id, **samples.appended(said))
    if again.status != 404:
        raise FailedCheck(
            "the ticket is still there after `forget`", "Delete it for good; then answer 404 to `append`."
        )


REQUESTS = (
    Check(name="ping", title="Answers a signed request", do=_ping),
    Check(name="unsigned", title="Refuses a request without a signature", do=_unsigned),
    Check(name="wrong-secret", title="Refuses another secret", do=_wrong_secret),
    Check(name="changed-body", title="Refuses a body that was changed", do=_changed_body),
    Check(name="old", title="Refuses what was signed long ago", do=_old),
    Check(name="two-signatures", title="Takes either of two signatures", do=_two_signatures),
    Check(name="open-twice", title="Opens one ticket for one handoff", do=_open_twice),
    Check(name="open-at-once", title="… also when asked several times at once", do=_open_at_once),
    Check(name="others", title="Opens another ticket for another handoff", do=_others),
    Check(name="find", title="Finds the ticket of a handoff, if it can", do=_find),
    Check(name="long", title=f"Keeps {LONG:,} messages, Chinese and emoji included", do=_long),
    Check(name="append", title="Adds messages in order, each once", do=_append),
    Check(name="unknown-ticket", title="Says 404 of a ticket that it does not have", do=_unknown_ticket),
    Check(name="changes", title="Takes every change, also twice, also unknown ones", do=_changes),
    Check(name="closes", title="Closes when the customer goes, opens when they are back", do=_closes),
    Check(name="later", title="Leaves aside what a later version adds", do=_later),
    Check(name="forget", title="Deletes a ticket for good", do=_forget),
)
"""In the order in which they are run."""
