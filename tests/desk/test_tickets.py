"""What agents see of tickets and do with them, over HTTP."""

import asyncio
from typing import Any

import pytest
from aiohttp import FormData

from connectors.desk import DeskEventKind, Reason, TicketChange
from connectors.message import Article, Attachment, Author, Button, Content
from storage import conversations, messages
from storage.ticket_entries import timeline
from tests.desk.house import PNG, House, handoff, line


async def test_the_packet_is_shown_as_the_bot_gave_it(house: House) -> None:
    console = await house.console("li.na")
    packet = handoff()
    ref = await house.desk.open(packet)
    detail = await console.json(f"/tickets/{ref.ticket_id}")
    assert detail["ticket"]["number"] == packet.reference
    assert detail["ticket"]["can"] == ["take", "note", "merge"]
    assert detail["packet"]["tried"][0]["confidence"] == 0.41
    assert detail["packet"]["slots"] == {"order_number": "HL2026112201"}
    assert detail["packet"]["customer"]["email"] == "wang@example.com"
    assert detail["packet"]["tier_because"] == {"en": "First contact", "zh": "首次接触"}
    said = [(entry["author"], entry["content"].get("text"), entry["before"]) for entry in detail["timeline"]]
    assert said == [
        ("customer", "退货地址填错了怎么办？", True),
        ("bot", "请换一种说法。", True),
        ("customer", "地址写错了", True),
        ("system", None, False),
    ]
    assert [entry["n"] for entry in detail["timeline"]] == [1, 2, 3, 4]


async def test_what_a_button_does_stays_in_our_store(house: House) -> None:
    console = await house.console("li.na")
    content = Content(
        text="?",
        buttons=(Button(title="运费", token="t.0", payload="/secret"),),
        article=Article(id="a", title="A", language="zh"),
    )
    spoken = line("", Author.BOT)
    ticket = await house.handed_over(transcript=(type(spoken)(**vars(spoken) | {"content": content}),))
    shown = (await console.json(f"/tickets/{ticket}"))["timeline"][0]["content"]
    assert shown["buttons"] == [{"title": "运费"}]
    assert "secret" not in str(shown)


async def test_two_agents_cannot_take_the_same_ticket(house: House) -> None:
    first, second = await house.console("li.na"), await house.console("wang.wei")
    for _ in range(10):
        packet = handoff()
        ticket = (await house.desk.open(packet)).ticket_id
        answers = await asyncio.gather(*(each.post(f"/tickets/{ticket}/take") for each in (first, second)))
        assert sorted(answer.status for answer in answers) == [200, 409]
        won, lost = sorted([await answer.json() for answer in answers], key=lambda body: "error" in body)
        assert lost["error"]["code"] == "taken"
        assert lost["error"]["agent"] == won["ticket"]["agent"]
        events = await house.work(packet.conversation_id)
        assert [(event.kind, event.agent_name) for event in events] == [
            (DeskEventKind.TAKEN, won["ticket"]["agent"]["name"])
        ]


async def test_taking_what_one_has_is_no_error_and_tells_the_core_once(house: House) -> None:
    console = await house.console("li.na")
    packet = handoff()
    ticket = (await house.desk.open(packet)).ticket_id
    await console.act(ticket, "take")
    again = await console.act(ticket, "take")
    decides = ["reply", "note", "return", "resolve", "transfer", "resend", "identify", "snooze", "merge"]
    assert again["ticket"]["can"] == [*decides, "escalate"]
    assert len(await house.work(packet.conversation_id)) == 1


async def test_a_repeated_reply_is_one_reply(house: House) -> None:
    console = await house.console("li.na")
    packet = handoff()
    ticket = (await house.desk.open(packet)).ticket_id
    await console.act(ticket, "take")
    body = {"client_id": "c-12345678", "text": " 您好！ "}
    answers = await asyncio.gather(*(console.act(ticket, "messages", **body) for _ in range(4)))
    assert len({answer["entry"]["id"] for answer in answers}) == 1
    _, replied = await house.work(packet.conversation_id)
    assert (replied.kind, replied.content.text, replied.agent_name) == (DeskEventKind.REPLIED, "您好！", "Li Na")
    assert replied.id == answers[0]["entry"]["id"]
    other = await console.post(f"/tickets/{ticket}/messages", client_id="c-12345678", text="else")
    assert (other.status, (await other.json())["error"]["code"]) == (409, "client_id_used")
    await console.act(ticket, "resolve", note="")
    late = await console.act(ticket, "messages", **body)
    assert late["entry"]["id"] == replied.id


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("messages", {"client_id": "c-12345678", "text": "hi"}),
        ("return", {"briefing": ""}),
        ("resolve", {"note": ""}),
        ("transfer", {"tier": "senior"}),
    ],
)
async def test_only_the_holder_or_an_admin_decides(house: House, what: str, body: dict[str, Any]) -> None:
    holder, other = await house.console("li.na"), await house.console("wang.wei")
    admin = await house.console("boss", role="admin", tiers=())
    ticket = await house.handed_over()
    free = await other.post(f"/tickets/{ticket}/{what}", **body)
    assert (free.status, (await free.json())["error"]["code"]) == (403, "not_yours")
    await holder.act(ticket, "take")
    refused = await other.post(f"/tickets/{ticket}/{what}", **body)
    error = (await refused.json())["error"]
    assert (refused.status, error["code"], error["agent"]["name"]) == (403, "not_yours", "Li Na")
    await admin.act(ticket, what, **body)


