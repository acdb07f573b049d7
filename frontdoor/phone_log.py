"""The channel of calls that agents log: what is said there was said on the phone, so nothing is sent."""

from connectors.channel import Limits, Receipt, Standing
from connectors.message import Outbound


class PhoneLog:
    """A stored channel without a customer's screen."""

    name = "phone"
    limits = Limits()
    standing = Standing.OWN
    stored_is_delivered = True

    async def send(self, message: Outbound) -> Receipt:
        """Nothing is left to do: what is stored has been said."""
        return Receipt()

    async def close(self) -> None:
        """Nothing is kept open."""
