"""A Request Tracker 5 of our own on a free port: the Debian package, with a database and settings of this instance.

https://docs.bestpractical.com/rt/5.0.3/RT/REST2.html
"""

import json
import os
import shutil
from pathlib import Path

from tests.fakes.servers.base import Server

HOME = Path("/usr/share/request-tracker5")
DATABASE = Path("/var/lib/dbconfig-common/sqlite3/request-tracker5/rtdb")
"""What the package made: empty, with RT's own users, rights and scrips."""
INSTALLED = os.access(DATABASE, os.R_OK) and (HOME / "libexec/rt-server").exists()
SETUP = Path(__file__).with_suffix(".pl")
AGENT = "mei"
AGENT_PASSWORD = "agent-9d2e7f10c4"
SETTINGS = """
Set($rtname, 'hearthline.example');
Set($Organization, 'hearthline.example');
Set($WebDomain, '127.0.0.1');
Set($WebPort, {port});
Set($WebBaseURL, 'http://127.0.0.1:{port}');
Set($WebPath, '');
Set($DatabaseType, 'SQLite');
Set($DatabaseName, '{root}/rtdb');
Set($CorrespondAddress, 'support@hearthline.example');
Set($CommentAddress, 'support-comment@hearthline.example');
Set($MailCommand, 'sendmailpipe');
Set($SendmailPath, '{root}/sendmail');
Set($LogToSyslog, undef);
Set($LogToSTDERR, 'warning');
Set($Timezone, 'UTC');
Set($BcryptCost, 4);  # of tokens too: at the default each request takes 0.2 s
$RT::MasonDataDir = '{root}/mason';
$RT::MasonSessionDir = '{root}/sessions';
$RT::VarPath = '{root}/var';
1;
"""
SENDMAIL = """#!/bin/sh
{{ cat; printf '\\n%s\\n' '{mark}'; }} >>'{root}/mail'
"""
MARK = "-- next mail --"


class RequestTracker(Server):
    """Also gives `token` (of the user `frontdoor`), and the ids of its `queues` and custom `fields` by name."""

    title = "Request Tracker 5 (request-tracker5, rt5-db-sqlite, rt5-standalone; root can read its database)"
    installed = INSTALLED
    token: str
    queues: dict[str, int]
    fields: dict[str, int]

    def prepare(self) -> None:
        """A copy of the package's database, settings, and what tests need inside."""
        for folder in ("mason", "sessions", "var", "more"):
            (self.root / folder).mkdir()
        shutil.copy(DATABASE, self.root / "rtdb")
        (self.root / "settings.pm").write_text(SETTINGS.format(root=self.root, port=self.port))
        (self.root / "sendmail").write_text(SENDMAIL.format(root=self.root, mark=MARK))
        (self.root / "sendmail").chmod(0o755)
        said = json.loads(self.perl(SETUP))
        self.token, self.queues, self.fields = said["token"], said["queues"], said["fields"]

    def command(self) -> list[str | Path]:
        """Two workers: one for us, one for a browser."""
        return [HOME / "libexec/rt-server", "--host", "127.0.0.1", "--port", str(self.port), "--max-workers", "2"]

    def environment(self) -> dict[str, str]:
        """Our settings instead of those in /etc."""
        return {
            "RT_SITE_CONFIG": f"{self.root}/settings.pm",
            "RT_SITE_CONFIG_DIR": f"{self.root}/more",
            "AGENT_PASSWORD": AGENT_PASSWORD,
        }

    def perl(self, script: Path, *arguments: str) -> str:
        """Run a script inside this instance; what it prints."""
        return self.output_of(["perl", f"-I{HOME}/lib", script, *arguments])

    def make_scrip(self, condition: str, action: str) -> None:
        """What an administrator does on the page of Scrips."""
        self.perl(SETUP.with_name("request_tracker_scrip.pl"), condition, action)

    @property
    def mails(self) -> list[str]:
        """What Request Tracker has mailed."""
        path = self.root / "mail"
        return path.read_text(errors="replace").split(f"\n{MARK}\n")[:-1] if path.exists() else []
