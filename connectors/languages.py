"""The two languages customers are spoken to in."""

ENGLISH = "en"
CHINESE = "zh"


def reduce_language(tag: str) -> str:
    """`en` or `zh` for a BCP 47 tag such as `zh-Hans-CN` (any other language reads English); empty for an empty tag."""
    primary = tag.strip().replace("_", "-").split("-", 1)[0].lower()
    if not primary:
        return ""
    return CHINESE if primary in {"zh", "cmn", "yue"} else ENGLISH
