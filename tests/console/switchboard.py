"""Where the console's agents begin conversations: opens a real ticket, as the core would."""

from connectors.desk import Reason
from connectors.message import Author
from desk.ports import Beginning
from tests.console.office import Office
from tests.console.scenes import handoff, said


class Switchboard:
    """Implements `desk.ports.Begin` over an office."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self.begun: dict[str, str] = {}

    def ways(self) -> list[str]:
        return ["phone", "sms", "email"]

    async def begin(self, what: Beginning) -> str:
        if what.client_id not in self.begun:
            words = (said(Author.CUSTOMER, what.said, 0, name=what.name),) if what.said else ()
            self.begun[what.client_id] = await self._office.open(
                handoff(
                    channel=what.channel,
                    reason=Reason.AGENT,
                    question=what.said,
                    summary="",
                    language=what.language,
                    customer={"id": "c9", "name": what.name, "phone": what.phone, "email": what.email},
                    transcript=words,
                )
            )
        return self.begun[what.client_id]

    async def go_on(self, conversation_id: str) -> str:
        return await self._office.open(handoff(reason=Reason.AGENT, conversation_id=conversation_id))
