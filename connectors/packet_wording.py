"""The words of a packet's document, in English and Chinese. What is not here, a company has named itself."""

from collections.abc import Mapping

from connectors.desk import Reason

Words = Mapping[str, tuple[str, str]]

HEADINGS: Words = {
    "question": ("What was asked", "客户的问题"),
    "summary": ("In short", "摘要"),
    "reason": ("Why it comes to you", "转人工原因"),
    "customer": ("Customer", "客户"),
    "known": ("What we know", "已知信息"),
    "slots": ("What the bot has asked for already", "机器人已收集的信息"),
    "tried": ("What the bot showed", "机器人展示过的文章"),
    "failed": ("What the bot could not answer", "机器人未能回答的问题"),
    "files": ("Files", "附件"),
    "conversation": ("Conversation", "对话记录"),
    "open": ("Open in Front Door", "在 Front Door 中查看"),
}
CUSTOMER: Words = {
    "name": ("Name", "姓名"),
    "email": ("E-mail", "邮箱"),
    "phone": ("Phone", "电话"),
    "user_id": ("Account", "账号"),
    "segment": ("Segment", "客户等级"),
    "identity": ("Identity", "身份"),
}
FACTS: Words = {
    "reference": ("Reference", "编号"),
    "created": ("Handed over", "转接时间"),
    "channel": ("Channel", "渠道"),
    "language": ("Language", "语言"),
    "urgency": ("Urgency", "紧急程度"),
    "sentiment": ("Mood", "情绪"),
    "tier": ("Tier", "客服层级"),
    "category": ("Category", "类别"),
    "complexity": ("Complexity", "复杂程度"),
    "value": ("Value", "客户价值"),
    "risk": ("Risk", "风险"),
    "previous_ticket": ("Earlier ticket", "之前的工单"),
}
SLOTS: Words = {
    "order_number": ("Order number", "订单号"),
    "phone": ("Phone", "电话"),
    "email": ("E-mail", "邮箱"),
    "address": ("Address", "地址"),
    "product": ("Product", "产品"),
    "ticket_number": ("Ticket", "工单号"),
    "order_proof": ("Proof for the order", "订单核验信息"),
    "order_failures": ("Failed proofs", "订单核验失败次数"),
    "order_outcome": ("Order look-up", "订单查询结果"),
    "contact_name": ("Name", "姓名"),
    "contact_email": ("E-mail", "邮箱"),
    "contact_phone": ("Phone", "电话"),
    "contact_confirmed": ("Contact confirmed", "联系方式已确认"),
    "appointment_kind": ("Appointment", "预约类型"),
    "appointment_when": ("Time of the appointment", "预约时间"),
    "appointment_address": ("Address of the appointment", "预约地址"),
    "appointment_phone": ("Phone for the appointment", "预约电话"),
    "appointment_confirmed": ("Appointment confirmed", "预约已确认"),
}
FOR_PROGRAMS = frozenset({"appointment_start"})
"""Slots that say nothing to people."""
REASONS: Mapping[Reason, tuple[str, str]] = {
    Reason.REQUESTED: ("The customer asked for a human.", "客户要求转人工。"),
    Reason.COMPLAINT: ("The customer complains.", "客户投诉。"),
    Reason.NO_ANSWER: ("The bot found no answer.", "机器人未找到答案。"),
    Reason.NOT_HELPFUL: ("The bot's answers did not help.", "机器人的回答没有解决问题。"),
    Reason.SENSITIVE: ("Sensitive: only people answer this.", "敏感问题，须人工处理。"),
    Reason.BOT_UNAVAILABLE: ("The bot was not available.", "机器人暂时不可用。"),
    Reason.AGENT: ("A colleague began the conversation.", "由客服发起的会话。"),
    Reason.APPOINTMENT: ("The customer booked an appointment.", "客户已预约。"),
    Reason.REOPENED: ("The customer says it is not solved.", "客户表示问题未解决。"),
}
CHANNELS: Words = {
    "web": ("Web chat", "网页聊天"),
    "rest": ("REST interface", "REST 接口"),
    "socketio": ("socket.io", "socket.io"),
    "webhook": ("Webhook", "Webhook"),
    "email": ("E-mail", "电子邮件"),
    "wechat": ("WeChat official account", "微信公众号"),
    "wecom": ("WeCom customer service", "微信客服"),
    "qq": ("QQ", "QQ"),
    "whatsapp": ("WhatsApp", "WhatsApp"),
    "messenger": ("Messenger", "Messenger"),
    "instagram": ("Instagram", "Instagram"),
    "telegram": ("Telegram", "Telegram"),
    "line": ("LINE", "LINE"),
    "slack": ("Slack", "Slack"),
    "sms": ("SMS", "短信"),
    "voice": ("Telephone", "电话"),
    "phone": ("Telephone", "电话"),
}
LANGUAGES: Words = {"en": ("English", "英语"), "zh": ("Chinese", "中文")}
URGENCY: Words = {
    "low": ("low", "低"),
    "normal": ("normal", "普通"),
    "high": ("high", "高"),
    "urgent": ("urgent", "紧急"),
}
MOODS: Words = {
    "negative": ("upset", "不满"),
    "neutral": ("calm", "平静"),
    "positive": ("content", "满意"),
}
TIERS: Words = {
    "front_line": ("Front line", "前台客服"),
    "coordinator": ("Coordinator", "中台客服"),
    "back_office": ("Back office", "后台客服"),
    "senior": ("Senior", "高级客服"),
}
CATEGORIES: Words = {
    "order": ("Order", "订单"),
    "payment": ("Payment and invoices", "支付与发票"),
    "delivery": ("Delivery", "物流配送"),
    "returns": ("Returns and refunds", "退换货与退款"),
    "product": ("Product", "产品"),
    "account": ("Account", "账户"),
    "technical": ("Technical", "技术故障"),
    "complaint": ("Complaint", "投诉"),
    "presales": ("Before buying", "售前咨询"),
    "other": ("Other", "其他"),
}
LEVELS: Words = {
    "simple": ("simple", "简单"),
    "complex": ("complex", "复杂"),
    "low": ("low", "低"),
    "normal": ("normal", "普通"),
    "medium": ("medium", "中"),
    "high": ("high", "高"),
}
ORDERS: Words = {
    "found": ("found", "已找到"),
    "left": ("not finished", "未完成"),
    "locked": ("locked after wrong proofs", "核验失败过多，已锁定"),
    "unavailable": ("not available", "暂时无法查询"),
}
APPOINTMENTS: Words = {"callback": ("call-back", "电话回访"), "visit": ("technician's visit", "师傅上门")}
ANSWERS: Words = {"True": ("yes", "是")}
VALUES: Mapping[str, Words] = {
    "channel": CHANNELS, "language": LANGUAGES, "urgency": URGENCY, "sentiment": MOODS, "tier": TIERS,
    "category": CATEGORIES, "complexity": LEVELS, "value": LEVELS, "risk": LEVELS,
    "order_outcome": ORDERS, "appointment_kind": APPOINTMENTS, "contact_confirmed": ANSWERS,
    "appointment_confirmed": ANSWERS,
}  # fmt: skip
"""What the words of facts and slots mean to people."""
SHOWN = ("shown", "已展示")
CONSIDERED = ("considered", "曾考虑")
HELPFUL = {True: ("helpful", "有帮助"), False: ("not helpful", "没有帮助")}
VERIFIED = {True: ("verified", "已验证"), False: ("not verified", "未验证")}
COLON = (": ", "：")
COMMA = (", ", "，")
