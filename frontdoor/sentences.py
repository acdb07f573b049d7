"""What the service itself says to customers, in English and Simplified Chinese.

The bot's own words are in `domain.yml` and the articles; these are the sentences about waiting, people and trouble.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

SENTENCES: dict[str, dict[str, str]] = {
    "bot_slow": {
        "en": "I'm having trouble thinking right now. Your message is safe, and I'll answer as soon as I can. If you'd rather "
        "talk to a person, just say so.",
        "zh": "不好意思，我这边暂时有点慢。您的消息已经收到，恢复后会马上回复您；如果着急，可以随时转人工客服。",
    },
    "queued": {
        "en": "You're in line for a colleague – number {position}. Your ticket is {number}. They'll see everything we've "
        "discussed, so you won't have to repeat yourself. You can keep asking me questions meanwhile.",
        "zh": "已为您转接人工客服，您排在第 {position} 位，工单号 {number}。客服能看到我们的全部对话，无需重复说明。等待期间您也可以继续向我提问。",
    },
    "queued_wait": {
        "en": "You're in line for a colleague – number {position}, about {minutes} min. Your ticket is {number}. They'll see "
        "everything we've discussed, so you won't have to repeat yourself. You can keep asking me questions meanwhile.",
        "zh": "已为您转接人工客服，您排在第 {position} 位，预计等待约 {minutes} 分钟，工单号 {number}。客服能看到我们的全部对话，无需重复说明。"
        "等待期间您也可以继续向我提问。",
    },
    "with_team": {
        "en": "Your ticket {number} is with our team. A colleague will answer here. "
        "You can keep asking me questions meanwhile.",
        "zh": "您的工单 {number} 已转交人工客服，客服会在此回复您。等待期间您可以继续向我提问。",
    },
    "nobody_now": {
        "en": "Your ticket {number} is with our team. Nobody is free at the moment; a colleague will answer here as soon as "
        "possible. You can keep asking me questions meanwhile.",
        "zh": "您的工单 {number} 已提交给客服团队。目前暂无空闲客服，我们会尽快在这里回复您。等待期间您也可以继续向我提问。",
    },
    "closed": {
        "en": "Our team is away at the moment and is back {opens}. Your ticket is {number}; you'll get an answer here after "
        "that. You can keep asking me questions meanwhile.",
        "zh": "现在是非工作时间，人工客服将于 {opens} 上线。您的工单号是 {number}，届时会在这里回复您。在此期间您也可以继续向我提问。",
    },
    "offline": {
        "en": "I can't reach our service team right now. Your request is saved under reference {reference} and will reach "
        "them automatically – you don't need to do anything.",
        "zh": "暂时联系不上人工客服系统。您的请求已保存，编号 {reference}，恢复后会自动提交给客服，您无需再操作。",
    },
    "desk_refused": {
        "en": "I couldn't hand your request over automatically. Please quote reference {reference} when you contact us; our "
        "team has been alerted.",
        "zh": "您的请求未能自动提交。联系我们时请提供编号 {reference}，我们的同事已收到提醒。",
    },
    "ask_email": {
        "en": "Would you like the answer by e-mail as well, in case you leave this page?",
        "zh": "如果您要离开本页面，可以留下邮箱，回复会同时发送给您。",
    },
    "email_saved": {
        "en": "Thanks – we'll also write to {email}.",
        "zh": "好的，回复也会发送到 {email}。",
    },
    "email_invalid": {
        "en": "That doesn't look like an e-mail address. Could you check it?",
        "zh": "邮箱格式好像不对，请您再核对一下。",
    },
    "agent_joined": {"en": "{name} has joined the conversation.", "zh": "客服 {name} 已接入，为您服务。"},
    "agent_left_bot": {
        "en": "{name} has left the conversation. I'm the assistant (a bot) again – what else can I do for you?",
        "zh": "客服 {name} 已离开对话，现在由智能助手继续为您服务，还有什么可以帮您？",
    },
    "solved_question": {
        "en": "{name} has marked your request {number} as solved. Is everything sorted out?",
        "zh": "客服 {name} 已将工单 {number} 标记为已解决。您的问题解决了吗？",
    },
    "ask_rating": {
        "en": "Glad to hear it! How would you rate the help you got, from 1 (poor) to 5 (excellent)?",
        "zh": "太好了！请为本次服务打分：1 分（很不满意）到 5 分（非常满意）。",
    },
    "rated": {"en": "Thank you for your feedback!", "zh": "感谢您的评价！"},
    "reopened": {
        "en": "Sorry it isn't solved yet. I've reopened {number}; a colleague will pick it up again.",
        "zh": "很抱歉问题还没解决。工单 {number} 已重新打开，客服会继续为您处理。",
    },
    "reopen_late": {
        "en": "Ticket {number} was closed too long ago to be reopened. Just tell us what you need, and we'll open a new one.",
        "zh": "工单 {number} 关闭时间较久，已无法重新打开。请直接告诉我们您的问题，我们会为您新建工单。",
    },
    "remind_solved": {
        "en": "Just checking: is your request {number} sorted out? If we hear nothing we'll take it as solved. You can write "
        "to us again at any time.",
        "zh": "想跟您确认一下：工单 {number} 的问题解决了吗？如果没有收到您的回复，我们会视为已解决；有需要可随时再联系我们。",
    },
    "survey": {"en": "Did that answer your question?", "zh": "以上回答解决您的问题了吗？"},
    "survey_no": {
        "en": "Sorry that didn't help. Tell me a little more, or talk to a colleague.",
        "zh": "抱歉没能帮到您。您可以再补充一些信息，或者转人工客服。",
    },
    "status_link": {
        "en": "See how it's going, add something or reopen it (your private link): {url}",
        "zh": "查看进度、补充信息或重新打开（您的专属链接，请勿转发）：{url}",
    },
    "left_queue": {
        "en": "All right, I've taken you out of the line. I'm still here if you have another question.",
        "zh": "好的，已为您取消排队。如有其他问题，我随时都在。",
    },
    "abandoned": {
        "en": "You seem to be away, so your place in line is on hold. Your ticket {number} stays open; write here to continue.",
        "zh": "您似乎已离开，排队已暂停。工单 {number} 会为您保留，随时在这里留言即可继续。",
    },
    "welcome_back": {
        "en": "Welcome back! You're in line again, ticket {number}.",
        "zh": "欢迎回来！已为您恢复排队，工单号 {number}。",
    },
    "idle": {
        "en": "Are you still there? {name} is waiting for your reply; you can also answer later.",
        "zh": "您还在吗？客服 {name} 正在等您回复，稍后再回复也可以。",
    },
    "passed_on": {
        "en": "I've passed that on to the team.",
        "zh": "已转告客服。",
    },
    "kept": {
        "en": "I've added that to your request; the team gets it with the rest.",
        "zh": "已补充到您的请求中，会一并提交给客服。",
    },
    "button_expired": {
        "en": "That choice isn't available any more. Please type your question instead.",
        "zh": "这个选项已失效，请直接输入您的问题。",
    },
    "agent_left_queue": {
        "en": "{name} has left; you're in line for another colleague who knows what has been said.",
        "zh": "客服 {name} 已离开，正在为您转接其他同事，对方能看到之前的全部对话。",
    },
    "escalated": {
        "en": "{name} has asked {team} to take this on. You keep your ticket, and they'll see everything that was said and "
        "tried, so you won't have to repeat anything.",
        "zh": "客服 {name} 已将您的问题转给{team}跟进。工单保持不变，对方能看到之前的全部沟通与处理情况，您无需重复说明。",
    },
    "corrected": {
        "en": "Correction: {text}",
        "zh": "更正：{text}",
    },
    "taken_back": {
        "en": "{name} has taken a message back: “{text}” Please disregard it.",
        "zh": "{name} 撤回了一条消息：“{text}”，请以后续回复为准。",
    },
    "escalated_waiting": {
        "en": "To get you help sooner, I've passed your ticket {number} to {team}. You don't need to do anything.",
        "zh": "为了尽快帮到您，您的工单 {number} 已转给{team}处理，您无需再操作。",
    },
    "file_received": {
        "en": "Thanks, I've got your file. I can't look into files myself, but a colleague can. What is it about?",
        "zh": "文件已收到，谢谢。我暂时看不了文件内容，人工客服可以查看。请问是关于什么问题？",
    },
    "file_lost": {
        "en": "I couldn't get your file {file}. Could you send it again?",
        "zh": "您发送的文件 {file} 未能接收成功，麻烦您再发一次。",
    },
    "public_reply": {
        "en": "Thanks for writing! We've sent you a private message.",
        "zh": "感谢您的留言！我们已通过私信回复您。",
    },
    "welcome": {
        "en": "Hello, this is {brand}. I'm the assistant (a bot). Ask me anything, in English or Chinese; if you'd rather talk "
        "to a person, just say so.",
        "zh": "您好，这里是{brand}。我是智能助手，有问题可以直接问我（中英文均可）；需要人工客服时，随时说一声就好。",
    },
    "booked_callback": {
        "en": "Booked: we'll call you on {phone} {when}. Your ticket is {number}. The invitation is attached; say “cancel my "
        "appointment” if it no longer suits you.",
        "zh": "预约成功：我们将于 {when} 致电 {phone}，工单号 {number}。日程文件见附件；如需取消，直接说“取消预约”即可。",
    },
    "booked_visit": {
        "en": "Booked: a technician comes to {address} {when} and calls {phone} beforehand. Your ticket is {number}. The "
        "invitation is attached; say “cancel my appointment” if it no longer suits you.",
        "zh": "预约成功：师傅将于 {when} 上门（{address}），上门前会致电 {phone}，工单号 {number}。日程文件见附件；如需取消，直接说“取消预约”即可。",
    },
    "appointment_cancelled": {
        "en": "Your appointment {when} is cancelled (ticket {number}).",
        "zh": "您 {when} 的预约已取消（工单号 {number}）。",
    },
    "calendar_callback": {"en": "{brand}: call-back", "zh": "{brand}：电话回访"},
    "calendar_visit": {"en": "{brand}: technician's visit", "zh": "{brand}：师傅上门"},
    "calendar_about": {
        "en": "Ticket {number}. Phone: {phone}. To cancel, write to us in the chat.",
        "zh": "工单号 {number}，联系电话 {phone}。如需取消，请在聊天中告诉我们。",
    },
    "test_message": {
        "en": "A test message from {brand}: this channel works.",
        "zh": "来自{brand}的测试消息：此渠道工作正常。",
    },
    "not_delivered": {
        "en": "Not delivered by {channel}: “{quote}” ({reason})",
        "zh": "未能通过 {channel} 送达：“{quote}”（{reason}）",
    },
    "not_delivered_held": {
        "en": "Waiting to be delivered: {channel} lets us write only after the customer does. It goes out as soon as they write: "
        "“{quote}”",
        "zh": "等待送达：{channel} 规定客户来消息后才能回复。客户再次来消息时会自动发出：“{quote}”",
    },
    "not_delivered_unknown": {
        "en": "Perhaps not delivered by {channel}; it is not repeated by itself: “{quote}” ({reason})",
        "zh": "可能未通过 {channel} 送达，系统不会自动重发：“{quote}”（{reason}）",
    },
    "language_set": {"en": "All right, we'll speak English.", "zh": "好的，接下来用中文为您服务。"},
    "ask_language": {
        "en": "Which language would you like? 您希望使用哪种语言？",
        "zh": "您希望使用哪种语言？Which language would you like?",
    },
    "continue_code": {
        "en": "To go on with this conversation elsewhere, send us this code there within {minutes} minutes: {code}\n"
        "You can do so on {channels}. Give the code to nobody: whoever sends it joins this conversation.{ways}",
        "zh": "如需换个渠道继续，请在 {minutes} 分钟内通过{channels}把这个口令发给我们：{code}\n请勿将口令告诉他人，发送口令的人会进入本次对话。{ways}",
    },
    "continue_nowhere": {
        "en": "There is no other channel to go on with just now. We're happy to help you here.",
        "zh": "目前没有其他渠道可以继续，我们在这里为您服务。",
    },
    "continue_wait": {
        "en": "You've asked for several codes already. Please use the last one, or try again in a quarter of an hour.",
        "zh": "您已多次获取口令，请使用最近的一个，或 15 分钟后再试。",
    },
    "continued_there": {
        "en": "This conversation now goes on on {channel} as well; answers go to where you wrote last. If that wasn't you, "
        "undo it.",
        "zh": "本次对话已可在{channel}上继续，回复会发送到您最近使用的渠道。如果不是您本人操作，请撤销。",
    },
    "continued_here": {
        "en": "Welcome – we go on right here with what we were talking about. You won't have to repeat anything.",
        "zh": "欢迎！我们在这里接着之前的对话继续，您无需重复说明。",
    },
    "continued_ticket": {
        "en": "Welcome – we go on right here. Your ticket {number} stays as it is; our team sees everything that was said.",
        "zh": "欢迎！我们在这里继续，工单 {number} 保持不变，客服能看到之前的全部对话。",
    },
    "unlink_button": {"en": "Undo", "zh": "撤销"},
    "unlinked": {
        "en": "Done: the channels are separate again.",
        "zh": "已撤销，两个渠道不再关联。",
    },
    "unlinked_nothing": {
        "en": "No other channel is linked with this conversation.",
        "zh": "本次对话没有关联其他渠道。",
    },
    "code_expired": {
        "en": "This code is not valid (any more). Please ask for a new one on the channel you come from.",
        "zh": "口令无效或已过期，请在原来的渠道重新获取。",
    },
    "code_here": {
        "en": "This code is for another channel: send it to us there.",
        "zh": "请在其他渠道把这个口令发给我们，而不是在这里。",
    },
    "went_on": {
        "en": "The customer goes on with this on another channel, in ticket {number}.",
        "zh": "客户已换到其他渠道继续，相关工单：{number}。",
    },
    "unsubscribed": {
        "en": "All right: you'll get no more messages from us here. Just write if you need us.",
        "zh": "已为您退订，我们不会再在这里给您发送消息。有需要时直接留言即可。",
    },
    "continue_button": {"en": "Continue on another channel", "zh": "换个渠道继续"},
    "or": {"en": " or ", "zh": "或"},
    "not_delivered_next": {"en": " It can be sent by {channels} instead.", "zh": " 可改用{channels}发送。"},
    "not_delivered_asked": {"en": " They've been asked to write to us.", "zh": " 已邀请客户先发来消息。"},
    "reopen": {
        "en": "We've answered you: write to us, and you'll get it at once.",
        "zh": "我们已回复您的咨询，请给我们发条消息，即可立即收到回复。",
    },
    "human_button": {"en": "Talk to a human", "zh": "转人工客服"},
    "mail_subject": {"en": "{brand}: an answer to your question", "zh": "{brand}：您的咨询有了回复"},
    "mail_body": {
        "en": "Hello,\n\n{name} of {brand} has answered you:\n\n{text}\n\nTo read everything and reply, open the chat on {url} "
        "in the same browser.\n\n{brand}",
        "zh": "您好！\n\n{brand}客服 {name} 回复了您：\n\n{text}\n\n如需查看全部对话或继续回复，请用同一浏览器打开 {url} 的在线客服。\n\n{brand}",
    },
    "mail_body_reply": {
        "en": "Hello,\n\n{name} of {brand} has answered you:\n\n{text}\n\nJust reply to this mail to go on, or open the chat on "
        "{url} in the same browser to read everything.\n\n{brand}",
        "zh": "您好！\n\n{brand}客服 {name} 回复了您：\n\n{text}\n\n直接回复本邮件即可继续沟通；如需查看全部对话，请用同一浏览器打开 {url} 的在线客服。\n\n{brand}",
    },
    "may_be_personal": {
        "en": "I can answer this for you personally, with what we know from your account (name, level, products, open "
        "orders). Shall I?",
        "zh": "我可以结合您账户中的信息（姓名、会员等级、已购产品、未完成订单）为您具体解答，可以吗？",
    },
    "personal_yes": {"en": "Yes, do", "zh": "可以"},
    "personal_no": {"en": "No, thanks", "zh": "不用了"},
    "personal_on": {
        "en": "Thank you. From now on my answers take it into account.",
        "zh": "谢谢，之后的回答会结合您的信息。",
    },
    "not_personal": {"en": "All right, I won't use it.", "zh": "好的，我不会使用这些信息。"},
    "yes": {"en": "Yes, solved", "zh": "已解决"},
    "no": {"en": "No, not yet", "zh": "还没解决"},
}


def say(sentence: str, language: str, /, **values: object) -> str:
    """The sentence in the customer's language (English unless Chinese). An empty `name` is one that nobody told us."""
    written = SENTENCES[sentence]["zh" if language == "zh" else "en"]
    if values.get("name") == "":
        written = _by_the_team(written)
    return written.format(**values)


