"""Attachments: stored once beside the database, type sniffed, size limited, served only by short-lived signed links."""

import asyncio
import hashlib
import hmac
import os
import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlencode

import filetype
from sqlalchemy import Connection

from connectors.errors import Forged, Malformed, TooLarge, Undeliverable
from connectors.fields import clean_line
from connectors.message import Attachment
from frontdoor.thumbnails import SUFFIX, TYPES, Thumbnails
from frontdoor.virus_scan import VirusScan
from storage import files
from storage.clock import now_ms
from storage.database import Database
from storage.files import FileRow
from storage.tables import new_id

LINK_MS = 3_600_000
KEPT_LINK_MS = 7 * 24 * 3_600_000
SNIFF = 8_192
CHUNK = 64 * 1024
UNSAFE = re.compile(r'[<>:"/\\|?*]+')
RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\.|$)", re.IGNORECASE)
"""Names that are devices on Windows, whatever follows the dot."""
Admit = Callable[[Connection, FileRow], None]
"""Looks at a file that has arrived, in the transaction that stores it; raises what speaks against it."""


class FileStore:
    """Implements `connectors.ports.Files` in a folder."""

    def __init__(
        self,
        database: Database,
        folder: Path,
        *,
        key: str,
        max_bytes: int,
        types: frozenset[str],
        scan: VirusScan | None = None,
    ) -> None:
        self._database = database
        self._folder = folder
        self._key = key.encode()
        self._max_bytes = max_bytes
        self._types = types
        self._scan = scan
        self._thumbnails = Thumbnails()

    async def save(
        self, conversation_id: str, name: str, chunks: AsyncIterator[bytes], *, admit: Admit | None = None
    ) -> Attachment:
        """Store a file. Raises `TooLarge` (`too_large`), `Malformed` (`file_type`, `empty`, `infected`), `ScannerAway`,
        or what `admit` raises.
        """
        file_id = new_id()
        path = self._path(file_id)
        await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
        try:
            size, head, digest = await self._receive(path, chunks)
            media_type = _sniff(head)
            if media_type not in self._types:
                raise Malformed(f"files of type {media_type} are not accepted", code="file_type", field="file")
            if self._scan is not None:
                await self._scan.look(path)
            row = FileRow(
                id=file_id, conversation_id=conversation_id, name=safe_name(name), media_type=media_type, size=size,
                sha256=digest,
            )  # fmt: skip
            await self._database.write(_add, row, admit)
        except BaseException:
            await asyncio.to_thread(path.unlink, missing_ok=True)
            raise
        return replace(row.attachment(), url=self.link(row.attachment()))

    async def keep(self, conversation_id: str, name: str, media_type: str, data: bytes) -> Attachment:
        """Store a file of our own making."""
        file_id = new_id()
        path, digest = self._path(file_id), hashlib.sha256(data).hexdigest()
        await asyncio.to_thread(_write_new, path, data)
        row = FileRow(
            id=file_id, conversation_id=conversation_id, name=name, media_type=media_type, size=len(data),
            sha256=digest,
        )  # fmt: skip
        await self._database.write(_add, row, None)
        return row.attachment()

    async def _receive(self, path: Path, chunks: AsyncIterator[bytes]) -> tuple[int, bytes, str]:
        size, head, digest = 0, b"", hashlib.sha256()
        with await asyncio.to_thread(path.open, "xb") as target:
            async for chunk in chunks:
                size += len(chunk)
                if size > self._max_bytes:
                    raise TooLarge(f"a file has at most {self._max_bytes} bytes", code="too_large", field="file")
                if len(head) < SNIFF:
                    head = (head + chunk)[:SNIFF]
                digest.update(chunk)
                await asyncio.to_thread(target.write, chunk)
            await asyncio.to_thread(_keep, target)
        if not size:
            raise Malformed("the file is empty", code="empty", field="file")
        return size, head, digest.hexdigest()

    def link(self, attachment: Attachment, *, kept: bool = False) -> str:
        """A link that works for an hour or a little more; the same within ten minutes, so that browsers can cache. One
        that is `kept` in a chat elsewhere, where nobody makes a new one when it is opened, works for a week.
        """
        expires = (now_ms() // 600_000 + 1) * 600_000 + (KEPT_LINK_MS if kept else LINK_MS)
        query = urlencode({"expires": expires, "signature": self._sign(attachment.id, expires)})
        return f"/api/v1/attachments/{attachment.id}?{query}"

    async def open(self, file_id: str, expires: str, signature: str) -> tuple[FileRow, Path]:
        """The file behind a signed link. Raises `Forged` when the link is wrong, too old, or its file is gone."""
        if not expires.isascii() or not expires.isdigit() or len(expires) > 16 or not signature.isascii():
            raise Forged("the link is not complete", code="bad_link")
        if not hmac.compare_digest(signature, self._sign(file_id, int(expires))) or int(expires) < now_ms():
            raise Forged("the link is not valid any more", code="bad_link")
        row = await self._database.read(files.find, file_id)
        if row is None:
            raise Forged("the link is not valid any more", code="bad_link")
        return row, self._path(row.id)

    async def small(self, row: FileRow, path: Path) -> Path | None:
        """A small picture of a stored image, as `thumbnails.MEDIA_TYPE`; None when the file itself has to do."""
        return await self._thumbnails.of(path) if row.media_type in TYPES else None

    async def read(self, attachment: Attachment) -> AsyncIterator[bytes]:
        """The bytes of a stored file. Raises `Undeliverable` when it is gone."""
        try:
            source = await asyncio.to_thread(self._path(attachment.id).open, "rb")
        except OSError as error:
            raise Undeliverable("the file is not there any more") from error
        with source:
            while chunk := await asyncio.to_thread(source.read, CHUNK):
                yield chunk

    async def discard(self, file_ids: Sequence[str]) -> None:
        """Remove the bytes of files that the database knows no more."""
        for file_id in file_ids:
            for path in (self._path(file_id), self._path(file_id + SUFFIX)):
                await asyncio.to_thread(path.unlink, missing_ok=True)

    def _sign(self, file_id: str, expires: int) -> str:
        return hmac.new(self._key, f"attachment:{file_id}:{expires}".encode(), hashlib.sha256).hexdigest()

    def _path(self, file_id: str) -> Path:
        return self._folder / file_id.removesuffix(SUFFIX)[-2:] / file_id


def _add(tx: Connection, row: FileRow, admit: Admit | None) -> None:
    if admit is not None:
        admit(tx, row)
    files.add(tx, row)


def _write_new(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as target:
        target.write(data)
        _keep(target)


def _keep(target: BinaryIO) -> None:
    """What is acknowledged is on disk, also after a power cut."""
    target.flush()
    os.fsync(target.fileno())


def safe_name(name: str) -> str:
    """A file name for any system: no paths, control or deceptive characters, at most 100 characters, extension kept."""
    cleaned = UNSAFE.sub("_", clean_line(name)).strip(" ._") or "file"
    if RESERVED.match(cleaned):
        cleaned = f"file_{cleaned}"
    stem, dot, extension = cleaned.rpartition(".")
    if not dot or len(extension) > 10:
        return cleaned[:100]
    return f"{stem[: 99 - len(extension)]}.{extension}"


def _sniff(head: bytes) -> str:
    kind = filetype.guess(head)
    if kind is not None:
        return str(kind.mime)
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:  # not merely a character cut in half
            return "application/octet-stream"
        text = head[: error.start].decode("utf-8")
    return "text/plain" if "\x00" not in text else "application/octet-stream"
