"""Articles of Zammad, which never change but for who may see them: https://docs.zammad.org/en/latest/api/ticket/articles.html."""

import base64
import re
from collections.abc import Sequence
from email.utils import getaddresses

from connectors.desk_answers import milliseconds
from connectors.desks.zammad_api import ZammadApi
from connectors.helpdesk_model import Post, Remark, RemoteFile, Upload
from connectors.html_text import to_text
from connectors.message import JSON, Author

_IMAGE = re.compile(r'<img\b[^>]*\bsrc="/api/v1/ticket_attachment/(\d+)/(\d+)/(\d+)(?:\?view=inline)?"')
"""A picture that somebody has pasted in: it does not stand among the attachments."""


def attached(files: Sequence[Upload]) -> list[JSON]:
    """Files as a new article has them."""
    return [
        {"filename": each.name, "data": base64.b64encode(each.data).decode(), "mime-type": each.media_type}
        for each in files
    ]


def note(ticket: int, post: Post) -> JSON:
    """An internal note. Plain text comes back as it was written; HTML would be tidied. The note of a `Customer` stands
    there in the customer's name, but is still ours (`created_by_id`).
    """
    return {
        "ticket_id": ticket, "body": f"{post.heading}\n{post.text}".strip(), "content_type": "text/plain",
        "type": "note", "internal": True, "sender": "Customer" if post.author is Author.CUSTOMER else "Agent",
        "attachments": attached(post.files),
    }  # fmt: skip


async def remark(api: ZammadApi, ticket: JSON, article: JSON) -> Remark:
    """An article as it stands. Raises `SendError`."""
    author, body = int(article.get("created_by_id") or 0), str(article.get("body") or "")
    is_html = str(article.get("content_type") or "").startswith("text/html")
    ours, mail = author == await api.me(), article.get("type") == "email"
    public = not ours and await _is_for_customer(api, ticket, article)
    files = [_file(each, article) for each in article.get("attachments") or ()]
    if is_html:
        here = (str(article.get("ticket_id")), str(article.get("id")))  # what lies elsewhere is not theirs to send
        pasted = [found[3] for found in _IMAGE.finditer(body) if (found[1], found[2]) == here]
        files += [_file({"id": each, "filename": f"image-{each}"}, article) for each in pasted]
    return Remark(
        id=str(article.get("id")), at=milliseconds(article.get("created_at")),
        text=to_text(body, reply=mail) if is_html else body.strip(), public=public, ours=ours, author_id=str(author),
        author_name="" if ours else await name_of(api, author), files=tuple(files),
    )  # fmt: skip


async def name_of(api: ZammadApi, person: int) -> str:
    """Somebody's name. Of an article, `from` is none: in mails it has the name of the group, too, or that alone."""
    found = await api.person(person)
    return f"{found.get('firstname') or ''} {found.get('lastname') or ''}".strip()


async def _is_for_customer(api: ZammadApi, ticket: JSON, article: JSON) -> bool:
    """Whether an agent wrote it to the customer: what is visible to them, but for records of calls (`phone`), and mails
    that went to somebody else, such as a supplier whom the ticket was forwarded to.
    """
    kind = article.get("type")
    if article.get("internal") or article.get("sender") != "Agent" or kind == "phone":
        return False
    if kind != "email":
        return True
    customer = str((await api.person(int(ticket.get("customer_id") or 0))).get("email") or "").lower()
    went_to = getaddresses([str(article.get("to") or ""), str(article.get("cc") or "")])
    return bool(customer) and customer in {address.lower() for _, address in went_to}


def _file(data: JSON, article: JSON) -> RemoteFile:
    told = data.get("preferences") or {}
    return RemoteFile(
        ref=f"ticket_attachment/{article.get('ticket_id')}/{article.get('id')}/{data.get('id')}",
        name=str(data.get("filename") or "file"), size=int(data.get("size") or 0),
        media_type=str(told.get("Content-Type") or told.get("Mime-Type") or ""),
    )  # fmt: skip
