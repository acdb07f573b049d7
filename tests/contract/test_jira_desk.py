"""Jira Service Management passes the suite of all helpdesks, and what is particular about it."""

import hashlib
import hmac
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace

import pytest

from connectors.desks.jira_adf import document, text_of
from connectors.message import JSON
from tests.contract.helpdesk_bench import HelpdeskBench, HelpdeskHouse
from tests.contract.helpdesk_suite import HARD, HelpdeskSuite
from tests.contract.vendor_bench import Hook
from tests.fakes.desks.bench import FakeBench
from tests.fakes.desks.jira import EMAIL, KEY, TOKEN, JiraVendor

SECRET = "jira-hook-2c8e4a6f1b9d"


class JiraBench(FakeBench):
    """A site whose webhook calls us."""

    kind = "jira_service_management"
    secrets = (TOKEN, KEY, SECRET)
    resolved_state = "Done"
    open_state = "In Progress"
    search_lag_s = 1.5
    vendor: JiraVendor

    def settings(self) -> JSON:
        return {
            "url": self.vendor.url, "email": EMAIL, "token": TOKEN, "service_desk": "SUP", "queue": "Get help",
            "webhook_secret": SECRET, "returned_state": "Bot", "tags": ["front door"],
            "fields": {"Channel": "{channel}", "10051": "{reference}"},
            "placements": {"senior": {"queue": "Senior", "priority": "Highest"}},
        }  # fmt: skip

    async def shown(self, ticket_id: str) -> str:
        ticket = self.vendor.tickets[ticket_id]
        words = [text_of(each.data["body"]) if "body" in each.data else each.text for each in ticket.remarks]
        return "\n".join([ticket.subject, *words])

    def call(self, ticket_id: str) -> Hook:
        comment = {"id": "1", "jsdPublic": True}
        issue = {"id": ticket_id, "key": f"SUP-{ticket_id}"}
        return self.sign(Hook.json({"webhookEvent": "comment_created", "issue": issue, "comment": comment}))

    def sign(self, hook: Hook) -> Hook:
        signature = hmac.new(SECRET.encode(), hook.body, hashlib.sha256).hexdigest()
        return replace(hook, headers={**hook.headers, "X-Hub-Signature": f"sha256={signature}"})

    def forged(self, ticket_id: str) -> Iterable[Hook]:
        hook = self.call(ticket_id)
        yield replace(hook, headers={"Content-Type": "application/json"})
        yield replace(hook, body=hook.body + b" ")

    def malformed(self) -> Iterable[Hook]:
        yield self.sign(Hook(body=b"{"))
        yield self.sign(Hook.json({"webhookEvent": "jira:issue_updated", "issue": {"id": "x"}}))


