"""Whether a mailbox can be read, and whether mail can be sent."""

import asyncio

from connectors.channel import Finding
from connectors.errors import TryLater
from connectors.findings import bad, failed, good
from connectors.mail.mailbox import TROUBLES, Mailbox, Place
from connectors.smtp import SmtpServer


async def both_ways(place: Place, smtp: SmtpServer, *, move_to: str, poll_s: float) -> list[Finding]:
    """Log in on both sides. Never raises for what servers say."""
    found = await asyncio.to_thread(_mailbox, place, move_to, poll_s)
    try:
        await smtp.look()
        found.append(good("the mail server takes our mail (smtp_url)"))
    except TryLater as error:
        remedy = "Compare host, port, user and password; many providers want a password for programs."
        found.append(failed("we cannot send (smtp_url)", error, remedy))
    return found


def _mailbox(place: Place, move_to: str, poll_s: float) -> list[Finding]:
    try:
        mailbox = Mailbox.open(place)
    except TROUBLES as error:
        remedy = (
            "Compare host, port, user, password and folder; many providers want IMAP to be switched on, and a "
            "password for programs."
        )
        return [bad(f"the folder {place.folder} cannot be read (imap_url): {type(error).__name__}", remedy)]
    found = [good(f"the folder {place.folder} can be read (imap_url)")]
    try:
        silent = f"the server does not say when mail comes: it is looked for every {poll_s:g} seconds"
        found.append(good("the server says when mail comes (IDLE)" if mailbox.can_idle else silent))
        if move_to:
            mailbox.select(move_to)
            found.append(good(f"the folder {move_to} is there (move_to)"))
    except TROUBLES:
        remedy = "Make the folder in the mailbox, or write its name as the server does."
        found.append(bad(f"there is no folder {move_to} (move_to)", remedy))
    finally:
        mailbox.close()
    return found
