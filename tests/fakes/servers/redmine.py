"""A Redmine 5 of our own on a free port: the Debian package, with a database and files of this instance.

https://www.redmine.org/projects/redmine/wiki/Rest_api
"""

import json
import os
import shutil
from pathlib import Path

from tests.fakes.servers.base import Server

HOME = Path("/usr/share/redmine")
DATABASE = Path("/var/lib/dbconfig-common/sqlite3/redmine/instances/default/redmine_default")
"""What the package made: no tickets, and Redmine's usual trackers, statuses and priorities."""
INSTALLED = os.access(DATABASE, os.R_OK) and Path("/usr/bin/puma").exists()
RACKUP = Path(__file__).with_suffix(".ru")
AGENT = "li"
AGENT_PASSWORD = "agent-9d2e7f10c4"
DATABASE_YML = """
production:
  adapter: sqlite3
  database: {root}/redmine.db
  timeout: 10000
"""


class Redmine(Server):
    """Also gives `key` (the API key of the user `frontdoor`), the ids of its `projects` by identifier, of `trackers`,
    `statuses` and `priorities` by name, of the custom `field` for the handoff and of the `agent`.
    """

    title = "Redmine 5 (redmine, redmine-sqlite, puma; root can read its database)"
    installed = INSTALLED
    key: str
    projects: dict[str, int]
    trackers: dict[str, int]
    statuses: dict[str, int]
    priorities: dict[str, int]
    field: int
    agent: int

    def prepare(self) -> None:
        """A copy of the package's database, and an instance around it; `redmine.ru` fills it."""
        for folder in ("config", "files", "log", "tmp/cache", "public/plugin_assets"):
            (self.root / folder).mkdir(parents=True)
        shutil.copy(DATABASE, self.root / "redmine.db")
        (self.root / "config" / "database.yml").write_text(DATABASE_YML.format(root=self.root))
        (self.root / "config" / "secret_key.txt").write_text("only-for-tests-" + "7c1f5e93b2a84d60" * 4)

    def run(self) -> None:
        """Puma listens as soon as Rails is loaded."""
        super().run()
        said = json.loads((self.root / "said.json").read_text())
        self.key, self.projects, self.trackers = said["key"], said["projects"], said["trackers"]
        self.statuses, self.priorities = said["statuses"], said["priorities"]
        self.field, self.agent = said["field"], said["agent"]

    def command(self) -> list[str | Path]:
        """One process, three threads."""
        return ["puma", "--dir", HOME, "--bind", f"tcp://127.0.0.1:{self.port}", "--threads", "1:3", RACKUP]

    def environment(self) -> dict[str, str]:
        """An instance of the package is a folder; ours is elsewhere."""
        return {
            "REDMINE_INSTANCE": f"../../../..{self.root}",
            "REDMINE_SAYS": str(self.root / "said.json"),
            "AGENT_PASSWORD": AGENT_PASSWORD,
            "RAILS_LOG_TO_STDOUT": "1",
        }
