"""What was masked of handoffs at other desks: for supervisors who say why, after a code, and written down."""

import pyotp
from sqlalchemy import Connection, update

from connectors.desk_ports import Opened
from connectors.message import Profile
from storage import conversations, desk_ledger, handoffs, masked
from storage.agent_sessions import session
from storage.masked import Value
from tests.desk.house import House

REASON = "Customer asked for a call back"


def at_a_helpdesk(tx: Connection, number: int, desk: str = "zammad", url: str = "https://help.example/7") -> None:
    """A handoff whose ticket is at a helpdesk, with a phone number that only we have."""
    begun = conversations.begin(tx, "web", f"visitor-{number}", Profile())
    name = f"h{number}"
    handoffs.add(
        tx, id=name, conversation_id=begun.id, reference=f"FD-{number}", reason="requested", status="open", packet={},
        seq=0, desk=desk, created_at=number, updated_at=number, ticket_id="7", opened_at=number,
    )  # fmt: skip
    desk_ledger.note_opened(tx, desk, name, Opened(ticket_id="7", number="#7", url=url))
    value = Value(kind="phones", fingerprint="x", original="13800138000")
    masked.keep(tx, name, [value], lambda _kind, count: f"[phone {count}]")


async def test_a_supervisor_sees_where_handoffs_are_and_what_was_masked(house: House) -> None:
    for number in range(1, 4):
        await house.db.write(at_a_helpdesk, number)
    await house.handed_over()  # at our own desk
    console = await house.console("wang.fang", role="supervisor")
    first = await console.json("/handoffs", limit="2")
    rest = await console.json("/handoffs", limit="2", after=first["after"])
    assert [each["reference"] for each in first["handoffs"] + rest["handoffs"]] == ["FD-3", "FD-2", "FD-1"]
    assert rest["after"] is None
    assert first["handoffs"][0] == {
        "id": "h3", "reference": "FD-3", "desk": "zammad", "number": "#7", "url": "https://help.example/7",
        "status": "open", "created_at": 3, "opened_at": 3, "masked": 1, "state": "", "held": False, "agent": "",
        "waiting": 0, "waiting_since": None, "given_up": 0, "again": False,
    }  # fmt: skip
    answer = await console.post("/handoffs/h3/originals", reason=REASON)
    assert await answer.json() == {"values": [{"mark": "[phone 1]", "kind": "phones", "original": "13800138000"}]}
    (record,) = (await console.json("/audit", action="handoff"))["records"]
    assert (record["agent_name"], record["action"], record["subject"]) == ("Wang Fang", "handoff.originals", "h3")
    assert record["details"] == {"desk": "zammad", "reason": REASON, "values": 1}
    assert "13800138000" not in str(record)


async def test_without_a_reason_or_a_handoff_nothing_is_shown(house: House) -> None:
    await house.db.write(at_a_helpdesk, 1, url="javascript:alert(1)")
    console = await house.console("wang.fang", role="supervisor")
    assert (await console.json("/handoffs"))["handoffs"][0]["url"] == ""
    assert (await console.post("/handoffs/h1/originals", reason=" no ")).status == 400
    assert (await console.post("/handoffs/h1/originals")).status == 400
    assert (await console.post("/handoffs/h9/originals", reason=REASON)).status == 404
    assert (await console.json("/audit", action="handoff"))["records"] == []


async def test_a_code_is_asked_for_again_before_originals_are_shown(house: House) -> None:
    await house.db.write(at_a_helpdesk, 1)
    console = await house.console("wang.fang", role="supervisor")
    secret = (await (await console.post("/two-factor")).json())["secret"]
    assert (await console.post("/two-factor/confirm", code=pyotp.TOTP(secret).at(house.clock() // 1000))).status == 200
    await house.db.write(lambda tx: tx.execute(update(session).values(proved_at=0)))
    refused = await console.post("/handoffs/h1/originals", reason=REASON)
    assert (refused.status, (await refused.json())["error"]["code"]) == (403, "prove")
    house.clock.pass_minutes(1)
    assert (await console.post("/session/proof", code=pyotp.TOTP(secret).at(house.clock() // 1000))).status == 204
    assert (await console.post("/handoffs/h1/originals", reason=REASON)).status == 200
