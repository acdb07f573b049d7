"""What patterns of numbers have in common: where a number begins and ends, and what its label says that it is."""

from presidio_analyzer import Pattern

BEGINS = r"(?<![0-9A-Za-z]|[0-9][.,])"
"""Nothing of it stands before: HL2026112201 is an order, not a number."""
ENDS = r"(?![0-9A-Za-z]|[.,][0-9])"

_OTHER_ZH = r"(?:订单|運單|运单|快递|物流|流水|交易|发票|编|批|工单|货|序列|产品|商品|设备|取件|验证|兑换|优惠|凭证|型|单|參考|参考)(?:单)?(?:号|码|编号|號|碼){0,2}"
_OTHER_EN = r"\b(?:order|tracking|invoice|reference|ref|ticket|serial|parcel|shipment|sku|model|case|item|receipt|transaction|batch|coupon|voucher)s?"
_JOIN = r"[\s\"“「（(]{0,2}(?:number|num|no\.?|nr\.?|id|code)?[\s.]{0,2}(?:是|为|为:|is|was|[:#=])?[\s\"“「#]{0,2}"
NOT_LABELLED_OTHERWISE = rf"(?<!(?:{_OTHER_ZH}|{_OTHER_EN}){_JOIN})"
"""It does not say directly before it that it is the number of an order, a parcel, an invoice or the like."""


def pattern(name: str, text: str, score: float = 0.9) -> Pattern:
    """A pattern of Presidio's. A pattern whose recogniser checks a sum gets full or no score by that."""
    return Pattern(name, text, score)


def labelled(*words: str, within: int = 8) -> str:
    """One of these words stands before, with no digit and no end of a sentence in between."""
    return rf"(?<=(?:{'|'.join(words)})[^\d。！？!?\n]{{0,{within}}})"
