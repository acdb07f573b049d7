"""What is measured: every measure with its exact definition, and the reports they stand in.

docs/desk/reports.md shows these definitions (`scripts/document.py` writes them there), and so does the console.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from desk.section import Text
from storage import figures
from storage.figures import Facts, Wanted

Kind = Literal["duration", "share", "mean", "count", "level"]
"""duration: median and 90th percentile (ms) · share: 0..1 · mean: of scores 1..5 · count · level: at the end."""

SCORES = (1.0, 5.0)


@dataclass(frozen=True, kw_only=True)
class Measure:
    """`facts`: what it is computed from; `personal`: it says something of one agent's work; `better`: which way is;
    `parted`: by tier or agent a fact falls into several, so that the whole is counted for itself.
    """

    id: str
    kind: Kind
    name: Text
    definition: Text
    facts: Callable[[Wanted], Facts]
    personal: bool = True
    better: Literal["", "more", "less"] = ""
    parted: bool = False


def _measure(
    id_: str, kind: Kind, en: str, zh: str, definition: str, chinese: str, facts: Callable[[Wanted], Facts],
    *, personal: bool = True, better: Literal["", "more", "less"] = "", parted: bool = False,
) -> Measure:  # fmt: skip
    return Measure(
        id=id_, kind=kind, name=Text(en=en, zh=zh), definition=Text(en=definition, zh=chinese), facts=facts,
        personal=personal, better=better, parted=parted,
    )  # fmt: skip


_ALL = (
    _measure(
        "conversations", "count", "Conversations", "会话数",
        "Conversations that began in the period and in which something was said, with or without a ticket.",
        "在统计期内开始且有消息的会话，无论是否生成工单。",
        lambda _: figures.began(), personal=False,
    ),
    _measure(
        "opened", "count", "Cases opened", "新建工单",
        "Customers' tickets opened in the period.",
        "统计期内新建的客户工单。",
        lambda _: figures.opened(), personal=False,
    ),
    _measure(
        "solved", "count", "Cases solved", "已解决工单",
        "Cases that an agent resolved in the period and that are still resolved. What the bot answered by itself "
        "never counts.",
        "统计期内由客服解决且至今仍为已解决状态的工单。机器人独立回答的不计入。",
        lambda _: figures.solved(), better="more",
    ),
    _measure(
        "backlog", "level", "Backlog", "积压工单",
        "Cases that were open at the end of the day, hour or week: opened before and not closed. A case that was "
        "reopened counts as open all the time; its tier is where it is now.",
        "在该日、小时或周结束时仍未关闭的工单。重新打开的工单视为一直未关闭；层级按其当前所在层级计。",
        lambda _: figures.changes_of_backlog(), personal=False, better="less",
    ),
    _measure(
        "first_response", "duration", "First response", "首次响应时间",
        "From when the case was opened until a person first wrote to the customer, in the time that the SLA "
        "clock counts (opening hours of the tier, unless tiers.yml says otherwise). Answers of the bot and notes "
        "are no response. Dated by the response.",
        "从工单创建到客服首次回复客户的时长，按 SLA 时钟计时（默认为该层级的服务时间，以 tiers.yml 为准）。机器人"
        "的回答和内部备注不算响应。按回复时间归期。",
        lambda _: figures.met("first_response"), better="less",
    ),
    _measure(
        "first_response_wall", "duration", "First response, by the wall clock", "首次响应时间（自然时间）",
        "The same, day and night counted.",
        "同上，按自然时间计算，昼夜均计。",
        lambda _: figures.met("first_response", wall=True), better="less",
    ),
    _measure(
        "next_response", "duration", "Next response", "后续响应时间",
        "From when the customer wrote again, after a person's response, until a person answered; in the time "
        "that the SLA clock counts. Each wait counts once.",
        "客服首次响应之后，从客户再次来信到客服答复的时长，按 SLA 时钟计时；每次等待计一次。",
        lambda _: figures.met("next_response"), better="less",
    ),
    _measure(
        "resolution", "duration", "Resolution", "解决时间",
        "From when the case was opened until it was resolved for the last time, in the time that the SLA clock "
        "counts: not while it waited for the customer or was snoozed.",
        "从工单创建到最后一次解决的时长，按 SLA 时钟计时：等待客户和暂缓期间不计。",
        lambda _: figures.met("resolution"), better="less",
    ),
    _measure(
        "resolution_wall", "duration", "Resolution, by the wall clock", "解决时间（自然时间）",
        "From when the case was opened until it was resolved for the last time, everything counted.",
        "从工单创建到最后一次解决的自然时长。",
        lambda _: figures.met("resolution", wall=True), better="less",
    ),
    _measure(
        "handling", "duration", "Time in hand", "处理时间",
        "Of closed cases: how long agents had them, from taking a case until it was closed or left them, all "
        "such stretches added up (by tier or agent: theirs alone). Waiting for the customer is part of it.",
        "已关闭工单由客服持有的总时长：从接手到关闭或转出，各段相加（按层级或客服查看时只计其本身）。等待客户的时"
        "间包含在内。",
        figures.handled, better="less", parted=True,
    ),
    _measure(
        "sla_first_response", "share", "SLA kept: first response", "SLA 达成率：首次响应",
        "Of the promises that were decided in the period, those that were kept: the response came before its "
        "time was up. A promise is broken when its time is up, even if nobody has answered yet.",
        "统计期内已有结果的承诺中按时完成的比例。到期未响应即为违约，无论之后是否响应。",
        lambda _: figures.promises("first_response"), better="more",
    ),
    _measure(
        "sla_next_response", "share", "SLA kept: next response", "SLA 达成率：后续响应",
        "The same for next responses.",
        "同上，针对后续响应。",
        lambda _: figures.promises("next_response"), better="more",
    ),
    _measure(
        "sla_resolution", "share", "SLA kept: resolution", "SLA 达成率：解决",
        "The same for resolutions.",
        "同上，针对解决时间。",
        lambda _: figures.promises("resolution"), better="more",
    ),
    _measure(
        "csat", "mean", "CSAT", "满意度",
        "The mean of the scores 1–5 that customers gave in the period to cases in which a person had spoken.",
        "统计期内客户对有客服参与的工单所打评分（1–5 分）的平均值。",
        lambda _: figures.scores(), better="more",
    ),
    _measure(
        "csat_good", "share", "Scores of 4 and 5", "好评率（4–5 分）",
        "Of the same scores, those of 4 or 5.",
        "上述评分中 4 分和 5 分的比例。",
        lambda _: figures.good_scores(), better="more",
    ),
    _measure(
        "survey_answers", "share", "Surveys answered", "调查回复率",
        "Of the questions “is it solved?” about cases that were asked in the period and are settled, those that "
        "the customer answered. Open ones, and those that the customer went past, don't count.",
        "统计期内发出且已有结果的“是否解决”询问中客户作答的比例；仍在等待的和客户直接继续沟通的不计入。",
        lambda _: figures.surveys(),
    ),
    _measure(
        "csat_bot", "mean", "CSAT of the bot alone", "机器人满意度",
        "The mean of the scores that customers gave to what the bot answered by itself. It is never part of CSAT.",
        "客户对机器人独立回答所打评分的平均值，不计入客服满意度。",
        lambda _: figures.bot_scores(), personal=False, better="more",
    ),
    _measure(
        "containment", "share", "Solved by the bot, confirmed", "机器人解决率（客户确认）",
        "Of the conversations that began in the period: those that never had a ticket and whose customer said "
        "that it is solved, and never that it is not.",
        "统计期内开始的会话中，从未生成工单、客户确认已解决且未表示未解决的比例。",
        lambda _: figures.contained(), personal=False, better="more",
    ),
    _measure(
        "bot_alone", "share", "Bot alone, unconfirmed", "仅机器人接待（未确认）",
        "Of the same conversations: those that never had a ticket and whose customer said neither. Some were "
        "helped, some gave up: they are not counted as solved.",
        "上述会话中，从未生成工单且客户未作任何表示的比例。其中既有已解决的，也有放弃的，因此不计为已解决。",
        lambda _: figures.bot_alone(), personal=False,
    ),
    _measure(
        "escalated", "share", "Escalated", "升级率",
        "Of the cases closed in the period that an agent had: those that went up to another tier. They belong to "
        "the tier and the agent that had them first.",
        "统计期内关闭且有客服接手的工单中，升级到其他层级的比例；归属于最先接手的层级和客服。",
        lambda _: figures.escalated(),
    ),
    _measure(
        "bounced", "share", "Bounced back", "退回率",
        "Of the cases closed in the period that had been escalated: those that came back at least once.",
        "统计期内关闭且曾升级的工单中，至少被退回一次的比例。",
        lambda _: figures.bounced(), better="less",
    ),
    _measure(
        "reopened", "share", "Reopened", "重新打开率",
        "Of the cases solved in the period: those that had been resolved before and were reopened since.",
        "统计期内解决的工单中，此前曾解决又被重新打开的比例。",
        lambda _: figures.reopened(), better="less",
    ),
    _measure(
        "repeated", "share", "Repeat contacts", "重复来访率",
        "Of the cases opened in the period: those whose person had opened one of the same topic at most "
        f"{figures.REPEAT_DAYS} days before, on whatever channel.",
        f"统计期内新建的工单中，同一人在此前 {figures.REPEAT_DAYS} 天内（不限渠道）就同一主题建过工单的比例。",
        figures.repeated, personal=False, better="less",
    ),
    _measure(
        "abandoned", "share", "Abandoned", "放弃率",
        "Of the cases closed in the period: those whose customer left the queue or went away before a person had "
        "written.",
        "统计期内关闭的工单中，客户在客服回复之前离开或取消排队的比例。",
        lambda _: figures.abandoned(), personal=False, better="less",
    ),
    _measure(
        "repurchase", "share", "Bought again", "复购率",
        "Of the cases solved in the period whose customer's orders the company tells (customer cards): those "
        f"after which a new order was seen within {figures.REPURCHASE_DAYS} days. Final only when these have "
        "passed; not shown without orders.",
        f"统计期内解决且企业提供订单信息（客户名片）的工单中，解决后 {figures.REPURCHASE_DAYS} 天内出现新订单的比"
        "例。期满后方为最终值；无订单数据时不显示。",
        lambda _: figures.repurchased(), better="more",
    ),
)  # fmt: skip

MEASURES: Mapping[str, Measure] = {each.id: each for each in _ALL}

REPORTS: Mapping[str, tuple[str, ...]] = {
    "volume": ("conversations", "opened", "solved", "backlog"),
    "response": ("first_response", "first_response_wall", "next_response"),
    "resolution": ("resolution", "resolution_wall", "handling"),
    "sla": ("sla_first_response", "sla_next_response", "sla_resolution"),
    "satisfaction": ("csat", "csat_good", "survey_answers", "csat_bot"),
    "bot": ("containment", "bot_alone"),
    "quality": ("escalated", "bounced", "reopened", "repeated", "abandoned", "repurchase"),
}
"""The measures that are shown together, by the report's id."""

NAMES: Mapping[str, Text] = {
    "volume": Text(en="Volume", zh="业务量"),
    "response": Text(en="Response", zh="响应"),
    "resolution": Text(en="Resolution", zh="解决"),
    "sla": Text(en="SLA", zh="SLA"),
    "satisfaction": Text(en="Satisfaction", zh="满意度"),
    "bot": Text(en="Bot", zh="机器人"),
    "quality": Text(en="Quality", zh="服务质量"),
}
