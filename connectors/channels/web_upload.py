"""Receives one file from a page: streamed to where files are kept, never whole in memory."""

import asyncio
from collections.abc import AsyncIterator

from aiohttp import web

from connectors.errors import Malformed, TooLarge
from connectors.forms import AROUND, file_chunks, file_part
from connectors.message import Attachment
from connectors.ports import Files

_WITHIN = 300.0  # seconds


async def receive_file(request: web.Request, files: Files, conversation_id: str, most: int) -> Attachment:
    """Keep the form's part `file`, at most `most` bytes. Raises `TooLarge` or `Malformed` (`file_type`)."""
    if (request.content_length or 0) > most + AROUND:
        raise _too_large(most)
    try:
        async with asyncio.timeout(_WITHIN):
            part = await file_part(request)
            return await files.save(conversation_id, part.filename or "file", _limited(file_chunks(part), most))
    except TimeoutError:
        raise Malformed(f"did not arrive within {_WITHIN:.0f} s", code="bad_attachment", field="file") from None


async def _limited(chunks: AsyncIterator[bytes], most: int) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > most:
            raise _too_large(most)
        yield chunk


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"a file has at most {most} bytes", code="too_large", field="file")
