"""What the desk refuses, in codes the console knows and sentences people read.

One exception for everything: `Refused(code)`; the table says which HTTP status and which words go with a code.
"""

from typing import Any

from connectors.message import JSON

_TABLE: dict[str, tuple[int, str, str]] = {
    "bad_json": (400, "The request is not JSON. Send an object.", "请求不是有效的 JSON，请发送一个对象。"),
    "bad_field": (400, "{field}: {problem}", "{field}：{problem}"),
    "weak_password": (400, "This password is not safe: {problem}", "密码不够安全：{problem}"),
    "bad_cursor": (400, "The list has changed. Load it from the start.", "列表已变化，请从头加载。"),
    "signed_out": (401, "You are signed out. Please log in.", "您已退出登录，请重新登录。"),
    "bad_login": (401, "Name or password is wrong.", "用户名或密码错误。"),
    "bad_code": (401, "This code is wrong, used or too old.", "验证码错误、已使用或已过期。"),
    "sso_only": (403, "Log in with your company's account.", "请使用公司账号登录。"),
    "awaits_code": (403, "Give the code of your app first.", "请先输入动态验证码。"),
    "must_enrol": (403, "Set up the second step of your log-in first.", "请先设置两步验证。"),
    "prove": (403, "Give a code of your app again for this.", "此操作需再次输入动态验证码。"),
    "csrf": (403, "The page is out of date. Load it again.", "页面已过期，请刷新后重试。"),
    "origin": (403, "This request comes from another site.", "请求来自其他网站，已拒绝。"),
    "must_change": (403, "Choose a new password first.", "请先设置新密码。"),
    "forbidden": (403, "You may not do this. Ask an admin.", "您没有此操作的权限，请联系管理员。"),
    "not_yours": (403, "{holder} has this ticket.", "该工单由{holder}处理。"),
    "not_offered": (409, "This ticket is not offered to you any more.", "该工单已不再派给您。"),
    "not_here": (409, "{holder} is not here now.", "{holder}当前不在线。"),
    "not_yours_free": (403, "Nobody has this ticket. Take it first.", "该工单尚无人处理，请先接入。"),
    "wrong_password": (403, "The current password is wrong.", "当前密码错误。"),
    "not_found": (404, "There is no such thing, or you may not see it.", "内容不存在，或您无权查看。"),
    "bad_token": (404, "This link was used or has expired. Ask for a new one.", "链接已使用或已过期，请索取新链接。"),
    "taken": (409, "{holder} has this ticket.", "该工单已由{holder}接入。"),
    "closed": (409, "This ticket's state does not allow that any more.", "工单当前状态不允许此操作。"),
    "wrap_up_missing": (409, "Choose a wrap-up code first.", "请先选择小结代码。"),
    "for_colleagues": (409, "This ticket is for colleagues, not customers.", "此工单仅供内部协作，客户不可见。"),
    "not_internal": (409, "This is a customer's ticket, not an internal one.", "这是客户工单，不是内部工单。"),
    "not_escalated": (409, "No colleague brought this ticket here.", "此工单不是由同事升级而来。"),
    "no_thread": (404, "There is no such question on this ticket.", "此工单上没有该咨询。"),
    "on_its_way": (409, "This message is on its way already.", "该消息已在发送中，无需重发。"),
    "may_arrive_twice": (409, "It may have arrived, and may arrive twice.", "无法确认是否送达，重发可能重复。"),
    "not_reachable": (409, "The customer can't be written to there now.", "目前无法通过该渠道联系客户。"),
    "stale": (409, "Somebody has changed this article meanwhile. Load it again.", "文章已被他人修改，请重新加载。"),
    "stale_draft": (409, "You have written more in another window.", "您在其他窗口中有更新的草稿。"),
    "stale_macro": (409, "Somebody has changed this canned reply meanwhile.", "该快捷回复已被他人修改，请重新加载。"),
    "no_draft": (409, "There is no draft. Save one first.", "尚无草稿，请先保存草稿。"),
    "has_errors": (409, "The text has errors. Correct them first.", "内容有错误，请先修正。"),
    "replay_failed": (409, "Some answers would get worse. Look at the changes.", "部分回答会变差，请先查看变化。"),
    "login_exists": (409, "Somebody has this login name already.", "该登录名已被使用。"),
    "two_factor_off": (409, "Two-step log-in is switched off here.", "本系统未启用两步验证。"),
    "two_factor_on": (409, "It is set up already. Switch it off first.", "两步验证已开启，请先关闭。"),
    "two_factor_none": (409, "There is no second step to this log-in.", "该账号未开启两步验证。"),
    "sso_off": (409, "Single sign-on is not set up here.", "本系统未配置单点登录。"),
    "sso_taken": (409, "This company account belongs to somebody else here.", "该公司账号已关联其他用户。"),
    "sso_failed": (401, "The company's log-in did not work. Try again.", "公司账号登录失败，请重试。"),
    "sso_unknown": (403, "This company account has no user. Ask an admin.", "该公司账号未对应任何用户，请联系管理员。"),
    "sso_away": (503, "The company's log-in can't be reached now.", "暂时无法连接公司登录服务。"),
    "last_admin": (409, "This is the last admin. Make somebody else one first.", "这是最后一位管理员，请先另设一位。"),
    "client_id_used": (409, "This client_id came with something else before.", "该 client_id 已用于其他内容。"),
    "nothing_to_learn": (409, "Nobody has answered a question in this ticket yet.", "该工单中尚无客服对问题的答复。"),
    "elsewhere": (
        409, "The customer is in ticket {number} now. Go on there.", "客户正在工单 {number} 中，请在那里继续。",
    ),
    "not_due": (409, "Not all criteria are met. Confirm that it shall be so.", "尚未满足全部条件，如仍要晋级请确认。"),
    "other_grade": (409, "This is not the next grade of this person.", "这不是该员工的下一级别，请重新加载。"),
    "answered": (409, "You have answered this quarter. Thank you.", "您本季度已填写过问卷，谢谢。"),
    "own_work": (
        403, "Nobody judges their own work, nor an appeal against themselves.",
        "不能评审自己的会话，也不能处理针对自己评分的申诉。",
    ),
    "stale_training": (409, "This training has changed. Load it again.", "该培训已有变化，请重新加载。"),
    "no_tries": (409, "All tries are used up. Ask a supervisor.", "答题次数已用完，请联系主管。"),
    "no_questions": (409, "No question can be made of these articles.", "无法从这些文章生成题目。"),
    "too_large": (413, "This is too large to be sent.", "内容过大，无法发送。"),
    "json_expected": (415, "Send application/json.", "请以 application/json 格式发送。"),
    "infected": (400, "The virus scanner refuses this file.", "病毒扫描未通过，无法发送此文件。"),
    "file_type": (415, "Files of this type cannot be sent.", "不支持发送此类型的文件。"),
    "too_many": (429, "Too many attempts. Try again in {minutes} min.", "尝试次数过多，请在 {minutes} 分钟后重试。"),
    "too_many_watched": (429, "Too many tickets are open in this window.", "此窗口打开的工单过多。"),
    "bad_frame": (400, "This frame is not understood.", "无法识别该消息。"),
    "internal": (500, "Something went wrong here. Try again.", "服务出错，请重试。"),
    "nobody_to_whisper": (
        409, "No colleague has this ticket, so nobody would hear it.", "此工单当前没有同事在处理，无人可提示。",
    ),
    "too_many_banners": (
        409, "At most {most} announcements at a time: end one first.", "同时最多 {most} 条公告，请先结束一条。",
    ),
    "shift_began": (409, "This shift has begun.", "该班次已经开始。"),
    "swap_open": (409, "A colleague has been asked for this shift already.", "该班次已有待处理的换班申请。"),
    "swap_over": (409, "This swap is not open any more.", "该换班申请已失效。"),
    "no_assistant": (
        404, "Nothing translates here: no language model is set up (assistant in frontdoor.yml).",
        "尚未配置语言模型，无法翻译或润色（见 frontdoor.yml 的 assistant）。",
    ),
    "assistant_failed": (503, "The language model did not answer. Try again.", "语言模型未能给出结果，请重试。"),
    "unavailable": (503, "This is not available now. Try again later.", "暂时不可用，请稍后重试。"),
}  # fmt: skip