async def test_who_is_not_of_the_tier_sees_nothing(house: House) -> None:
    outsider = await house.console("wang.wei", tiers=("senior",))
    supervisor = await house.console("chief", role="supervisor", tiers=())
    ticket = await house.handed_over()
    for path in ("", "/timeline", "/suggestions"):
        assert (await outsider.get(f"/tickets/{ticket}{path}")).status == 404
    assert (await outsider.post(f"/tickets/{ticket}/take")).status == 404
    assert (await outsider.json("/tickets"))["tickets"] == []
    assert (await outsider.json("/counts"))["queue"] == 0
    assert (await supervisor.json(f"/tickets/{ticket}"))["ticket"]["can"][:3] == ["note", "transfer", "identify"]
    refused = await supervisor.post(f"/tickets/{ticket}/take")
    assert (refused.status, (await refused.json())["error"]["code"]) == (403, "forbidden")


async def test_returning_briefs_the_bot(house: House) -> None:
    console = await house.console("li.na")
    packet = handoff()
    ticket = (await house.desk.open(packet)).ticket_id
    await console.act(ticket, "take")
    done = await console.act(ticket, "return", briefing="地址已改。")
    assert done["ticket"]["state"] == "returned"
    assert done["entry"]["data"] == {"briefing": "地址已改。"}
    event = (await house.work(packet.conversation_id))[-1]
    assert (event.kind, event.briefing) == (DeskEventKind.RETURNED, "地址已改。")
    await console.act(ticket, "return", briefing="again")
    assert await house.work(packet.conversation_id) == []
    late = await console.post(f"/tickets/{ticket}/resolve", note="")
    assert (late.status, (await late.json())["error"]["state"]) == (409, "returned")


async def test_notes_stay_inside(house: House) -> None:
    console = await house.console("li.na")
    packet = handoff()
    ticket = (await house.desk.open(packet)).ticket_id
    note = {"client_id": "n-12345678", "text": "VIP"}
    first = await console.act(ticket, "notes", **note)
    again = await console.act(ticket, "notes", **note)
    assert first["entry"]["id"] == again["entry"]["id"]
    assert await house.work(packet.conversation_id) == []


async def test_a_transfer_puts_the_ticket_into_the_other_queue(house: House) -> None:
    holder = await house.console("li.na")
    senior = await house.console("wang.wei", tiers=("senior",))
    packet = handoff()
    ticket = (await house.desk.open(packet)).ticket_id
    await holder.act(ticket, "take")
    moved = await holder.act(ticket, "transfer", agent_id=senior.agent_id, note="hard one")
    shown = moved["ticket"]
    assert (shown["state"], shown["tier"], shown["agent"]) == ("queued", "senior", None)
    assert shown["for_agent"] == {"id": senior.agent_id, "name": "Wang Wei"}
    event = (await house.work(packet.conversation_id))[-1]
    assert (event.kind, event.agent_name, event.position) == (DeskEventKind.QUEUED, "Li Na", 1)
    assert (await holder.get(f"/tickets/{ticket}")).status == 404
    await senior.act(ticket, "take")


@pytest.mark.parametrize(
    ("body", "field"),
    [({"tier": "back_office"}, "tier"), ({"tier": "moon"}, "tier"), ({"agent_id": "nobody"}, "agent_id")],
)
async def test_a_transfer_goes_to_people_who_talk_to_customers(house: House, body: dict[str, str], field: str) -> None:
    console = await house.console("li.na")
    ticket = await house.handed_over()
    await console.act(ticket, "take")
    answer = await console.post(f"/tickets/{ticket}/transfer", **body)
    assert (answer.status, (await answer.json())["error"]["field"]) == (400, field)


