"""Virus scan: every file that arrives is shown to clamd, where one is configured, before anybody can open it.

Speaks clamd's INSTREAM (https://docs.clamav.net/manual/Usage/Scanning.html#clamd): the file in pieces, each behind its
length, and one word back. While the scanner is away files wait; they are never taken unseen.
"""

import asyncio
import contextlib
import struct
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from connectors.errors import Malformed
from connectors.http import ComeBackLater

log = structlog.get_logger(__name__)

CHUNK = 64 * 1024
CONNECT_S = 3.0
SCAN_S = 60.0
SCHEMES = frozenset({"clamd", "clamd+unix"})


class ScannerAway(ComeBackLater):
    """The scanner does not answer: the same file may come again."""

    status = 503

    def __init__(self, why: str) -> None:
        super().__init__(f"the virus scanner {why}", code="unavailable", retry_after=30)


class VirusScan:
    """A clamd at `clamd://host:port` or `clamd+unix:///path/to/socket`."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._socket = parts.path if parts.scheme == "clamd+unix" else ""
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 3310

    async def look(self, path: Path) -> None:
        """Raise `Malformed` (`infected`) for a file that must not be opened, `ScannerAway` when nobody can tell."""
        try:
            async with asyncio.timeout(SCAN_S):
                answer = await self._ask(path)
        except (OSError, TimeoutError) as error:
            log.error("virus_scan.away", error=type(error).__name__)
            raise ScannerAway("does not answer") from error
        if answer.endswith("OK"):
            return
        if answer.endswith("FOUND"):
            log.warning("virus_scan.found", what=answer.removeprefix("stream: ").removesuffix(" FOUND")[:100])
            raise Malformed("the virus scanner refuses the file", code="infected", field="file")
        log.error("virus_scan.failed", answer=answer[:100])
        raise ScannerAway("could not look at the file")

    async def _ask(self, path: Path) -> str:
        async with asyncio.timeout(CONNECT_S):
            opening = asyncio.open_unix_connection(self._socket) if self._socket else None
            reader, writer = await (opening or asyncio.open_connection(self._host, self._port))
        try:
            writer.write(b"zINSTREAM\0")
            with await asyncio.to_thread(path.open, "rb") as source:
                while chunk := await asyncio.to_thread(source.read, CHUNK):
                    writer.write(struct.pack("!I", len(chunk)) + chunk)
                    await writer.drain()
            writer.write(struct.pack("!I", 0))
            await writer.drain()
            return (await reader.read(4096)).rstrip(b"\0\n").decode("utf-8", "replace")
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
