"""Postal addresses, down to a house: a street's name alone is no address."""

from presidio_analyzer import PatternRecognizer

from frontdoor.privacy.recognisers.shapes import pattern

ENTITY = "addresses"
# Names of places hold none of these, or it is not worth telling: they stand between an address and what leads to it.
_H = r"[\p{Han}--[在到至是为往住寄送请的了我你您他她从把去]]"
_UNIT = r"(?:[A-Za-z]?\d{1,5}|[A-Za-z]|[一二三四五六七八九十]{1,3})(?:[-—]\d{1,5}){0,3}"
_PART = rf"\s?(?:{_H}{{0,8}})?{_UNIT}\s?(?:号楼|號樓|号院|号|號|楼|樓|层|層|栋|棟|幢|座|单元|單元|室|房|户|门|塔|弄|巷)"
_NOT_THEN = r"(?!线|前|后|之前|之后|左右|发货|到货|發貨|到貨|下午|上午|早上|晚上|那天|以前|以后|开始|公交|车)"
_REGION = rf"(?>{_H}{{2,8}}?(?:省|自治区|特别行政区|市|自治州|地区|盟|区|县|旗|镇|乡|街道|新区|開發區|开发区|區|縣|鄉|鎮)\s?,?)"
_ROAD = rf"{_H}{{1,10}}?(?:路|街|大道|大街|胡同|巷|弄|里|道|村|公路|环路|街坊|段)"
_ESTATE = rf"{_H}{{2,12}}?(?:小区|花园|花苑|苑|公寓|大厦|大楼|新村|家园|广场|中心|园区|科技园|产业园|工业园|工业区|校区|宿舍|新城|名城|府|庭|湾)"
_TAIL = rf"(?:{_PART}){{0,6}}(?:\s?\d{{1,4}}(?:-\d{{1,4}}){{1,3}}(?!\d)|\s?\d{{3,6}}(?!\d))?"


class ChineseAddresses(PatternRecognizer):
    """省市区路号: with a region, or from the street on."""

    def __init__(self) -> None:
        numbered = rf"{_ROAD}\s?(?:{_H}{{0,6}})?{_UNIT}\s?(?:号|弄|巷|號|甲|乙){_NOT_THEN}"
        regional = rf"(?:中国)?{_REGION}{{1,5}}+(?:{numbered}|{_ROAD})?\s?(?:{_ESTATE})?(?:{_PART}){{1,6}}{_NOT_THEN}(?:{_ESTATE})?{_TAIL}"
        street = rf"(?<!{_H}){_H}{{2,6}}?(?:路|街|大道|大街|胡同|公路)\s?{_UNIT}\s?(?:号|弄|號){_NOT_THEN}(?:{_ESTATE})?{_TAIL}"
        estate = rf"(?<!{_H}){_ESTATE}\s?(?:[A-Za-z东西南北]区|[一二三四五六]期)?\s?{_UNIT}\s?(?:号楼|栋|幢|座|单元|室|号){_TAIL}"
        hong_kong = (
            rf"(?:香港|九龍|九龙|新界|澳門|澳门){_H}{{0,12}}?(?:道|路|街|徑|里)\s?\d{{1,4}}[A-Za-z]?(?:號|号){_TAIL}"
        )
        patterns = [
            pattern("regional", f"(?V1){regional}"),
            pattern("street", f"(?V1){street}"),
            pattern("hong kong", f"(?V1){hong_kong}"),
            pattern("estate", f"(?V1){estate}"),
        ]
        super().__init__(ENTITY, patterns=patterns)


class EnglishAddresses(PatternRecognizer):
    """Number, street, and the town with its code behind it."""

    def __init__(self) -> None:
        word = r"[A-Z][\w'’.-]*"
        kind = (
            r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Place|Pl|Way|Terrace|Square|Sq|Close|"
            r"Crescent|Cres|Highway|Hwy|Parkway|Pkwy|Row|Walk|Gardens|Grove|Mews|Hill)\b\.?"
        )
        unit = r"(?:(?:Flat|Apt|Apartment|Unit|Suite|Room|Rm|Floor|Fl)\.? ?#?\w{1,6}|#\w{1,6}|\d{1,3}/F)"
        code = r"(?:[A-Z]{2,3} \d{4}\b|[A-Z]{2},? \d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|\d{5,6})"
        town = rf"(?:,? {word}(?: {word}){{0,2}}(?=,|\.| [A-Z]{{1,2}}\d| [A-Z]{{2,3}},? \d|$|\s*\n))"
        house = r"(?<![\w.,/-])\d{1,5}[A-Za-z]?(?:-\d{1,5})?"
        proper = rf"(?:{unit},? )?{house},? (?:(?:N|S|E|W|North|South|East|West)\.? )?(?:{word} ){{1,4}}{kind}(?:,? {unit})?{town}{{0,3}}(?:,? {code})?"
        loose = (
            r"(?i:"
            + house
            + r" (?!(?:the|a|an|of|on|in|my|hard|usb|flash|test|down|to|more|days?|hours?|items?|orders?|miles?|minutes?)\b)"
            r"[a-z']{3,15}(?: (?!the|on|in)[a-z']{2,15})? (?:street|road|avenue|lane|boulevard)\b(?:,? (?:flat|apt|apartment|unit|suite) ?#?\w{1,6})?)"
        )
        box = r"(?i:\bP\.? ?O\.? box) \d{1,6}"
        zip_code = rf"\b(?:{word} ){{0,2}}{word}, [A-Z]{{2}} \d{{5}}(?:-\d{{4}})?\b"
        british = r"\b(?:[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2})\b(?<=(?i:post ?code|london|manchester|bristol|leeds|glasgow|edinburgh|cardiff|belfast|oxford|cambridge)\W{0,3}(?i:is )?.{6,8})"
        patterns = [
            pattern("proper", proper), pattern("loose", loose), pattern("box", box), pattern("zip", zip_code),
            pattern("postcode", british),
        ]  # fmt: skip
        super().__init__(ENTITY, patterns=patterns, global_regex_flags=0)
