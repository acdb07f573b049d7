"""Receives one file from a page: streamed to where files are kept, never whole in memory."""

import asyncio
from collections.abc import AsyncIterator

from aiohttp import BodyPartReader, MultipartReader, web

from connectors.errors import Malformed, TooLarge
from connectors.message import Attachment
from connectors.ports import Files

_WITHIN = 300.0  # seconds
_CHUNK = 64 * 1024
_PARTS = 10  # of a form, until the file comes
_FORM = 64 * 1024  # bytes that a form may need around the file


async def receive_file(request: web.Request, files: Files, conversation_id: str, most: int) -> Attachment:
    """Keep the form's part `file`, at most `most` bytes. Raises `TooLarge` or `Malformed` (`file_type`)."""
    if (request.content_length or 0) > most + _FORM:
        raise _too_large(most)
    try:
        async with asyncio.timeout(_WITHIN):
            part = await _file_part(request)
            return await files.save(conversation_id, part.filename or "file", _chunks(part, most))
    except TimeoutError:
        raise Malformed(f"did not arrive within {_WITHIN:.0f} s", code="bad_attachment", field="file") from None


async def _file_part(request: web.Request) -> BodyPartReader:
    if request.content_type == "multipart/form-data":
        try:
            parts = await request.multipart()
            for _ in range(_PARTS):
                part = await parts.next()
                if isinstance(part, BodyPartReader) and part.name == "file":
                    return part
                await _skip(part)
        except ValueError:  # aiohttp's word for a broken form
            pass
    raise Malformed("must be the part of a multipart form", code="bad_frame", field="file")


async def _skip(part: BodyPartReader | MultipartReader | None) -> None:
    """Read a part that nobody asked for, if it is small. Raises ValueError."""
    if not isinstance(part, BodyPartReader):
        raise ValueError("the form has ended, or there is a form within it")
    size = 0
    while chunk := await part.read_chunk(_CHUNK):
        size += len(chunk)
        if size > _FORM:
            raise ValueError("too much beside the file")


async def _chunks(part: BodyPartReader, most: int) -> AsyncIterator[bytes]:
    size = 0
    while chunk := await part.read_chunk(_CHUNK):
        size += len(chunk)
        if size > most:
            raise _too_large(most)
        yield chunk


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"a file has at most {most} bytes", code="too_large", field="file")
