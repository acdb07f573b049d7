"""A django-helpdesk of our own on a free port, from an environment of its own (requirements/django-helpdesk.txt).

https://django-helpdesk.readthedocs.io/en/stable/api.html and …/webhooks.html
"""

import json
from pathlib import Path

from tests.fakes.servers.base import Server

PYTHON = Path(__file__).resolve().parents[3] / "var" / "django-helpdesk" / "bin" / "python"
INSTALLED = PYTHON.exists()
AGENT = "mei"
AGENT_PASSWORD = "agent-9d2e7f10c4"
SITE = """
from pathlib import Path

ROOT = str(Path(__file__).parent)
SECRET_KEY = "only-for-tests-7c1f5e93b2a84d60"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = [
    "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
    "django.contrib.messages", "django.contrib.sites", "django.contrib.humanize", "django.contrib.staticfiles",
    "rest_framework", "rest_framework.authtoken", "helpdesk",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware", "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
    "OPTIONS": {"context_processors": [
        "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]},
}]
DATABASES = {"default": {
    "ENGINE": "django.db.backends.sqlite3", "NAME": ROOT + "/db.sqlite3",
    "OPTIONS": {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"},
}}
REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": [
    "rest_framework.authentication.TokenAuthentication", "rest_framework.authentication.SessionAuthentication",
]}
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = ROOT + "/mail"
MEDIA_ROOT = ROOT + "/media"
MEDIA_URL = "/media/"
STATIC_URL = "/static/"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the usual one takes half a second
USE_TZ = True
SITE_ID = 1
MIGRATION_MODULES = {each.rpartition(".")[2]: None for each in INSTALLED_APPS}  # the tables at once: 1 s, not 6
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "site_urls"
LOGIN_URL = "helpdesk:login"
LOGIN_REDIRECT_URL = "helpdesk:home"
HELPDESK_TEAMS_MODE_ENABLED = False
"""
URLS = """
from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.static import serve

urlpatterns = [
    re_path(r"^media/(?P<path>.*)$", serve, {"document_root": settings.MEDIA_ROOT}),
    path("admin/", admin.site.urls),
    path("", include("helpdesk.urls", namespace="helpdesk")),
]
"""
SETUP = """
import json, sys
import django
django.setup()
from django.contrib.auth import get_user_model
from django.core.management import call_command
call_command("migrate", run_syncdb=True, verbosity=0)
call_command("loaddata", "emailtemplate", verbosity=0)
from helpdesk.models import CustomField, Queue
from rest_framework.authtoken.models import Token
users = get_user_model().objects
bot = users.create_user("frontdoor", email="frontdoor@hearthline.example", is_staff=True)
agent = users.create_user(
    sys.argv[1], password=sys.argv[2], first_name="Wang", last_name="Mei", email="mei@hearthline.example",
    is_staff=True, is_superuser=True,
)
for title in ("Support", "Records"):
    Queue.objects.create(title=title, slug=title.lower(), email_address=title.lower() + "@hearthline.example")
CustomField.objects.create(name="frontdoor_handoff", label="Front Door handoff", data_type="varchar", max_length=64)
queues = {queue.slug: queue.id for queue in Queue.objects.all()}
tokens = {name: Token.objects.create(user=user).key for name, user in {"token": bot, "agent_token": agent}.items()}
json.dump({**tokens, "agent": agent.id, "queues": queues}, sys.stdout)
"""


class DjangoHelpdesk(Server):
    """Also gives `token` (of the staff user `frontdoor`), `agent_token` and `agent` (the id) of who works there, and
    the ids of its `queues` by slug.

    `followup_webhooks` and `ticket_webhooks` are the addresses that it calls.
    """

    title = "django-helpdesk (python3 scripts/helpdesks.py)"
    installed = INSTALLED
    token: str
    agent_token: str
    agent: int
    queues: dict[str, int]

    def __init__(self, *, followup_webhooks: tuple[str, ...] = (), ticket_webhooks: tuple[str, ...] = ()) -> None:
        super().__init__()
        self._followup_webhooks, self._ticket_webhooks = followup_webhooks, ticket_webhooks

    def prepare(self) -> None:
        """A site of its own, with what tests need inside."""
        (self.root / "site_settings.py").write_text(SITE)
        (self.root / "site_urls.py").write_text(URLS)
        said = json.loads(self.output_of([PYTHON, "-c", SETUP, AGENT, AGENT_PASSWORD]))
        self.token, self.queues = said["token"], said["queues"]
        self.agent_token, self.agent = said["agent_token"], said["agent"]

    def command(self) -> list[str | Path]:
        """Django's own server."""
        return [PYTHON, "-m", "django", "runserver", "--noreload", "--insecure", f"127.0.0.1:{self.port}"]

    def environment(self) -> dict[str, str]:
        """Where the site is, and whom it calls."""
        return {
            "DJANGO_SETTINGS_MODULE": "site_settings",
            "PYTHONPATH": str(self.root),
            "HELPDESK_FOLLOWUP_WEBHOOK_URLS": " , ".join(self._followup_webhooks),  # it splits only there
            "HELPDESK_NEW_TICKET_WEBHOOK_URLS": ",".join(self._ticket_webhooks),
        }

    @property
    def mails(self) -> list[str]:
        """What django-helpdesk has mailed."""
        return [path.read_text(errors="replace") for path in sorted((self.root / "mail").glob("*.log"))]
