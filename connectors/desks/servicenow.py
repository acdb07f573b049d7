"""ServiceNow (https://www.servicenow.com): each ticket is an incident, or a case of Customer Service Management.

The Table API does all; what people wrote stands in the journal (`sys_journal_field`): `comments` are for the customer,
`work_notes` are not. docs/desks/servicenow.md has the steps over there.
"""

import datetime
from collections.abc import AsyncIterator, Sequence

from connectors.channel import Finding, Request, Standing
from connectors.desk import Handoff, Look, News
from connectors.desk_answers import prove_secret
from connectors.desk_ports import Attempt, DeskPorts, Opened
from connectors.desk_wording import in_language
from connectors.desks.servicenow_api import ServiceNowApi, is_sys_id, quotable, sys_id_of
from connectors.desks.servicenow_journal import COLUMNS, files_of, harmless, kept, moment, plane, remark, stamp, words
from connectors.desks.servicenow_settings import ServiceNowSettings
from connectors.desks.servicenow_tables import TABLES
from connectors.errors import Malformed, OutcomeUnknown, SendError, Undeliverable
from connectors.fields import Fields, is_email, parse_json
from connectors.findings import bad, failed, good
from connectors.helpdesk import Helpdesk
from connectors.helpdesk_model import Draft, Features, Post, RemoteFile, Thread, TicketState
from connectors.helpdesk_reading import digest
from connectors.message import JSON
from connectors.packet_document import subject

OURS = "Front Door"
"""In `correlation_display` of all that we opened."""
OVERLAP_S = 5
RESOLVED = ("Resolved from Front Door.", "由 Front Door 解决。")


