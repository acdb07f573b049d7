"""People's names, where somebody says whose it is. Names that are known are found by `frontdoor/privacy/known.py`.

No model of a language looks for them: what is not introduced, and not known, is not found.
"""

from presidio_analyzer import PatternRecognizer

from frontdoor.privacy.recognisers.shapes import pattern

ENTITY = "names"
_TWO = "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|令狐|慕容|司徒|端木|夏侯|独孤|南宫|歐陽|司馬|諸葛"
_ONE = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江"
    "尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕"
    "單单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳欧管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧"
    "張劉陳楊黃趙吳孫馬羅鄭謝許韓馮鄧蔣葉蘇呂盧鐘譚陸範賈韋鄒龍賀顧錢嚴湯溫莊聶魯關蘭寧陽衛"
)
_FULL = rf"(?:(?:{_TWO})\p{{Han}}{{1,2}}|[{_ONE}]\p{{Han}}{{1,2}})"
_OVER = r"(?=[\s，,。.！!、；;：:）)】\]?？~～]|$|的?(?:电话|手机|地址|身份证|老师|先生|女士|小姐|收)|[,，]?\d|\+)"
_CAPITAL = r"(?:[OD]['’]|Mc|Mac)?\p{Lu}\p{Ll}+(?:[-'’]\p{Lu}\p{Ll}+)?"
_WHOLE = rf"{_CAPITAL}(?: (?:[A-Z]\.|{_CAPITAL}|van|von|de|da|bin|al)){{0,3}}"
_NO_NAME = (
    r"(?!(?:Not|Very|Still|Just|Really|Sorry|Sure|Happy|Unhappy|Angry|Looking|Trying|Waiting|Having|Going|Using|Afraid|Here|Back|"
    r"So|The|An?|In|On|At|From|Front|Calling|Writing|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|Also|Now|About|"
    r"Your|My|Our|Customer|Order|Product|Support|Team|Service)\b)"
)


class ChineseNames(PatternRecognizer):
    """我叫王芳, 收件人：张伟, 王女士."""

    def __init__(self) -> None:
        introduced = r"(?:我叫|我的名字(?:叫|是)?|本人(?:叫|姓名)?|名叫|我姓名是?|叫我|中文名?字?叫)[ ：:]{0,2}\K"
        field = (
            r"(?:姓名|名字|收件人|收货人|收貨人|联系人|聯絡人|寄件人|持卡人|户主|客户名|客户姓名|真实姓名|署名|投保人|签收人|开户名|户名)"
            r"(?:是|为|叫)?"
        )
        to = r"(?:寄给|发给|转给|交给|联系|找一下|转告)\K(?!方式|钱|任何|安排|金卡|时间|平台|商家|全)"
        polite = rf"(?<!对|双|甲|乙)(?:{_TWO}|[{_ONE}])\p{{Han}}{{0,2}}(?:先生|女士|小姐|太太|老师)"
        kin = r"(?:老公|老婆|妈妈|爸爸|儿子|女儿|朋友|同事|室友|我爸|我妈|家人)\K"
        no_name = r"(?!周[一二三四五六日末天]|方便|时间|时候|万一|温馨|常用|安全|明天)"
        number = r"(?:1[3-9]\d{9}|[1-9]\d{16}[\dXx])"
        beside = rf"(?<=(?<!\d){number}[ ，,]{{1,2}}){no_name}{_FULL}(?=[\s，,。]|$)"
        before = rf"(?<!\p{{Han}}){no_name}{_FULL}(?=[ ，,]{{0,2}}{number}(?!\d))"
        any_name = r"我叫(?!你|他|她|客服|人|快递|外卖|了|您|店|车|过)\K\p{Han}{2,4}(?=[，,。.！!]|$)"
        patterns = [
            pattern("introduced", rf"{introduced}(?:{_FULL}|{_WHOLE}){_OVER}"),
            pattern("field", rf"{field}[ ：:]{{0,3}}\K{_FULL}{_OVER}"),
            pattern("any field", rf"{field}[：:] ?\K\p{{Han}}{{2,6}}(?:·\p{{Han}}{{1,6}})*{_OVER}"),
            pattern("am", rf"(?<!不)我是\K{_FULL}(?=[，,。.！!；;]|$| )"),
            pattern("to", rf"{to}{_FULL}{_OVER}"),
            pattern("kin", rf"{kin}{_FULL}{_OVER}"),
            pattern("beside a number", beside),
            pattern("before a number", before),
            pattern("any", any_name),
            pattern("polite", polite),
        ]
        super().__init__(ENTITY, patterns=patterns, global_regex_flags=0)


class EnglishNames(PatternRecognizer):
    """My name is Ann Lee; this is Ann Lee speaking; Mr Lee."""

    def __init__(self) -> None:
        introduced = (
            r"(?i:\bmy (?:full )?name(?: is|['’]s|:)|\bname on (?:the )?(?:card|order|account|booking) is|\bcall me) \K"
        )
        field = r"(?i:\b(?:full name|first name|last name|surname|recipient|ship to|deliver to|consignee|contact person|card ?holder|customer name|name)) ?: ?\K"
        speaking = rf"(?i:\bthis is) \K{_NO_NAME}(?:{_WHOLE}(?= speaking| here| from)|{_CAPITAL} {_CAPITAL}(?=[,.!]|$))"
        am = rf"(?i:\bI am|\bI['’]m|\bit['’]s) \K{_NO_NAME}{_CAPITAL} {_CAPITAL}(?=[,.!]| from| and|$)"
        here = rf"(?:^|[.!,]) ?\K{_NO_NAME}{_CAPITAL} {_CAPITAL}(?= here\b)"
        asked_for = rf"(?i:\b(?:contact|ask for|deliver to|attention of|attn:?|c/o|speak (?:to|with))) \K{_NO_NAME}{_CAPITAL} {_CAPITAL}\b"
        polite = rf"\b(?:Mr|Mrs|Ms|Miss|Dr)\.? {_CAPITAL}(?: {_CAPITAL})?"
        signed = (
            rf"(?i:\b(?:kind |best |warm )?regards|\bcheers|\bsincerely|\bthanks),?[ \n]+\K{_NO_NAME}{_WHOLE}(?=\s*$)"
        )
        lower = r"(?i:\bmy (?:full )?name is) \K[a-z]{2,20}(?: [a-z]{2,20})?(?=[,.!]|$)"
        patterns = [
            pattern("introduced", rf"{introduced}{_NO_NAME}{_WHOLE}"),
            pattern("field", rf"{field}{_WHOLE}"),
            pattern("speaking", speaking),
            pattern("here", here),
            pattern("asked for", asked_for),
            pattern(
                "called",
                rf"(?i:\b(?:call|ring|text|phone)) \K{_NO_NAME}{_CAPITAL}(?: {_CAPITAL})?(?= (?:on|at) [+(\d])",
            ),
            pattern("am", am),
            pattern("polite", polite),
            pattern("signed", signed),
            pattern("lower", lower),
        ]
        super().__init__(ENTITY, patterns=patterns, global_regex_flags=0)
