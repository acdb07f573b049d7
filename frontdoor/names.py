"""What customers and agents call the channels."""

from collections.abc import Mapping

CHANNEL_NAMES: Mapping[str, Mapping[str, str]] = {
    "web": {"en": "the web chat", "zh": "网页聊天"},
    "email": {"en": "e-mail", "zh": "邮件"},
    "sms": {"en": "SMS", "zh": "短信"},
    "telegram": {"en": "Telegram", "zh": "Telegram"},
    "whatsapp": {"en": "WhatsApp", "zh": "WhatsApp"},
    "messenger": {"en": "Messenger", "zh": "Messenger"},
    "instagram": {"en": "Instagram", "zh": "Instagram"},
    "line": {"en": "LINE", "zh": "LINE"},
    "viber": {"en": "Viber", "zh": "Viber"},
    "slack": {"en": "Slack", "zh": "Slack"},
    "teams": {"en": "Teams", "zh": "Teams"},
    "discord": {"en": "Discord", "zh": "Discord"},
    "wechat": {"en": "WeChat", "zh": "微信"},
    "wecom": {"en": "WeCom", "zh": "企业微信"},
    "dingtalk": {"en": "DingTalk", "zh": "钉钉"},
    "feishu": {"en": "Feishu", "zh": "飞书"},
    "qq": {"en": "QQ", "zh": "QQ"},
}


def channel_name(channel: str, language: str) -> str:
    """The channel's name in a sentence; a second bot of a kind (`telegram_shop`) is called as its kind is."""
    names = CHANNEL_NAMES.get(channel) or CHANNEL_NAMES.get(channel.partition("_")[0])
    return names["zh" if language == "zh" else "en"] if names else channel
