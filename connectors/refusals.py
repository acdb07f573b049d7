"""What a customer reads when something they sent was refused, in their language.

Keyed by the `code` of `connectors.errors.Rejected`. Channels that talk to our own or Rasa's clients show these; what is
meant for developers (which field, what it must be) travels beside them.
"""

from collections.abc import Mapping

_PHRASES: Mapping[str, tuple[str, str]] = {
    "too_long": (
        "Your message is too long. Please keep it under {text} characters, or send it in parts.",
        "消息太长了。请控制在 {text} 字以内，或分几条发送。",
    ),
    "empty": ("There is nothing to send yet. Please type a message.", "还没有内容，请先输入消息。"),
    "unknown_button": (
        "That option is no longer available. Please type your question instead.",
        "这个选项已失效，请直接输入您的问题。",
    ),
    "rate_limited": (
        "You are sending messages very quickly. Please wait {seconds} s and try again.",
        "发送得太快了，请等待 {seconds} 秒后再试。",
    ),
    "too_large": ("This file is too large. The limit is {megabytes} MB.", "文件太大，最大支持 {megabytes} MB。"),
    "upload_quota": (
        "You have sent a lot of files. Please wait {minutes} min before you send another.",
        "您发送的文件较多，请 {minutes} 分钟后再发送。",
    ),
    "storage_full": (
        "Files can't be sent just now. Please describe it in words.",
        "目前无法发送文件，请用文字描述。",
    ),
    "file_type": ("Files of this kind can't be sent here.", "不支持发送这种类型的文件。"),
    "infected": (
        "This file was refused by our virus scanner.",
        "该文件未通过病毒扫描，无法接收。",
    ),
    "bad_attachment": (
        "The attachment could not be found. Please attach the file again.",
        "找不到这个附件，请重新添加文件。",
    ),
    "bad_email": ("Please enter a valid email address.", "请输入有效的邮箱地址。"),
    "bad_frame": (
        "Something went wrong on this page. Please reload it and try again.",
        "页面出了点问题，请刷新后重试。",
    ),
    "session_invalid": ("Your chat session has ended. Please reload the page.", "会话已失效，请刷新页面。"),
    "token_invalid": ("This service is not allowed to send messages here.", "此服务没有发送消息的权限。"),
    "identity_invalid": (
        "We couldn't confirm who you are. Please sign in on this site again.",
        "无法确认您的身份，请在本网站重新登录。",
    ),
    "blocked": (
        "This conversation has been closed by our team. You can still reach us by mail or phone.",
        "此会话已被客服团队关闭。您仍可通过邮件或电话联系我们。",
    ),
    "origin_refused": ("The chat is not set up for this website.", "客服聊天尚未对本网站开放。"),
    "no_link": (
        "This link doesn't work (any more). Please use the newest one, or write to us in the chat.",
        "链接无效或已过期。请使用最新的链接，或在聊天中联系我们。",
    ),
    "closed": (
        "This request is closed. Please write to us in the chat, and we'll open a new one.",
        "此工单已关闭。请在聊天中联系我们，我们会为您新建工单。",
    ),
    "unavailable": (
        "Something isn't working just now. Please try again in a moment.",
        "服务暂时不可用，请稍后再试。",
    ),
}
_OTHER = ("This could not be accepted. Please try again.", "操作未成功，请重试。")


def phrase(code: str, language: str, values: Mapping[str, object]) -> str:
    """The sentence for `code`; `values` fills {text} (characters), {megabytes}, {seconds} and {minutes}."""
    english, chinese = _PHRASES.get(code, _OTHER)
    return (chinese if language == "zh" else english).format_map(values)
