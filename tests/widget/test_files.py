"""Images and files: checked before they are sent, uploaded with progress, shown safely."""

import base64
import re

from playwright.async_api import FilePayload, expect

from tests.widget.chat import Chat, Open, said
from tests.widget.peer import PIXEL, Peer

PICTURE = FilePayload(name="photo.png", mimeType="image/png", buffer=PIXEL)
HAND_OVER = """(target, [kind, name, type, content]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(atob(content), (c) => c.charCodeAt(0))], name, { type }));
    const options = { bubbles: true, composed: true, cancelable: true };
    const event = kind === "paste" ? new ClipboardEvent(kind, { ...options, clipboardData: transfer })
        : new DragEvent(kind, { ...options, dataTransfer: transfer });
    target.dispatchEvent(event);
}"""


async def pick(chat: Chat, *files: FilePayload) -> None:
    """Chooses files as through the file dialog."""
    await chat.host.locator("input[type=file]").set_input_files(list(files))


async def test_an_image_is_previewed_uploaded_and_sent_with_text(open_chat: Open, peer: Peer) -> None:
    peer.upload_delay = 0.5
    chat = await open_chat()
    await pick(chat, PICTURE)
    await expect(chat.host.locator(".upload canvas")).to_be_visible()
    await expect(chat.host.get_by_label("Uploading photo.png")).to_be_visible()
    await chat.say("Look")
    assert peer.frames("message") == []  # it waits for the upload
    await expect(chat.host.locator("progress")).to_have_count(0)
    await chat.field.press("Enter")
    await said(peer, "Look")
    await expect(chat.bubbles.last.locator("img[alt='photo.png']")).to_be_visible()
    [frame] = peer.frames("message")
    assert len(frame["attachments"]) == 1


async def test_a_file_alone_can_be_sent_and_is_a_link(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat()
    await pick(chat, FilePayload(name="notes.txt", mimeType="text/plain", buffer=b"hello"))
    await expect(chat.host.locator("progress")).to_have_count(0)
    await chat.host.get_by_role("button", name="Send message").click()
    await expect(chat.bubbles.last.get_by_role("link", name="notes.txt")).to_have_attribute(
        "rel", "noopener noreferrer"
    )


async def test_an_image_appears_with_its_message_when_the_upload_had_no_link_yet(open_chat: Open, peer: Peer) -> None:
    peer.upload_url = False
    peer.ack_delay = 0.5
    chat = await open_chat()
    await pick(chat, PICTURE)
    await expect(chat.host.locator("progress")).to_have_count(0)
    await chat.field.press("Enter")
    await expect(chat.bubbles.last).to_have_text(re.compile("photo.png"))
    await expect(chat.bubbles.last.locator("img[alt='photo.png']")).to_be_visible()


async def test_paste_and_drop(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat()
    content = base64.b64encode(PIXEL).decode()
    await chat.field.evaluate(HAND_OVER, ["paste", "pasted.png", "image/png", content])
    await expect(chat.host.locator(".upload")).to_have_count(1)
    await chat.panel.evaluate(HAND_OVER, ["dragover", "dropped.png", "image/png", content])
    await expect(chat.host.locator(".drop")).to_be_visible()
    await chat.panel.evaluate(HAND_OVER, ["drop", "dropped.png", "image/png", content])
    await expect(chat.host.locator(".drop")).to_be_hidden()
    await expect(chat.host.locator(".upload")).to_contain_text(["pasted.png", "dropped.png"])


async def test_what_cannot_be_sent_is_said_before_uploading(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat()
    await chat.say("hi")
    await said(peer, "hi")
    await pick(chat, FilePayload(name="film.mp4", mimeType="video/mp4", buffer=b"1234"))
    await expect(chat.problem).to_have_text("film.mp4 can’t be sent. Allowed are: PNG, TXT, PDF.")
    await pick(chat, FilePayload(name="big.txt", mimeType="text/plain", buffer=b"x" * 100_001))
    await expect(chat.problem).to_have_text("big.txt is larger than 98 KB. Please choose a smaller file.")
    await pick(chat, FilePayload(name="empty.txt", mimeType="text/plain", buffer=b""))
    await expect(chat.problem).to_have_text("empty.txt is empty. Please choose another file.")
    await expect(chat.host.locator(".upload")).to_have_count(0)
    await pick(chat, *[FilePayload(name=f"{n}.txt", mimeType="text/plain", buffer=b"x") for n in range(6)])
    await expect(chat.problem).to_have_text("You can send up to 5 files at a time.")
    await expect(chat.host.locator(".upload")).to_have_count(5)


async def test_what_the_service_refuses_is_said(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat()
    await chat.say("hi")
    await said(peer, "hi")
    await pick(chat, FilePayload(name="fake.png", mimeType="image/png", buffer=b"MZ"))
    await expect(chat.problem).to_contain_text("fake.png can’t be sent")
    peer.refuse_all = True
    await pick(chat, PICTURE)
    await expect(chat.problem).to_contain_text("photo.png could not be uploaded")
    await expect(chat.host.locator(".upload")).to_have_count(0)


async def test_an_upload_can_be_removed(open_chat: Open, peer: Peer) -> None:
    peer.upload_delay = 2
    chat = await open_chat()
    await pick(chat, PICTURE)
    await chat.host.get_by_role("button", name="Remove photo.png").click()
    await expect(chat.host.locator(".upload")).to_have_count(0)
    await expect(chat.field).to_be_focused()
    await chat.say("without")
    await said(peer, "without")
    assert "attachments" not in peer.frames("message")[0]
