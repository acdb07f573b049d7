"""What the service says by itself."""

import pytest

from frontdoor.sentences import SENTENCES, say


@pytest.mark.parametrize(
    ("sentence", "language", "told"),
    [
        ("solved_question", "en", "Our team has marked your request 7 as solved. Is everything sorted out?"),
        ("solved_question", "zh", "客服已将工单 7 标记为已解决。您的问题解决了吗？"),
        ("agent_joined", "zh", "客服已接入，为您服务。"),
        ("taken_back", "zh", "客服撤回了一条消息：“7”，请以后续回复为准。"),
        ("idle", "en", "Are you still there? our team is waiting for your reply; you can also answer later."),
    ],
)
def test_a_colleague_whose_name_nobody_told_is_the_team(sentence: str, language: str, told: str) -> None:
    assert say(sentence, language, name="", number=7, text=7) == told


@pytest.mark.parametrize("sentence", [name for name, each in SENTENCES.items() if "{name}" in each["en"]])
def test_no_sentence_shows_a_gap_where_a_name_is_missing(sentence: str) -> None:
    for language in ("en", "zh"):
        said = say(sentence, language, **dict.fromkeys(("name", "number", "team", "text", "brand", "url"), ""))
        assert "{" not in said
        assert "客服 " not in said
