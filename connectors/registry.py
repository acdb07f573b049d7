"""Where each connector lives. Nothing is imported before it is asked for, so an unused vendor costs nothing."""

from importlib import import_module
from typing import Any

OWN = {
    "rest": "connectors.channels.rest:RestChannel",
    "socketio": "connectors.channels.socketio:SocketioChannel",
    "web": "connectors.channels.web:WebChannel",
}
"""Name → import path of the class of a channel of our own pages and protocols."""

VENDORS: dict[str, str] = {
    "qq": "connectors.channels.qq:QQChannel",
    "voice": "connectors.channels.voice:VoiceChannel",
    "slack": "connectors.channels.slack:SlackChannel",
    "wechat": "connectors.channels.wechat:WechatChannel",
    "telegram": "connectors.channels.telegram:TelegramChannel",
    "wecom": "connectors.channels.wecom:WeComChannel",
    "sms": "connectors.channels.sms:SmsChannel",
    "email": "connectors.channels.email:EmailChannel",
    "webhook": "connectors.channels.webhook:WebhookChannel",
    "line": "connectors.channels.line:LineChannel",
    "whatsapp": "connectors.channels.whatsapp:WhatsappChannel",
    "messenger": "connectors.channels.messenger:MessengerChannel",
}
"""Kind → import path of the class of a vendor's channel. It has `Settings` (of `connectors.settings.ChannelSettings`)
and is made with `(settings, ports)`."""

CHANNELS = OWN | VENDORS

DESKS: dict[str, str] = {
    "chatwoot": "connectors.desks.chatwoot:Chatwoot",
    "django_helpdesk": "connectors.desks.django_helpdesk:DjangoHelpdesk",
    "email": "connectors.desks.email:EmailDesk",
    "freshdesk": "connectors.desks.freshdesk:Freshdesk",
    "jira_service_management": "connectors.desks.jira_service_management:JiraServiceManagement",
    "redmine": "connectors.desks.redmine:Redmine",
    "request_tracker": "connectors.desks.request_tracker:RequestTracker",
    "servicenow": "connectors.desks.servicenow:ServiceNow",
    "webhook": "connectors.desks.webhook:WebhookDesk",
    "zammad": "connectors.desks.zammad:Zammad",
    "zendesk": "connectors.desks.zendesk:Zendesk",
}
"""Kind → import path of the class of a helpdesk (`connectors.helpdesk.Helpdesk`)."""

NOTICES: dict[str, str] = {
    "feishu": "connectors.notices.feishu:FeishuNotices",
    "slack": "connectors.notices.slack:SlackNotices",
    "teams": "connectors.notices.teams:TeamsNotices",
    "wecom": "connectors.notices.wecom:WeComNotices",
}
"""Kind → import path of the class of a group chat (`connectors.notice.Notifier`), made with its settings."""


def load(path: str) -> Any:
    """The class at `module:name`."""
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)