def _by_the_team(written: str) -> str:
    """The sentence about somebody whose name is not known: "Our team has …", "客服已…"."""
    begins = written.startswith("{name}")
    written = written.replace("客服 {name} ", "客服").replace("{name} 撤回", "客服撤回")
    return written.replace("{name}", "Our team" if begins else "our team", 1)


def moment(at: int, language: str, zone: str) -> str:
    """A time (ms) as people say it: "on Monday, 23 November at 09:00" / "11月23日（周一）09:00"."""
    local = datetime.fromtimestamp(at / 1000, ZoneInfo(zone))
    if language == "zh":
        return f"{local.month}月{local.day}日（周{'一二三四五六日'[local.weekday()]}）{local:%H:%M}"
    return f"on {local:%A}, {local.day} {local:%B} at {local:%H:%M}"


def stretch(start: int, end: int, language: str, zone: str) -> str:
    """A time from … to (ms): "on Monday, 23 November, 09:00–12:00" / "11月23日（周一）09:00–12:00"."""
    first, last = (datetime.fromtimestamp(at / 1000, ZoneInfo(zone)) for at in (start, end))
    if language == "zh":
        return f"{first.month}月{first.day}日（周{'一二三四五六日'[first.weekday()]}）{first:%H:%M}–{last:%H:%M}"
    return f"on {first:%A}, {first.day} {first:%B}, {first:%H:%M}–{last:%H:%M}"


def stretch_in_short(start: int, end: int, language: str, zone: str) -> str:
    """The same for a button: "Mon 23 Nov 09:00–12:00" / "11月23日周一 09:00–12:00"."""
    first, last = (datetime.fromtimestamp(at / 1000, ZoneInfo(zone)) for at in (start, end))
    if language == "zh":
        return f"{first.month}月{first.day}日周{'一二三四五六日'[first.weekday()]} {first:%H:%M}–{last:%H:%M}"
    return f"{first:%a} {first.day} {first:%b} {first:%H:%M}–{last:%H:%M}"