_PROBLEMS: dict[str, tuple[str, str]] = {
    "missing": ("is missing.", "缺少此项。"),
    "extra_forbidden": ("is not known here.", "未知的字段。"),
    "string_too_short": ("needs at least {min_length} characters.", "至少需要 {min_length} 个字符。"),
    "string_too_long": ("may have at most {max_length} characters.", "最多 {max_length} 个字符。"),
    "string_pattern_mismatch": ("has characters or a form that are not allowed.", "包含不允许的字符或格式不正确。"),
    "too_long": ("has too many items; {max_length} are allowed.", "数量过多，最多 {max_length} 项。"),
    "greater_than_equal": ("must be at least {ge}.", "不能小于 {ge}。"),
    "less_than_equal": ("must be at most {le}.", "不能大于 {le}。"),
    "literal_error": ("must be one of {expected}.", "只能是 {expected}。"),
    "unstorable": ("has characters that cannot be stored.", "包含无法保存的字符。"),
    "empty": ("is empty. Write something or attach a file.", "不能为空，请输入内容或添加附件。"),
    "no_such_tier": ("There is no such tier in tiers.yml.", "tiers.yml 中没有这个客服层级。"),
    "top_tier": ("Nobody is above this tier. Name a tier.", "已是最高层级，请指定一个层级。"),
    "other_tier": ("Choose another tier of tiers.yml.", "请选择 tiers.yml 中的其他层级。"),
    "empty_file": ("is empty.", "文件为空。"),
    "bad_shift": ("must be later than the beginning, by a day at most.", "须晚于开始时间，且不超过 24 小时。"),
    "bad_absence": ("must be later than the beginning, by a year at most.", "须晚于开始时间，且不超过一年。"),
    "unknown_shift": ("is not a shift of yours that is to come.", "不是您尚未开始的班次。"),
    "bad_calendar": ("is not an iCalendar file (.ics).", "不是有效的 iCalendar（.ics）文件。"),
    "not_monday": ("must be a Monday such as 2026-11-23.", "须为星期一的日期，例如 2026-11-23。"),
    "unknown_tier": ("There is no such tier that talks to customers.", "没有这个面向客户的客服层级。"),
    "unknown_category": ("There is no such category in tiers.yml.", "tiers.yml 中没有这个类别。"),
    "unknown_grade": ("There is no such grade.", "没有这个级别。"),
    "unknown_article": ("There is no such article in force.", "没有这篇生效的文章。"),
    "unknown_item": ("There is no such item on the scorecard.", "评分表中没有这一项。"),
    "no_score": ("Score at least one item.", "请至少为一项评分。"),
    "why_low": ("Say why it gets 2 points or less.", "评分不高于 2 分时请说明原因。"),
    "not_one_right": ("needs different options, of which one is right.", "选项不能重复，且须指定一个正确答案。"),
    "nobody": ("Nobody is meant. Name a grade, a tier or people.", "未选择任何人，请指定级别、层级或人员。"),
    "unknown_agent": ("There is no such agent, or not in this tier.", "没有这位客服，或其不在该层级。"),
    "unknown_ticket": ("There is no such ticket, or you may not see it.", "没有此工单，或您无权查看。"),
    "unknown_variable": ("There is no {{{name}}}. There are: {known}.", "没有变量 {{{name}}}，可用变量：{known}。"),
    "unfilled": ("{{{name}}} has not been filled in.", "{{{name}}} 尚未填写。"),
    "no_text": ("needs a title and a text in one language at least.", "至少需要一种语言的标题和内容。"),
    "shortcut_taken": ("is used already. Choose another one.", "已被使用，请换一个。"),
    "not_to_come": ("must be a time to come, within half a year.", "必须是半年以内的将来时间。"),
    "same_ticket": ("is this very ticket. Choose another one.", "不能与本工单合并，请选择其他工单。"),
    "not_mergeable": ("Internal tickets are not merged.", "内部工单不能合并。"),
    "other_customer": ("is another customer's. Link the two customers first.", "属于其他客户，请先关联客户身份。"),
    "unknown_wrap_up": ("There is no such wrap-up code in this tier.", "该层级没有这个小结代码。"),
    "unknown_file": ("There is no such file in this conversation.", "此会话中没有该文件。"),
    "unknown_version": ("There is no such version, or it has no text.", "没有该版本，或该版本没有内容。"),
    "no_file": ("No file holds this article.", "没有包含该文章的文件。"),
    "note_needed": ("must say why.", "请填写原因。"),
    "reserved": ("is a word the console uses itself. Choose another id.", "是系统保留字，请换一个编号。"),
    "unknown_author": ("from: takes customer, agent or bot.", "from: 只能是 客户、客服 或 机器人。"),
    "bad_day": ("before: and after: take a day such as 2026-11-27.", "before: 和 after: 需填写日期，例如 2026-11-27。"),
    "bad_days": ("must not be before `first`; at most {most} days.", "不能早于开始日期，且最多 {most} 天。"),
    "too_many_hours": ("Hours are shown for at most {most} days.", "按小时查看最多 {most} 天。"),
    "bad_period": ("must be later than since, by a year at most.", "须晚于开始时间，且跨度不超过一年。"),
    "password_short": ("it needs at least 10 characters.", "至少需要 10 个字符。"),
    "password_long": ("it may have at most 200 characters.", "最多 200 个字符。"),
    "password_common": ("it is too easy to guess.", "过于简单，容易被猜到。"),
    "password_personal": ("it contains your name or login.", "不能包含您的姓名或登录名。"),
    "password_same": ("it is the current one.", "不能与当前密码相同。"),
    "": ("is not valid.", "格式不正确。"),
}  # fmt: skip