async def test_lists_are_ordered_filtered_and_paged(house: House) -> None:
    console = await house.console("li.na", tiers=("front_line", "coordinator", "senior"))
    made = []
    for urgency in ("low", "normal", "high"):
        for n in range(3):
            made.append(await house.handed_over(urgency=urgency, question=f"{urgency} {n} 50%_off"))
            house.clock.pass_minutes(1)
    expected = made[6:] + made[3:6] + made[:3]
    seen: list[str] = []
    after = ""
    while True:
        page = await console.json("/tickets", view="queue", limit="4", after=after)
        seen += [ticket["id"] for ticket in page["tickets"]]
        if not (after := page["after"] or ""):
            break
    assert seen == expected
    listed = (await console.json("/tickets", view="queue"))["tickets"]
    assert [ticket["position"] for ticket in listed] == list(range(1, 10))
    assert len((await console.json("/tickets", view="all", q="high 1 50%_o"))["tickets"]) == 1
    assert (await console.json("/tickets", view="all", q="50%%"))["tickets"] == []
    assert len((await console.json("/tickets", view="all", q="地址写错"))["tickets"]) == 9
    assert (await console.json("/tickets", language="en"))["tickets"] == []
    assert (await console.json("/tickets", tier="senior"))["tickets"] == []
    await console.act(made[0], "take")
    await console.act(made[1], "take")
    house.clock.pass_minutes(1)
    await console.act(made[1], "resolve", note="")
    assert [ticket["id"] for ticket in (await console.json("/tickets", view="mine"))["tickets"]] == [made[0]]
    assert [ticket["id"] for ticket in (await console.json("/tickets", view="resolved"))["tickets"]] == [made[1]]
    counts = await console.json("/counts")
    assert {name: counts[name] for name in ("queue", "mine", "all", "resolved", "tiers", "held")} == {
        "queue": 7, "mine": 1, "all": 8, "resolved": 1, "tiers": {"front_line": 7}, "held": {"front_line": 1},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("params", "code"),
    [({"view": "x"}, "bad_field"), ({"limit": "0"}, "bad_field"), ({"tier": "x"}, "bad_field"),
     ({"after": "!"}, "bad_cursor"), ({"after": "WzFd"}, "bad_cursor"), ({"what": "1"}, "bad_field"),
     ({"view": "all", "after": "WzEwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAsIngiXQ=="}, "bad_cursor")],
)  # fmt: skip
async def test_bad_list_queries_are_refused(house: House, params: dict[str, str], code: str) -> None:
    console = await house.console("li.na")
    answer = await console.get("/tickets", **params)
    assert (answer.status, (await answer.json())["error"]["code"]) == (400, code)


async def test_suggestions_are_for_what_was_asked_last(house: House) -> None:
    console = await house.console("li.na")
    asked_for_a_person = (line("退货地址填错了怎么办？"), line("转人工"))
    ticket = await house.handed_over(transcript=asked_for_a_person)
    found = await console.json(f"/tickets/{ticket}/suggestions")
    assert found["suggestions"][0]["confidence"] == 0.83
    await house.desk.append(ticket, line("能改派吗"))
    await console.json(f"/tickets/{ticket}/suggestions")
    await console.json(f"/tickets/{ticket}/suggestions", q="运费")
    assert house.searched == [("退货地址填错了怎么办？", "zh", 5), ("能改派吗", "zh", 5), ("运费", "zh", 5)]


async def test_files_of_the_agent(house: House) -> None:
    console = await house.console("li.na")
    conversation = await house.db.write(conversations.begin, "web", "a1", conversations.Profile())
    packet = handoff(conversation_id=conversation.id)
    ticket = (await house.desk.open(packet)).ticket_id
    path = f"/desk/api/tickets/{ticket}/attachments"

    async def upload(data: bytes, name: str = "photo.png", member: str = "file") -> Any:
        form = FormData()
        form.add_field(member, data, filename=name)
        return await console.client.post(path, data=form, headers={"X-CSRF-Token": console.csrf})

    assert (await upload(PNG)).status == 403
    await console.act(ticket, "take")
    answer = await upload(PNG, "../../etc/照片.png")
    assert answer.status == 201
    saved = (await answer.json())["attachment"]
    assert saved["media_type"] == "image/png"
    assert "/" not in saved["name"]
    reply = {"client_id": "c-12345678", "attachments": [saved["id"]]}
    entry = (await console.act(ticket, "messages", **reply))["entry"]
    assert entry["content"]["attachments"][0]["url"].startswith("/api/v1/attachments/")
    event = (await house.work(conversation.id))[-1]
    assert event.content.attachments == (
        Attachment(id=saved["id"], name=saved["name"], media_type="image/png", size=len(PNG)),
    )
    for data, member, status in ((b"MZ\x00\x01", "file", 415), (PNG + bytes(200_000), "file", 413), (PNG, "x", 400)):
        assert (await upload(data, member=member)).status == status
    elsewhere = await house.handed_over()
    await console.act(elsewhere, "take")
    stolen = await console.post(f"/tickets/{elsewhere}/messages", **reply)
    assert (stolen.status, (await stolen.json())["error"]["field"]) == (400, "attachments")
    empty = await console.post(f"/tickets/{ticket}/messages", client_id="c-empty-01", text="  ")
    assert empty.status == 400


