/** What the page says, in both languages; `{name}` is filled in. */

const TEXTS = {
  en: {
    title: "Request {number}",
    other: "中文",
    loading: "One moment…",
    stages: "Progress",
    received: "Received",
    in_progress: "In progress",
    waiting_for_you: "Waiting for your reply",
    solved: "Solved",
    confirmed: "Confirmed",
    closed: "Closed",
    now_received: "We have your request. A colleague will take it up.",
    now_in_progress: "We are working on it.",
    now_waiting_for_you: "We have a question for you. Please answer below.",
    now_solved: "We think it is solved. Is that so?",
    now_confirmed: "Solved. Thank you!",
    now_silent: "We have heard nothing more, so we take it as solved.",
    now_closed: "This request is closed.",
    team: "Team",
    agent: "With",
    opened: "Since",
    updated: "Last news",
    next: "Next update by",
    opens: "We are back",
    said: "What was said",
    nothing: "Nothing yet. What our team writes appears here.",
    you: "You",
    add: "Add something",
    reopen_label: "Tell us what is still wrong",
    hint: "It goes straight to those who work on your request.",
    file: "Attach files",
    remove: "Remove {name}",
    send: "Send",
    reopen: "It isn't solved: open it again",
    sent: "Sent. Thank you.",
    solved_question: "Is everything sorted out?",
    yes: "Yes, it's solved",
    rate: "How would you rate the help you got?",
    poor: "poor",
    excellent: "excellent",
    comment: "Anything you'd like to add? (optional)",
    send_rating: "Send rating",
    rated: "You gave {score} of 5. You can change that.",
    gone: "This link doesn't work",
    gone_hint: "It may have expired. Please use the newest link we sent you, or write to us in the chat.",
    offline: "No connection. We'll try again by ourselves.",
    private: "Whoever has this link can read and answer here. Please don't pass it on.",
  },
  zh: {
    title: "工单 {number}",
    other: "English",
    loading: "请稍候……",
    stages: "处理进度",
    received: "已受理",
    in_progress: "处理中",
    waiting_for_you: "等待您回复",
    solved: "已解决",
    confirmed: "已确认",
    closed: "已关闭",
    now_received: "我们已收到您的请求，客服会尽快跟进。",
    now_in_progress: "我们正在为您处理。",
    now_waiting_for_you: "我们需要您补充信息，请在下方回复。",
    now_solved: "我们认为问题已经解决，请您确认。",
    now_confirmed: "问题已解决，感谢您！",
    now_silent: "一段时间内没有收到您的回复，我们视为已解决。",
    now_closed: "此工单已关闭。",
    team: "负责团队",
    agent: "负责客服",
    opened: "创建时间",
    updated: "最近更新",
    next: "下次更新不晚于",
    opens: "上班时间",
    said: "沟通记录",
    nothing: "暂无内容，客服的回复会显示在这里。",
    you: "您",
    add: "补充信息",
    reopen_label: "请说明还有什么问题",
    hint: "您的内容会直接发送给处理此工单的客服。",
    file: "添加文件",
    remove: "移除 {name}",
    send: "发送",
    reopen: "还没解决，重新打开",
    sent: "已发送，谢谢！",
    solved_question: "您的问题解决了吗？",
    yes: "已解决",
    rate: "请为本次服务打分",
    poor: "很不满意",
    excellent: "非常满意",
    comment: "还有什么想说的吗？（选填）",
    send_rating: "提交评价",
    rated: "您的评分：{score} 分（满分 5 分），可以修改。",
    gone: "链接无法打开",
    gone_hint: "链接可能已过期。请使用最近收到的链接，或在聊天中联系我们。",
    offline: "网络连接中断，恢复后会自动重试。",
    private: "拥有此链接的人都能查看和回复，请勿转发。",
  },
};

let language = /^zh/iu.test(navigator.language) ? "zh" : "en";

export const current = () => language;

export function speak(chosen) {
  language = chosen;
  document.documentElement.lang = chosen === "zh" ? "zh-CN" : "en";
}

export function t(key, values = {}) {
  return TEXTS[language][key].replace(/\{(\w+)\}/gu, (_, name) => values[name]);
}

export function moment(at) {
  const locale = language === "zh" ? "zh-CN" : "en-GB";
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }).format(at);
}
