"""Two kinds of helpdesks as the command line sees them: by name, by settings, and by what they offer."""

from connectors.desk_settings import HelpdeskSettings


class DeafDesk:
    """Cannot delete what it has."""

    class Settings(HelpdeskSettings):
        """Nothing of its own."""


class ForgetfulDesk(DeafDesk):
    """Can."""

    async def forget(self, ticket_id: str) -> None:
        """Never called here."""
