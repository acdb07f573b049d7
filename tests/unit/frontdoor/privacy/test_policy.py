"""What may stand as `privacy` in desks.yml."""

import pytest
from pydantic import ValidationError

from connectors.privacy_settings import Privacy


def test_by_itself_only_bank_cards_and_identity_papers_stay() -> None:
    assert Privacy().masked == {"bank_cards", "id_cards"}
    assert (Privacy().attachments, Privacy().transcript) == ("send", "full")


@pytest.mark.parametrize(
    ("custom", "said"),
    [
        ({"name": "member", "pattern": "("}, "is no regular expression"),
        ({"name": "member", "pattern": r"(\d+)+x"}, "takes time that grows"),
        ({"name": "member", "pattern": r"(a|aa)+$"}, "takes time that grows"),
        ({"name": "member", "pattern": "x*"}, "matches where nothing stands"),
        ({"name": "[x]", "pattern": "x"}, "should match pattern"),
        ({"name": "Phone", "pattern": "x"}, "one that marks have already"),
        ({"name": "电话", "pattern": "x"}, "one that marks have already"),
    ],
)
def test_patterns_that_are_wrong_or_never_end_are_refused(custom: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Privacy.model_validate({"custom": [custom]})


@pytest.mark.parametrize("pattern", [r"M-\d{6}", r"会员号[:： ]?\K\d{8}", r"\b[A-Z]{2}\d{4,8}\b", r"(?i)vip-\w{4,12}"])
def test_patterns_as_companies_have_them_are_taken(pattern: str) -> None:
    assert Privacy.model_validate({"custom": [{"name": "会员号", "pattern": pattern}]}).masked >= {"custom:会员号"}
