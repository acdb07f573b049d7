"""The mail that a file came with, found again in the mailbox, wherever it has been moved to meanwhile."""

from collections.abc import Iterator

from connectors.errors import TryLater, Undeliverable
from connectors.mail.mailbox import TROUBLES, Mailbox, Place
from connectors.mail.parse import digest_of
from connectors.message import Media


class Originals:
    """Finds mails; a connection of its own each time."""

    def __init__(self, place: Place, *, move_to: str, most: int) -> None:
        self._place, self._move_to, self._most = place, move_to, most

    def find(self, media: Media) -> bytes:
        """The mail. Its digest must be what it was, as anybody can send another with the same Message-ID. Raises
        `TryLater`, `Undeliverable`.
        """
        try:
            mailbox = Mailbox.open(self._place)
            try:
                for data in self._candidates(mailbox, media):
                    if digest_of(data) == media.data.get("digest"):
                        return data
            finally:
                mailbox.close()
        except TROUBLES as error:
            raise TryLater(f"the mailbox can't be read: {type(error).__name__}") from None
        raise Undeliverable("the mail is not in the mailbox any more")

    def _candidates(self, mailbox: Mailbox, media: Media) -> Iterator[bytes]:
        validity, _, uid = media.ref.partition(":")
        message_id = str(media.data.get("message_id", ""))
        if validity == str(mailbox.validity) and (found := mailbox.fetch(int(uid), self._most)):
            yield found[0]
        for folder in ("", self._move_to):
            if folder:
                mailbox.select(folder)
            for each in mailbox.named(message_id):
                if found := mailbox.fetch(each, self._most):
                    yield found[0]
            if not self._move_to:
                return
