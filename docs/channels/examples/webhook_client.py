"""A customer at a terminal, connected by Front Door's webhook: the standard library is enough.

    export FRONTDOOR_SECRET=…            # channels.yml: webhook: secret
    python webhook_client.py http://localhost:8080/webhooks/webhook/webhook --port 9000

and in channels.yml `url: http://localhost:9000`. Lines typed are messages; `/1` presses the first button.
"""

import argparse
import hashlib
import hmac
import json
import os
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = os.environ["FRONTDOOR_SECRET"].encode()
seen: set[str] = set()
buttons: list[dict[str, str]] = []


def signature(body: bytes, at: int) -> str:
    digest = hmac.new(SECRET, f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def is_genuine(header: str, body: bytes) -> bool:
    at, _, proofs = header.removeprefix("t=").partition(",")
    if not at.isdecimal() or abs(time.time() - int(at)) > 300:
        return False
    expected = signature(body, int(at)).partition(",")[2]
    return any(hmac.compare_digest(proof, expected) for proof in proofs.split(","))  # two while the secret changes


def post(url: str, event: dict[str, object]) -> None:
    """Send an event until it is taken. Its id stays the same, so repeating it is harmless."""
    body = json.dumps(event).encode()
    for pause in (0, 1, 5, 30):
        time.sleep(pause)
        headers = {"Content-Type": "application/json", "Front-Door-Signature": signature(body, int(time.time()))}
        try:
            with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=20):
                return
        except urllib.error.HTTPError as error:
            if error.code < 500 and error.code not in (408, 429):
                sys.exit(f"refused: {error.code} {error.read().decode()}")
        except OSError as error:
            print(f"not reached: {error}", file=sys.stderr)
    sys.exit("given up")


class Receiver(BaseHTTPRequestHandler):
    """Takes what Front Door posts."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        genuine = is_genuine(self.headers.get("Front-Door-Signature", ""), body)
        self.send_response(204 if genuine else 403)
        self.end_headers()
        if genuine:
            show(json.loads(body))

    def log_message(self, *args: object) -> None:
        """Quiet."""


def show(event: dict) -> None:
    if event["type"] not in ("message", "public_reply") or event["id"] in seen:
        return  # a ping, or a repeat
    seen.add(event["id"])
    print(f"{event.get('author', 'public')}: {event.get('text', '')}", flush=True)
    buttons[:] = event.get("buttons", [])
    for number, button in enumerate(buttons, 1):
        print(f"  /{number} {button['title']}", flush=True)
    for file in event.get("attachments", []):
        print(f"  {file['name']}: {file['url']}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("service")
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--customer", default="terminal")
    options = parser.parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", options.port), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for line in sys.stdin:
        text = line.strip()
        event: dict[str, object] = {"version": 1, "id": str(uuid.uuid4()), "customer": {"id": options.customer}}
        if text.startswith("/") and text[1:].isdecimal() and 0 < int(text[1:]) <= len(buttons):
            event |= {"type": "button", "token": buttons[int(text[1:]) - 1]["token"]}
        elif text:
            event |= {"type": "message", "text": text}
        else:
            continue
        post(options.service, event)


if __name__ == "__main__":
    main()