class Refused(Exception):
    """The desk refuses; `details` go into the answer, and into its sentence where that has a place for them."""

    def __init__(self, code: str, *, field: str = "", problem: str = "", **details: Any) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.problem = problem
        self.details = details

    @property
    def status(self) -> int:
        """The HTTP status of the answer."""
        return _TABLE[self.code][0]

    def to_json(self, language: str) -> JSON:
        """The answer's body in `en` or `zh`."""
        code = self.code.removesuffix("_free")
        answer: JSON = {"code": code, "message": self.sentence(language)}
        if self.field:
            answer["field"] = self.field
        return {"error": answer | {name: value for name, value in self.details.items() if name in _SHOWN}}

    def sentence(self, language: str) -> str:
        """What people read."""
        column = 1 if language == "zh" else 0
        words: dict[str, Any] = {"holder": "Somebody" if column == 0 else "其他同事", "minutes": 1}
        words |= {name: value for name, value in self.details.items() if value is not None}
        if agent := self.details.get("agent"):
            words["holder"] = agent["name"]
        problem = _PROBLEMS.get(self.problem, _PROBLEMS[""])[column].format_map(words | {"field": self.field})
        _, english, chinese = _TABLE[self.code]
        return (english, chinese)[column].format_map(words | {"field": self.field, "problem": problem})


_SHOWN = ("agent", "state", "retry_after", "version", "draft", "problems", "changes", "replay_id")


def bad_field(field: str, problem: str, **details: Any) -> Refused:
    """A request's field is wrong in the way `problem` names."""
    return Refused("bad_field", field=field, problem=problem, **details)
