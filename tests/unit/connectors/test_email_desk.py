"""What agents' words in mails mean, and what a desk's settings must say."""

import pytest
from pydantic import ValidationError

from connectors.desks.email_settings import EmailDeskSettings
from connectors.desks.email_words import MARKS, Act, answer_in

OURS = {
    "queue": "team@hearthline.example", "address": "frontdoor@hearthline.example",
    "imap_url": "imap://a:b@localhost", "smtp_url": "smtp://localhost",
}  # fmt: skip


@pytest.mark.parametrize(
    ("written", "acts", "said"),
    [
        ("Here I am.\n# not a word", (), "Here I am.\n# not a word"),
        ("#1234 is your order", (), "#1234 is your order"),
        ("#note\nbetween us", (Act.NOTE,), "between us"),
        ("#Note: between us", (Act.NOTE,), "between us"),
        ("＃内部\n他说得对", (Act.NOTE,), "他说得对"),
        ("#ntoe between us", (Act.NOTE,), "#ntoe between us"),
        ("#close\n\nAll done.", (Act.CLOSE,), "All done."),
        ("#解决", (Act.CLOSE,), ""),
        ("#take #close\nDone.", (Act.TAKE, Act.CLOSE), "Done."),
        ("# 转回", (Act.RETURN,), ""),
        (f"Mine.\n> {MARKS['en']}\n> theirs", (), "Mine."),
        (f"我的。\n{MARKS['zh']}\n内部资料", (), "我的。"),
    ],
)
def test_the_first_line_says_what_a_mail_is(written: str, acts: tuple[Act, ...], said: str) -> None:
    answer = answer_in(written)
    assert (answer.acts, answer.text) == (acts, said)
    assert answer.is_note is (Act.NOTE in acts)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"queue": "team"}, "queue is not the address of a team"),
        ({"address": "Team@hearthline.example"}, "queue is not the address of a team"),
        ({"placements": {"senior": {"queue": "nobody"}}}, "placements.senior.queue"),
        ({"agents": ("hearthline.example",)}, "agents has 'hearthline.example'"),
        ({"fields": {"Subject": "x"}}, "fields has 'Subject'"),
    ],
)
def test_wrong_addresses_are_told(wrong: dict[str, object], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        EmailDeskSettings.model_validate(OURS | wrong)
    assert EmailDeskSettings.model_validate(OURS).agents == ()