async def test_the_newest_entry_the_customer_has_seen(house: House) -> None:
    console = await house.console("li.na")
    conversation = await house.db.write(conversations.begin, "web", "a1", conversations.Profile())
    packet = handoff(conversation_id=conversation.id)
    ticket = (await house.desk.open(packet)).ticket_id
    await console.act(ticket, "take")
    entry = (await console.act(ticket, "messages", client_id="c-12345678", text="hi"))["entry"]
    assert (await console.json(f"/tickets/{ticket}"))["seen_by_customer"] == ""
    await house.db.write(
        messages.add, conversation_id=conversation.id, seq=1, author=Author.AGENT, content=Content(text="hi"),
        message_id=entry["id"],
    )  # fmt: skip
    await house.db.write(conversations.update_conversation, conversation.id, customer_seen=1)
    assert (await console.json(f"/tickets/{ticket}"))["seen_by_customer"] == entry["id"]


async def test_catching_up_after_a_lost_connection(house: House) -> None:
    console = await house.console("li.na")
    ticket = await house.handed_over()
    await house.desk.append(ticket, line("在吗？"))
    missed = (await console.json(f"/tickets/{ticket}/timeline", after="4"))["timeline"]
    assert [entry["content"]["text"] for entry in missed] == ["在吗？"]


async def test_reopened_goes_to_the_same_agent_if_there_else_to_the_queue(house: House) -> None:
    console = await house.console("li.na")
    for here, state, kind in ((True, "open", DeskEventKind.TAKEN), (False, "queued", DeskEventKind.QUEUED)):
        packet = handoff()
        ticket = (await house.desk.open(packet)).ticket_id
        await console.act(ticket, "take")
        await console.act(ticket, "resolve", note="")
        await house.desk.change(ticket, TicketChange.CONFIRMED, {})
        await house.desk.change(ticket, TicketChange.RATED, {"score": 3, "comment": "慢"})
        socket = await console.socket() if here else None
        house.clock.pass_minutes(0 if here else 5)
        await house.work(packet.conversation_id)
        await house.desk.change(ticket, TicketChange.REOPENED, {})
        await house.desk.change(ticket, TicketChange.REOPENED, {})
        shown = (await console.json(f"/tickets/{ticket}"))["ticket"]
        assert (shown["state"], shown["reopened"], shown["rating"]["score"]) == (state, 1, 3)
        assert [event.kind for event in await house.work(packet.conversation_id)] == [kind]
        if socket:
            await socket.raw.close()


async def test_a_disabled_agents_tickets_go_back_to_the_queue(house: House) -> None:
    admin = await house.console("boss", role="admin")
    agent = await house.console("li.na")
    packet = handoff()
    ticket = (await house.desk.open(packet)).ticket_id
    await agent.act(ticket, "take")
    answer = await admin.send("PATCH", f"/users/{agent.agent_id}", {"disabled": True})
    assert answer.status == 200
    assert (await agent.get("/me")).status == 401
    assert (await agent.log_in("li.na", "correct horse 9")).status == 401
    assert (await admin.json(f"/tickets/{ticket}"))["ticket"]["state"] == "queued"
    assert (await house.work(packet.conversation_id))[-1].kind is DeskEventKind.QUEUED
    assert [entry.event for entry in await house.db.read(timeline, ticket)][-1] == "released"


async def test_a_switched_off_desk_keeps_what_it_has(house: House) -> None:
    admin = await house.console("boss", role="admin")
    known = handoff(reason=Reason.REQUESTED)
    await house.desk.open(known)
    assert (await (await admin.send("PUT", "/desk", {"accepting": False})).json()) == {"accepting": False}
    assert (await house.desk.open(known)).number == known.reference
    console = await house.console("li.na")
    assert (await console.send("PUT", "/desk", {"accepting": True})).status == 403


async def test_text_that_no_database_takes_is_refused_or_cleaned(house: House) -> None:
    console = await house.console("li.na")
    ticket = await house.handed_over(question="a\x00b", transcript=(line("c\x00d"),), summary="\x00")
    await house.desk.append(ticket, line("e\x00f"))
    await console.act(ticket, "take")
    for text in ("a\x00b", "\ud800"):
        answer = await console.post(f"/tickets/{ticket}/messages", client_id="c-12345678", text=text)
        assert (answer.status, (await answer.json())["error"]["field"]) == (400, "text")
    assert (await console.get("/tickets", q="\x00")).status == 400
    assert (await console.client.get("/desk/api/tickets/a%00b")).status == 404