class ServiceNow(Helpdesk):
    """The connector. All that we add is a work note; the customer reads the agents' comments."""

    Settings = ServiceNowSettings
    standing = Standing.UNVERIFIED
    features = Features(
        packet_apart=True,
        calls_us="a secret header, then read back",
        finds="search by correlation_id",
        finds_after_s=5,
        text_length=4_000,
        edits=False,
        deletions=False,
        forgets=True,
        returns="a state of your own",
    )

    def __init__(self, settings: ServiceNowSettings, ports: DeskPorts) -> None:
        super().__init__(settings, ports)
        self._settings, self._table = settings, TABLES[settings.table]
        self._api = ServiceNowApi(settings, ports.state, self._pace)

    # what is asked there

    async def find(self, attempt: Attempt) -> Opened | None:
        """By our id, or where it could not be kept by the reference in the short description."""
        query = f"correlation_id={attempt.handoff_id}^ORshort_descriptionLIKE[{attempt.reference}]"
        fields = "sys_id,number,correlation_id,short_description"
        for each in await self._api.rows(self._settings.table, query, fields, most=10):
            ours = each.get("correlation_id") == attempt.handoff_id
            if ours or f"[{attempt.reference}]" in str(each.get("short_description")):
                return self._opened_as(each)
        return None

    async def create(self, draft: Draft) -> Opened:
        """A ticket with what was asked; the customer may read it in the portal, so the packet follows."""
        handoff = draft.handoff
        values: JSON = {
            "short_description": subject(handoff)[:160],
            "description": (handoff.question or handoff.summary or handoff.reason_detail)[:4_000],
            "contact_type": "chat",
            "correlation_id": handoff.id,
            "correlation_display": OURS,
            **self._urgency(draft),
            **draft.fields,
        }
        if draft.queue:
            values["assignment_group"] = await self._group(draft.queue)
        if person := await self._person(handoff):
            values[self._table.person] = person
        return self._opened_as(await self._api.write(self._settings.table, values))

    async def post(self, ticket_id: str, post: Post) -> str:
        """Files first, then a work note, which is looked for: ServiceNow leaves away what we may not write."""
        if post.files:
            await self._api.attach(self._settings.table, ticket_id, post.files, again=post.again)
        try:
            await self._api.write(self._settings.table, {"work_notes": harmless(words(post))}, ticket_id)
        except SendError as error:
            if post.files:
                raise OutcomeUnknown(f"the files are there, and the words are not: {error}") from error
            raise
        try:
            journal = await self._journal(ticket_id)
        except SendError as error:
            raise OutcomeUnknown(f"the work note was taken, and not seen: {error}") from error
        mark = digest(self.written(post))
        mine = [each for each in journal if self._is_ours(each) and digest(kept(each)) == mark]
        if not mine:
            raise Undeliverable("ServiceNow kept no work note of ours: may the account write and read them?")
        return str(mine[-1]["sys_id"])

    def written(self, post: Post) -> str:
        """Without what an old database may leave away, and without what ServiceNow takes for HTML."""
        return plane(harmless(words(self._fitting(post))))

    async def thread(self, ticket_id: str, since: str) -> Thread:
        """The ticket with its journal, and the files that go with its comments."""
        columns = f"state,assigned_to,assigned_to.name,{self._table.person}.user_name"
        row = await self._api.row(self._settings.table, ticket_id, columns)
        journal = await self._journal(ticket_id)
        customer = str(row.get(f"{self._table.person}.user_name") or "")
        public = [each for each in journal if self._is_public(each, customer)]
        names = await self._names({str(each.get("sys_created_by")) for each in public})
        within_s = self._settings.reply_files_s
        attached = await self._api.attachments(self._settings.table, ticket_id) if public and within_s else []
        files, told = files_of(public, attached, within_s), {str(each["sys_id"]) for each in public}
        remarks = [
            remark(each, ours=self._is_ours(each), public=str(each["sys_id"]) in told, names=names, files=files)
            for each in journal
        ]
        return Thread(
            state=self._state(str(row.get("state"))), owner_id=str(row.get("assigned_to") or ""),
            owner_name=str(row.get("assigned_to.name") or ""), remarks=tuple(remarks),
        )  # fmt: skip

    async def move(self, ticket_id: str, state: TicketState) -> None:
        """Set the state, and look whether it is so: business rules may keep it."""
        now = str((await self._api.row(self._settings.table, ticket_id, "state")).get("state"))
        if self._state(now) is state:
            return
        values: JSON = {"state": self._settings.open_state or self._table.open_state}
        if state is TicketState.RESOLVED:
            notes = in_language(RESOLVED, self._common.language)
            values = {"state": self._settings.resolved_state, "close_notes": notes}
            values[self._table.code] = self._settings.close_code
        row = await self._api.write(self._settings.table, values, ticket_id)
        if self._state(str(row.get("state"))) is not state:
            raise Undeliverable(f"ServiceNow left the ticket in state {row.get('state')}")

    async def changed(self, since: str) -> tuple[Sequence[str], str]:
        """By the time of their last change; times are UTC on both sides."""
        if not since:
            return (), stamp(datetime.datetime.now(datetime.UTC))
        begin = stamp(moment(since) - datetime.timedelta(seconds=OVERLAP_S))
        query = f"correlation_display={OURS}^sys_updated_on>={begin}^ORDERBYsys_updated_on"
        found = await self._api.rows(self._settings.table, query, "sys_id,sys_updated_on")
        newest = max((str(each.get("sys_updated_on") or "") for each in found), default="")
        return [str(each["sys_id"]) for each in found if each.get("sys_id")], max(newest, since)

    async def forget(self, ticket_id: str) -> None:
        """Delete the ticket, with what belongs to it."""
        await self._api.delete(self._settings.table, ticket_id)

    async def fetch(self, file: RemoteFile) -> AsyncIterator[bytes]:
        """The bytes of an attachment."""
        async for chunk in self._api.download(file.ref):
            yield chunk

    async def check(self) -> list[Finding]:
        """The account, the groups, the journal, and whether ServiceNow may call."""
        wanted = {each for each in (self._common.queue, *(p.queue for p in self._common.placements.values())) if each}
        try:
            tickets = await self._api.rows(self._settings.table, "", "sys_id", most=1)
            journal = await self._api.rows("sys_journal_field", f"name={self._settings.table}", "sys_id", most=1)
            missing = sorted([each for each in wanted if not await self._group_of(each)])
        except SendError as error:
            remedy = "Compare url, username and password; docs/desks/servicenow.md names the roles."
            return [failed("ServiceNow does not let us read", error, remedy)]
        found = [good(f"ServiceNow lets us read {self._settings.table} as {self._settings.username}")]
        if tickets and not journal:
            found.append(bad("the account sees no journal", "Let its role read the table sys_journal_field."))
        if missing:
            found.append(bad(f"ServiceNow has no group {', '.join(missing)}", "Name groups as sys_user_group does."))
        if not self._settings.webhook_secret.get_secret_value():
            found.append(good(f"no webhook_secret: ServiceNow is asked every {self._common.poll_s:g} s"))
        return found

    async def close(self) -> None:
        """Release connections."""
        await self._api.close()

    # what is said here

    def verify(self, request: Request) -> None:
        """The secret in the header; what was said is read anyway."""
        prove_secret(request, "x-front-door-secret", self._settings.webhook_secret.get_secret_value())

    def parse(self, request: Request) -> Sequence[News]:
        """The ticket that has changed."""
        sys_id = Fields(parse_json(request.body)).text("sys_id", longest=32)
        if not is_sys_id(sys_id):
            raise Malformed("must be the id of a record", code="bad_frame", field="sys_id")
        return (Look(ticket_id=sys_id),)

    # small parts

    def _urgency(self, draft: Draft) -> JSON:
        """`impact/urgency` of an incident, as its priority follows from them; the priority of a case."""
        if not draft.priority:
            return self._table.urgencies[draft.handoff.urgency]
        impact, slash, urgency = draft.priority.partition("/")
        return {"impact": impact, "urgency": urgency} if slash else {"priority": draft.priority}

    async def _group(self, queue: str) -> str:
        if found := await self._group_of(queue):
            return found
        raise Undeliverable(f"ServiceNow has no group {queue}: set queue or placements in desks.yml to one it has")

    async def _group_of(self, queue: str) -> str:
        if is_sys_id(queue):
            return queue
        rows = await self._api.rows("sys_user_group", f"name={queue}", "sys_id,name", most=1) if quotable(queue) else []
        return next((str(each.get("sys_id")) for each in rows if each.get("name") == queue), "")

    async def _person(self, handoff: Handoff) -> str:
        """The customer's account; empty: none of theirs and no requester."""
        email = str(handoff.customer.get("email") or "")
        if self._settings.users != "single" and is_email(email) and quotable(email):
            if found := await self._person_by("email", email):
                return found
            if self._settings.users == "create" and (made := await self._make_person(handoff, email)):
                return made
        wanted = self._settings.requester
        return await self._person_by("email" if is_email(wanted) else "user_name", wanted) if wanted else ""

    async def _person_by(self, column: str, value: str) -> str:
        rows = await self._api.rows(self._table.people, f"{column}={value}^active=true", f"sys_id,{column}", most=2)
        same = [each for each in rows if str(each.get(column)).casefold() == value.casefold()]
        return str(same[0].get("sys_id")) if same else ""

    async def _make_person(self, handoff: Handoff, email: str) -> str:
        first, _, last = str(handoff.customer.get("name") or email).partition(" ")
        try:
            made = await self._api.write(self._table.people, {"first_name": first, "last_name": last, "email": email})
        except Undeliverable:  # we may not
            return ""
        return str(made.get("sys_id") or "")

    async def _journal(self, ticket_id: str) -> list[JSON]:
        """What people wrote, the oldest first."""
        own = sys_id_of(ticket_id)
        query = f"element_id={own}^elementINcomments,work_notes^ORDERBYsys_created_on"
        rows = await self._api.rows("sys_journal_field", query, COLUMNS)
        return [each for each in rows if each.get("element_id") == own and each.get("sys_id")]

    async def _names(self, users: set[str]) -> dict[str, str]:
        wanted = sorted(each for each in users if quotable(each) and "," not in each)
        query = f"user_nameIN{','.join(wanted)}"
        rows = await self._api.rows("sys_user", query, "user_name,name", most=100) if wanted else []
        return {str(each.get("user_name")): str(each.get("name") or "") for each in rows}

    def _is_ours(self, entry: JSON) -> bool:
        return str(entry.get("sys_created_by")).casefold() == self._settings.username.casefold()

    def _is_public(self, entry: JSON, customer: str) -> bool:
        """What customers write themselves, in the portal or by mail ("guest"), is no answer to them."""
        author = entry.get("sys_created_by")
        return entry.get("element") == "comments" and not self._is_ours(entry) and author not in {customer, "guest"}

    def _state(self, state: str) -> TicketState:
        if self._settings.returned_state and state == self._settings.returned_state:
            return TicketState.RETURNED
        closed = {self._settings.resolved_state, *(self._settings.closed_states or self._table.closed_states)}
        return TicketState.RESOLVED if state in closed else TicketState.OPEN

    def _opened_as(self, row: JSON) -> Opened:
        sys_id = str(row.get("sys_id") or "")
        if not is_sys_id(sys_id):
            raise OutcomeUnknown("ServiceNow did not say which ticket it made")
        url = f"{self._settings.url}/{self._settings.table}.do?sys_id={sys_id}"
        return Opened(ticket_id=sys_id, number=str(row.get("number") or sys_id), url=url)