class TestJiraServiceManagement(HelpdeskSuite):
    """The contract."""

    @pytest.fixture
    async def bench(self) -> AsyncIterator[HelpdeskBench]:  # type: ignore[override]
        async with JiraVendor() as vendor:
            yield JiraBench(vendor)

    def vendor(self, house: HelpdeskHouse) -> JiraVendor:
        assert isinstance(house.bench, JiraBench)
        return house.bench.vendor

    async def test_a_request_has_its_type_customer_and_fields(self, house: HelpdeskHouse) -> None:
        await house.desk.open(replace(await self.stored(house), triage={"tier": "senior"}))
        ((number, ticket),) = self.vendor(house).tickets.items()
        assert ticket.data["requestTypeId"] == "31"
        assert self.vendor(house).customers[ticket.data["raiseOnBehalfOf"]]["emailAddress"] == "wang@example.com"
        fields = self.vendor(house).fields[number]
        assert (fields["priority"], fields["labels"]) == ({"name": "Highest"}, ["front_door"])
        assert fields["customfield_10050"]["value"]
        assert fields["customfield_10051"].startswith("FD-")

    async def test_what_the_customer_may_read_has_only_what_was_asked(self, house: HelpdeskHouse) -> None:
        await house.desk.open(await self.stored(house))
        (ticket,) = self.vendor(house).tickets.values()
        assert ticket.data["requestFieldValues"]["description"] == (await self.stored(house)).question
        assert not [each for each in ticket.remarks if each.public]

    async def test_fields_that_are_on_no_screen_do_not_keep_the_ticket_away(self, house: HelpdeskHouse) -> None:
        self.vendor(house).screens = {"priority"}
        await house.desk.open(await self.stored(house))
        ((number, _),) = self.vendor(house).tickets.items()
        assert set(self.vendor(house).fields[number]) == {"labels", "priority"}
        assert await house.bench.files(number)

    async def test_a_customer_whom_the_project_refuses_gets_a_request_all_the_same(self, house: HelpdeskHouse) -> None:
        self.vendor(house).customers["qm:away"] = {"accountId": "qm:gone", "emailAddress": "wang@example.com"}
        await house.desk.open(await self.stored(house))
        (ticket,) = self.vendor(house).tickets.values()
        assert "raiseOnBehalfOf" not in ticket.data

    async def test_comments_that_would_be_public_are_taken_back(self, house: HelpdeskHouse) -> None:
        self.vendor(house).keeps_internal = False
        await house.desk.open(await self.stored(house))
        (ticket,) = self.vendor(house).tickets.values()
        assert [each.deleted for each in ticket.remarks if each.public] == [True]

    async def test_what_the_customer_writes_in_the_portal_is_no_answer(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        self.vendor(house).customers["qm:1"] = {"accountId": "qm:1", "emailAddress": "a@example.com"}
        self.vendor(house).remark(ticket_id, "from the portal", public=True, data={"account": "qm:1"})
        self.vendor(house).remark(ticket_id, "for the team", public=True, author="a1", data={"role": True})
        said = await house.customer.transcript()
        await house.read_now(ticket_id)
        assert await house.customer.transcript() == said

    async def test_a_status_of_yours_gives_the_conversation_back_to_the_bot(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        await house.bench.takes(ticket_id)
        await house.read_now(ticket_id)
        self.vendor(house).tickets[ticket_id].state = "Bot"
        await house.read_now(ticket_id)
        await house.customer.reaches("bot")

    async def test_polling_finds_what_has_changed_on_all_pages(self, house: HelpdeskHouse) -> None:
        for n in range(3):
            await house.handed_over(house.somebody(f"visitor-{n}"))
        for each in self.vendor(house).tickets.values():
            each.changed_at = time.time() - 30
        found, cursor = await house.desk.changed(str(int(time.time()) - 60))
        assert set(found) == set(self.vendor(house).tickets)
        assert int(cursor) == int(time.time()) - 30 or int(cursor) == int(time.time()) - 31


def test_our_words_come_back_from_jiras_rich_text() -> None:
    for text in (HARD, "a\n\nb\n c", "one\n\n\n\ntwo"):
        assert text_of(document(text)).split() == text.split()


def test_links_to_us_can_be_clicked_and_others_cannot() -> None:
    ours = "https://chat.example/desk/#handoff=h1"
    text = f"在 Front Door 中查看：{ours} or\nhttps://phish.example/ https://chat.example.evil/x"
    made = document(text, "https://chat.example")
    linked = [each for each in made["content"][0]["content"] if "marks" in each]
    assert linked == [{"type": "text", "text": ours, "marks": [{"type": "link", "attrs": {"href": ours}}]}]
    assert text_of(made) == text


def test_the_words_in_an_agents_rich_text() -> None:
    link = {"type": "text", "text": "here", "marks": [{"type": "link", "attrs": {"href": "https://example.com/a"}}]}
    items = [{"type": "listItem", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "one"}]}]}]
    content = [
        {"type": "paragraph", "content": [{"type": "mention", "attrs": {"text": "@Ann"}}, link]},
        {"type": "bulletList", "content": items},
        {"type": "mediaSingle", "content": [{"type": "media", "attrs": {"id": "x"}}]},
        {"type": "paragraph", "content": [{"type": "inlineCard", "attrs": {"url": "https://example.com/b"}}]},
    ]
    body = {"type": "doc", "version": 1, "content": content}
    assert text_of(body).split() == ["@Annhere", "(https://example.com/a)", "one", "https://example.com/b"]


def test_a_document_that_is_made_to_be_laborious_is_read_as_far_as_anybody_nests() -> None:
    deep: JSON = {"type": "text", "text": "deep"}
    for _ in range(5_000):
        deep = {"type": "panel", "content": [deep]}
    assert text_of(deep) == ""
