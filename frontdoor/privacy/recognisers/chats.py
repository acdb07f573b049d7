"""Names on chats, where it says so, and number plates of cars."""

from presidio_analyzer import PatternRecognizer

from frontdoor.privacy.recognisers.shapes import BEGINS, ENDS, pattern

_SAYS = r"(?: ?(?:号|號|id|account))? ?(?:就)?(?:是|为|is|[:：])?[ “\"]{0,2}"


class ChatIds(PatternRecognizer):
    """WeChat names (6 to 20 letters, digits, _ and -), QQ numbers, names on LINE, Weibo and Telegram."""

    def __init__(self) -> None:
        wechat = rf"(?:微信|wechat|weixin|(?<![A-Za-z])wx|v信|薇信|加v|威信){_SAYS}\K(?=[A-Za-z0-9_-]*[\d_-])[A-Za-z][A-Za-z0-9_-]{{5,19}}{ENDS}"
        wxid = rf"{BEGINS}wxid_[A-Za-z0-9]{{6,20}}"
        number = rf"(?:(?<![A-Za-z])qq|扣扣|企鹅号){_SAYS}\K[1-9]\d{{4,10}}{ENDS}"
        other = rf"(?:(?<![A-Za-z])line|微博|telegram|skype|抖音){_SAYS}\K@?(?=[A-Za-z0-9_.-]*[\d_.@-])[A-Za-z][A-Za-z0-9._-]{{3,29}}{ENDS}"
        patterns = [pattern("wechat", wechat), pattern("wxid", wxid), pattern("qq", number), pattern("other", other)]
        super().__init__("chat_ids", patterns=patterns)


class Plates(PatternRecognizer):
    """Number plates of mainland China: 京A12345, and those of electric cars with one more."""

    def __init__(self) -> None:
        province = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
        text = rf"[{province}][A-HJ-NP-Z][ ·•.-]?[A-HJ-NP-Z0-9]{{4,5}}[A-HJ-NP-Z0-9挂学警港澳]{ENDS}"
        super().__init__("plates", patterns=[pattern("plate", text)], global_regex_flags=0)
