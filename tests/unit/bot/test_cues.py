"""Words by which what belongs to humans is recognised, and what only looks like it."""

import time

import pytest

from bot.cue_words import CUES
from bot.cues import READ_CHARACTERS, heard, hinted

SAID = {
    "ask_human": """
        I sent you an e-mail, can I talk to a human | agent | real person please | HUMAN!!! | can i tlk to a human | let me speak to your manager | put me through to the support team
        I'd like to be connected with a live agent | no more bots | I don't want to talk to a robot | how do I reach a human?
        is there a real person I can chat with | i need to tlak to a humna | conect me with an oprator | escalate this please | are there people working for you? | the sales team please
        转人工 | 转 人 工 | 人工人工人工！ | 我要找个活人 | 别用机器人糊弄我 | 轉人工 | 叫你们经理来 | 有没有真人 | 有人吗 | 客服在吗
        你说的都没用，给我转人工 | 不想跟机器人聊 | 咋找人工 | 换个人来 | 怎么联系人工客服 | 找你们主管
    """,
    "complaint": """
        I want to make a complaint | how do I file a claim against your company | this is ridiculous! | your service is terrible | worst service ever
        我要投诉 | 投诉电话多少 | 服务态度太差了 | 什么破服务 | 气死我了
    """,
    "sensitive_safety": """
        the kettle gave me an electric shock | it smokes now | smoke is coming out of the dryer | I smell gas | the oven caught fire
        my daughter burned her hand on the cooker | the plug has melted | the battery is swollen | we had to call an ambulance because of it
        冒烟了 | 洗衣机漏电 | 我被热水器电了一下 | 厨房有煤气味 | 插座着火了 | 孩子被烫伤了 | 触電了 | 电池鼓包了 | 电饭煲炸了
    """,
    "sensitive_legal": """
        I will sue you | see you in court | you will hear from my lawyer | I'll call 12315 | I'm reporting you to the police | I demand triple compensation
        我要起诉你们 | 等着收律师函吧 | 法院见 | 我打12315 | 去消协告你们 | 找记者曝光你们 | 我已经报警了
    """,
    "sensitive_self_harm": """
        I want to kill myself | I don't want to live anymore | I feel suicidal | I will jump off the roof | I want to end my life
        我不想活了 | 不退钱我就去死 | 我想自杀 | 我要跳楼 | 活着没意思
    """,
    "sensitive_privacy": """
        delete all my personal data | this is a GDPR request | what do you store about me? | you leaked my phone number | I withdraw my consent
        someone hacked my account | 删除我的个人信息 | 注销并删除我的个人信息 | 你们泄露了我的手机号 | 你们存了我哪些信息 | 撤回同意 | 我的账号被盗了
    """,
}
NOT_SAID = """
    does the technician call before coming? | is your support open on Sunday? | what hours can I call customer service | are you a real person?
    what's your customer service e-mail address | no, you don't need to transfer me to a human | human resources | transfer 50 dollars to my brother
    a table for one person | how much is the labour charge | what is the status of my complaint | I want to make an insurance claim
    does the water heater protect against electric shock? | I stopped smoking | can the battery explode? | a joke about lawyers | this song is on fire
    my phone died | killing it today | I'm dying of laughter | I don't want to live in the city | suicide squad is a good film | I cut my hair myself
    what is your privacy policy | delete my account | delete an item from my order | why does the fridge beep | assign a task to someone | I manage a shop in Hunan | cancel my contract
    师傅上门前会打电话吗 | 人工费多少钱 | 人工客服几点上班 | 人工智能 | 你是真人还是机器人 | 不用转人工了 | 客服电话是多少 | 我投诉的事处理得怎么样了
    电饭煲会漏电吗 | 热水器怎么防漏电 | 漏电保护器要装吗 | 冒很多蒸汽正常吗 | 洗衣机一直报警 | 笑死我了 | 热死了 | 想死你了 | 跳楼价 | 我都气炸了
    隐私政策在哪看 | 怎么注销账号 | 账号密码忘了 | 2个人 | 你好，有人在吗 | 找个人来安装
"""


def _texts(table: str) -> list[str]:
    return [text.strip() for line in table.strip().splitlines() for text in line.split("|")]


@pytest.mark.parametrize(
    ("intent", "text"), [(intent, text) for intent, table in SAID.items() for text in _texts(table)]
)
def test_it_is_heard(intent: str, text: str) -> None:
    assert heard(text) == intent


@pytest.mark.parametrize("text", _texts(NOT_SAID))
def test_what_only_looks_like_it_is_not_heard(text: str) -> None:
    assert heard(text) == ""


def test_life_goes_before_law_and_law_before_a_wish() -> None:
    assert heard("talk to my lawyer, the oven caught fire and I want a human") == "sensitive_safety"
    assert heard("转人工，不然我去法院") == "sensitive_legal"


def test_hints_are_looser_than_cues() -> None:
    assert hinted("something with fire", "sensitive_safety")
    assert not hinted("how long does delivery take", "sensitive_safety")
    assert hinted("anything", "greet"), "only urgent intents need a word that supports them"


def test_every_urgent_intent_has_a_cue() -> None:
    assert set(CUES) == set(SAID)


@pytest.mark.parametrize(
    "unit", ["a", "no ", "i want to talk to ", "人", "转", "what is the ", "don't need ", "my data "]
)
def test_no_text_takes_long(unit: str) -> None:
    text = (unit * 20_000)[:16_000]
    began = time.process_time()
    heard(text)
    assert time.process_time() - began < 2, f"{READ_CHARACTERS} characters are read"
