"""A Dovecot of our own on free ports: a real IMAP server, and LMTP by which mail gets into it."""

import asyncio
import contextlib
import getpass
import os
import shutil
import smtplib
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

from imap_tools import BaseMailBox, MailBoxUnencrypted

from tests.conftest import absent, free_port

BINARY = "/usr/sbin/dovecot"
INSTALLED = Path(BINARY).exists() and Path("/usr/lib/dovecot/lmtp").exists()
USER = "support@hearthline.example"
PASSWORD = "mailbox-4f8a1c6e9b"
CONFIG = """
base_dir = {root}/run
state_dir = {root}/run
log_path = {root}/log
protocols = imap lmtp
listen = 127.0.0.1
{ssl}
disable_plaintext_auth = no
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:{root}/mail/%u
mail_fsync = never
imap_idle_notify_interval = 29 mins
recipient_delimiter = +
submission_host =
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
  chroot =
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={root}/mail/%u allow_all_users=yes
}}
namespace inbox {{
  inbox = yes
}}
lda_mailbox_autocreate = yes
protocol lmtp {{
  postmaster_address = postmaster@hearthline.example
}}
"""


class Dovecot:
    """Starts with the block and ends with it. Skips (fails in CI) where Dovecot is not installed."""

    def __init__(self, *, tls: bool = False) -> None:
        self.imap_port, self.lmtp_port = free_port(), free_port()
        self.imaps_port = free_port() if tls else 0
        self._root = Path()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        if not INSTALLED:
            absent("Dovecot (dovecot-imapd, dovecot-lmtpd)")
        self._start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop()

    async def __aenter__(self) -> Self:
        return await asyncio.to_thread(self.__enter__)

    async def __aexit__(self, *error: object) -> None:
        await asyncio.to_thread(self._stop)

    @property
    def url(self) -> str:
        """For `imap_url`."""
        return self.url_of(USER)

    def url_of(self, user: str) -> str:
        """The same for another mailbox: every address has one, with the same password."""
        return f"imap://{user.replace('@', '%40')}:{PASSWORD}@127.0.0.1:{self.imap_port}"

    @property
    def certificate(self) -> Path:
        """What those who trust this server need, where it speaks TLS."""
        return self._root / "certificate.pem"

    def _start(self) -> None:
        self._root = Path(tempfile.mkdtemp(prefix="frontdoor-dovecot-", dir="/tmp"))  # short, for its sockets' sake
        self._root.chmod(0o755)
        root = os.geteuid() == 0
        me = getpass.getuser()
        (self._root / "mail").mkdir()
        uid, gid = (65534, 65534) if root else (os.getuid(), os.getgid())
        if root:
            os.chown(self._root / "mail", uid, gid)
        if self.imaps_port:
            self._make_certificate()
        ssl = f"ssl = yes\nssl_cert = <{self.certificate}\nssl_key = <{self._root / 'key.pem'}"
        (self._root / "conf").write_text(
            CONFIG.format(
                root=self._root, ssl=ssl if self.imaps_port else "ssl = no", imaps=self.imaps_port,
                imap=self.imap_port, lmtp=self.lmtp_port, password=PASSWORD, uid=uid, gid=gid,
                internal="dovecot" if root else me, internal_group="dovecot" if root else os.getgid(),
                login="dovenull" if root else me,
            )
        )  # fmt: skip
        self.run()

    def _make_certificate(self) -> None:
        subprocess.run(
            [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout",
                str(self._root / "key.pem"), "-out", str(self.certificate),
            ],
            check=True,
            capture_output=True,
        )  # fmt: skip

    def run(self) -> None:
        """Start the server (again) over the same mail."""
        self._process = subprocess.Popen([BINARY, "-F", "-c", str(self._root / "conf")], stderr=subprocess.DEVNULL)
        for port in (self.imap_port, self.lmtp_port):
            self._await(port)

    def _await(self, port: int) -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                return
            time.sleep(0.02)
        raise AssertionError(f"Dovecot does not start: {(self._root / 'log').read_text()[-2000:]}")

    def end(self) -> None:
        """End the server; its mail stays."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
            self._process = None

    def _stop(self) -> None:
        self.end()
        shutil.rmtree(self._root, ignore_errors=True)

    async def put(self, mail: bytes, *, sender: str = "ann@customers.example", to: str = USER) -> None:
        """Deliver a mail by LMTP."""

        def deliver() -> None:
            with smtplib.LMTP("127.0.0.1", self.lmtp_port, timeout=20) as lmtp:
                lmtp.sendmail(sender, [to], mail, mail_options=["BODY=8BITMIME"])

        await asyncio.to_thread(deliver)

    def box(self, folder: str = "INBOX", user: str = USER) -> BaseMailBox:
        """A look into a mailbox, as a person with a mail program has it."""
        return MailBoxUnencrypted("127.0.0.1", self.imap_port, timeout=20).login(user, PASSWORD, initial_folder=folder)

    def next_uid(self) -> int:
        """The number that the next mail will have."""
        box = self.box()
        try:
            return int(box.folder.status("INBOX", ["UIDNEXT"])["UIDNEXT"])
        finally:
            box.logout()

    def unread(self) -> int:
        """How many mails nobody has read."""
        with self.box() as box:
            return len(box.uids("UNSEEN"))

    def renumber(self) -> None:
        """Lose the numbers of all mails, as after a restored backup (UIDVALIDITY changes)."""
        self.end()
        for path in (self._root / "mail" / USER).glob("dovecot*"):
            path.unlink()
        self.run()
