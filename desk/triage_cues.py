"""What triage looks at, and what each of it weighs: a cue adds its weights (log-odds) to the values it speaks for.

The weights are where a desk begins; `frontdoor desk fit` learns better ones from what people correct. Patterns see
lower case, simplified characters, straight quotes, and no blank between Chinese characters.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

VALUES: Mapping[str, tuple[str, ...]] = {
    "complexity": ("simple", "complex"),
    "urgency": ("low", "normal", "high", "urgent"),
    "value": ("normal", "high"),
    "risk": ("low", "medium", "high"),
}
"""What the dimensions can be, from less to more; categories are those of tiers.yml."""
DIMENSIONS = ("category", *VALUES)

BIAS: Mapping[str, float] = {
    "category.other": 0.8, "complexity.simple": 1.0, "urgency.normal": 1.0, "value.normal": 1.5, "risk.low": 1.5,
}  # fmt: skip
"""Where a handoff stands that nothing is known of."""


@dataclass(frozen=True, kw_only=True)
class Cue:
    """Something that can be seen in a handoff. `en` and `zh` are what agents read; `says`: the words, if it is words;
    `unless` is taken out of the text before.
    """

    name: str
    en: str
    zh: str
    weights: Mapping[str, float]
    says: re.Pattern[str] | None = None
    unless: re.Pattern[str] | None = None


def _weights(text: str) -> dict[str, float]:
    parts = [each.rsplit(" ", 1) for each in text.split(", ")]
    return {name: float(weight) for name, weight in parts}


def _words(name: str, en: str, zh: str, weights: str, *patterns: str, unless: str = "") -> Cue:
    says = re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
    less = re.compile(unless) if unless else None
    return Cue(name=name, en=en, zh=zh, weights=_weights(weights), says=says, unless=less)


def _seen(name: str, en: str, zh: str, weights: str) -> Cue:
    return Cue(name=name, en=en, zh=zh, weights=_weights(weights))


WORDS = (
    _words(
        "order_words", "Speaks of an order", "提到订单", "category.order 1.6",
        r"\b(?:orders?|ordered|purchases?|bought by mistake)\b(?! (?:now|from you|one|some))", r"订单|下单|下的单|单子|单号|下错单|买错|选错",
    ),
    _words(
        "order_change", "Wants an order changed or cancelled", "想修改或取消订单", "category.order 1.6",
        r"\b(?:cancel\w*|change|amend|edit|modify|add|remove|swap|update)\b.{0,40}\b(?:orders?|purchases?|items?|quantity)\b",
        r"\b(?:missing|forgot|only (?:got|received|one|two|half))\b.{0,30}\b(?:items?|parts?|one of|half|in the (?:box|parcel))\b|\bcancel\b.{0,30}\b(?:i|we) (?:bought|ordered)\b",
        r"\b(?:cancel\w*|cancellation|termination|withdrawal|early exit) (?:fees?|charges?|penalt\w+)\b",
        r"(?:取消|修改|更改|改|撤销|合并|拆).{0,6}(?:订单|单子|购买)|订单.{0,6}(?:取消|修改|改|撤)|少发|漏发|发错|少了.{0,3}[件个]|只(?:有|收到|发了).{0,2}[一1半](?:个|件)?|违约金|取消",
    ),
    _words(
        "order_status", "Asks how an order stands", "询问订单进度", "category.order 1.3",
        r"\b(?:status|progress)\b.{0,25}\b(?:order|purchase)\b|\b(?:order|purchase)\b.{0,25}\bstatus\b|\btrack\b.{0,15}\border\b",
        r"订单.{0,6}(?:状态|进度|到哪|怎么样)|(?:查|看).{0,5}订单|为什么还没发货|还不发货|没发货",
    ),
    _words(
        "payment_words", "Speaks of paying or of an invoice", "提到付款或发票", "category.payment 2.4",
        r"\b(?:invoic\w*|bills?|billing|receipts?|vat|payments?|paid|pay(?:ing)?|charged|charges? (?:on|to)|debit\w*|credit cards?|cards? do you (?:take|accept)|"
        r"instal?lments?|gift cards?|vouchers?|coupons?|promo codes?|paypal|alipay|wechat pay|apple pay|bank transfer|fapiao|financing|refuses? my card|bank statement|balance)\b",
        r"发票|专票|普票|开票|红冲|报销|抬头|刷.{0,3}卡|银联|对公|公户|银行|拒付|余额|税号|付款|支付|付钱|扣款|扣了.{0,5}(?:钱|款|元|块|次)|重复扣|转账|分期|花呗|信用卡|银行卡|优惠券|礼品卡|收据|账单|刷卡",
    ),
    _words(
        "payment_wrong", "Money was taken wrongly or a payment failed", "扣款有误或支付失败",
        "category.payment 1.6, urgency.high 1.6, risk.medium 2.2",
        r"\b(?:charged|debited|billed|paid)\b.{0,20}\b(?:twice|double|two times|again|wrong\w*|too much)\b|\b(?:double|duplicate|unauthori[sz]ed|unknown) (?:charge|payment|debit)\w*",
        r"\b(?:payments?|card|checkout)\b.{0,20}\b(?:fail\w*|declined|rejected|refused|error|not go\w* through|issues?|problems?)\b",
        r"(?:重复|多|乱|错|两次|莫名).{0,3}(?:扣|收).{0,3}(?:款|钱|费|次)|扣了?.{0,3}(?:两|2|三|3|俩)(?:次|笔|回)|(?:付款|支付|刷卡).{0,5}(?:失败|不了|出错|异常|不成功)|不是我.{0,6}(?:消费|刷)",
    ),
    _words(
        "delivery_words", "Speaks of a delivery", "提到配送或物流", "category.delivery 2.6",
        r"\b(?:deliver\w*|(?:evening|morning|time|delivery|another) slot|concierge|ship(?:s|ped)? to|shipp\w+|shipment\w*|ship (?:to|my|it)|parcels?|packages?|couriers?|tracking|track (?:my|the)|postman|arriv\w+|dispatch\w*|in transit|left the depot|warehouse|pick-?up point|drivers?)\b",
        r"\b(?:delivery|shipping|new|wrong|old|another|different) addr\w*|\baddress (?:change|update|correction)\b|\bhow soon (?:can|will|do)\b.{0,20}\b(?:expect|get|receive|have)\b|\b(?:when|what time) (?:will|does|do|is|are)\b.{0,30}\b(?:come|coming|be here|get here)\b|\border(?:ing)? from (?!you\b|us\b|the\b)|\b(?:change|correct|edit\w*|set|enter|update|updating|modify\w*|changing|correcting)\b.{0,25}\baddress\b",
        r"寄(?:到|出|给)|发到.{1,6}(?:要|几)|发货了|到仓|派件|送上楼|快递|物流|包裹|配送|派送|送货|签收|发货|运费|收货|驿站|快递员|送到|送过来|送来|送上门|几号.{0,3}[送到]|出库|到货|没收到|收不到|什么时候(?:能)?到|几天(?:能)?到|在途|司机|地址",
        unless=r"\b(?:e-?mail|billing|ip|web) address|邮箱地址|开票地址",
    ),
    _words(
        "delivery_late", "Something has not arrived", "货物未到", "category.delivery 1.0, urgency.high 1.5",
        r"\bshould have (?:been here|arrived|come)\b|\b(?:still|yet|never|not|hasn'?t|haven'?t|didn'?t)\b.{0,25}\b(?:arrive\w*|come|received|delivered|shipped|here|moved)\b|\b(?:late|lost|delayed|stuck)\b.{0,20}\b(?:parcel|package|delivery|shipment)\b|\bwhere(?:'s| is| are)\b.{0,20}\b(?:parcel|package|order|delivery|stuff)\b",
        r"(?:还|一直|迟迟|都)(?:没|未|不)(?:有)?(?:到|收到|送|动|更新)|(?:物流|快递|包裹).{0,10}没更新|丢(?:件|了)|延误|卡在|没有更新|不更新|(?:货|东西|包裹)(?:呢|在哪|去哪)",
    ),
    _words(
        "returns_words", "Wants to return, exchange or be refunded", "要求退换货或退款", "category.returns 3.2",
        r"\b(?:returns?|returning|returned|send\b.{0,25}\bback|rebat\w+|compensations?|restituton|refund\w*|reimburs\w*|restitution|(?:give|given|giving) (?:it|them|this) back|price protection|price difference|don'?t want (?:it|them|this) any ?more|new one instead|want a new one|money back|exchang\w+|replacement|swap it|compensation of)\b",
        r"不想要了|价保|差价|补差|拿回.{0,3}钱|退货|退款|退换|换货|退回|退掉|退钱|想退|能退|退吗|退(?:了|一下|这)|换一?(?:个|台|件)|七天无理由|7天无理由|返款",
    ),
    _words(
        "damaged", "Something came broken or wrong", "收到的商品破损或有误",
        "category.returns 2.2, urgency.high 0.3",
        r"\b(?:damaged|cracked|dent\w*|scratch\w*|shattered|broken|smashed|faulty|defective|wrong (?:item|size|colou?r|model|one))\b",
        r"破损|碎了|裂了|划痕|磕碰|凹|摔坏|坏的|次品|瑕疵|发错|颜色不对|尺寸不对|型号不对|不是我(?:买|要)的",
    ),
    _words(
        "product_words", "Asks what a product can do or how it is used", "询问产品功能或用法", "category.product 2.2",
        r"\b(?:how (?:loud|big|heavy|tall|wide|hot|long does (?:it|the \w+) (?:last|take)) |(?:which|what) (?:\w+ )?(?:fits?|filter|bag|size)\b|on induction|how to (?:use|clean|descale|wash|program)|video (?:that|on|how)|how (?:do|can|should) (?:i|you) (?:use|clean|set|descale|wash|run|program|store|replace|install)|manual|instructions?|descal\w+|dishwasher[- ](?:safe|proof)|go in the (?:dishwasher|oven|microwave)|(?<!air )filters?|spare parts?|accessor\w+|compatib\w*|dimensions?|does (?:it|the \w+(?: \w+)?) (?:support|have|come|work|fit)|protection plan|covered|warranty|guarantee\w*|capacity|wattage|energy (?:class|label))\b",
        r"怎么(?:用|洗|除垢|保养|清洗|清洁|使用|拆|换滤|安装)|说明书|滤芯|滤网|配件|耗材|延保|过保|在保|保内|保(?:几|多少|不保)|还保|包不包|磁炉|清洗|适用|适合什么|多大|多重|多高|多宽|保修|质保|尺寸|参数|功率|容量|能效|兼容|适配|噪音|功能|材质",
    ),
    _words(
        "account_words", "Speaks of an account", "提到账户或会员", "category.account 3.0",
        r"\b(?:accounts?|password|pwd|passcode|(?:my|a|another|the|free) user\b|sign-?up|personal information|key (?:reset|recovery)|(?:my|user|access|profile) key|pin\b|log ?in|logg(?:ed|ing) (?:in|out)|sign ?(?:in|up)|signup|regist\w+|profile|log me in|locked out|blocked after|gold|silver|platinum|invite|referral|refer a friend|pin code|user key|verification code|sms code|two-?factor|membership|loyalty|points|newsletter|unsubscribe|subscri\w+|username|e-?mail address|phone number you have)\b",
        r"账号|账户|帐号|帐户|密码|登录|登不|登陆|注册|注销|验证码|金卡|银卡|权益|入会|生日券|邀请好友|会员|积分|换绑|绑定|手机号|实名|昵称|头像",
    ),
    _words(
        "technical_words", "Something does not work", "设备或系统故障", "category.technical 2.3",
        r"\b(?:not work\w*|doesn'?t work|no longer (?:works?|connects?|charges?|starts?|turns?|heats?)|stays? (?:black|dark|off|cold)|won'?t (?:start|turn|switch|charge|connect|open|load|heat|spin|drain|stop)|stopped (?:working|heating|cooling|charging)|error (?:code|message)?|crash\w*|freez\w+|frozen|keeps? (?:beeping|rebooting|restarting|disconnecting|stopping|turning)|wi-?fi|bluetooth|firmware|(?:app|website|page) (?:is|won'?t|keeps|shows|does)|repair\w*|technician|install(?:ation|er|ed)?\b|fitter|mended|spare parts|no hot water|(?:display|screen) (?:is|went) (?:dead|black|blank)|malfunction\w*|broke down|leaks?|leaking|makes? (?:a )?(?:strange|loud|weird) nois\w+|no (?:power|picture|sound|signal)|blank screen|reset)\b",
        r"故障|坏了|报错|错误代码|死机|闪退|卡死|报修|上门(?!取)|安装(?!费怎么)|挂墙|不脱水|不排水|不通电|离线|配网|失灵|转不动|声音(?:很|太|特别)?(?:大|怪|奇怪)|奇怪的声|连不上|连接不上|开不了机|不开机|无法(?:启动|开机|联网|连接|打开)|不制冷|不加热|不出水|不转|不启动|漏水|异响|黑屏|花屏|没反应|重启|维修|修(?:一下|理|了)|师傅|固件|蓝牙|网络|联网|充不进|打不开|响个不停",
    ),
    _words(
        "complaint_words", "Complains about us", "对我们表示不满", "category.complaint 2.6, urgency.high 1.6",
        r"\b(?:complain\w*|complaint|recla?m\w+|claim against|(?:make|making|file|filing|lodge|lodging|raise) (?:an? )?(?:\w+ )?claims?|(?:consumer|customer) claims?|unacceptable|disgrace\w*|rude|worst (?:service|company|experience)|terrible service|nobody (?:cares|answers|replies|helps)|fed up|lied to|ripped off|appalling|outrageous|unprofessional|bad experience|disappoint\w*|never (?:buy|order|shop) .{0,15}again|hung up on)\b",
        r"投诉|举报|态度(?:太|很|恶劣|差|不好)|服务(?:太|真|很)差|骗(?:人|子|我)|欺骗|敷衍|推卸|踢皮球|没人(?:管|理|回)|忍无可忍|失望|不负责|再也不(?:买|来|会)|挂(?:我|了我).{0,2}电话|说法|太过分|差评|垃圾(?:公司|服务|客服)",
    ),
    _words(
        "presales_words", "Is about to buy", "有购买意向", "category.presales 3.0",
        r"\b(?:(?:thinking|planning|considering|looking|interested|want|wish|would like|'d like|about) (?:of |to |about |in )?(?:buy\w*|purchas\w+|order(?:ing)? (?:an?|some|several)|getting (?:a|one|an))|before i (?:buy|order|purchase)|(?:which|what) (?:one|model|of (?:the|your))?\b.{0,40}\b(?:recommend|better|suits?|best)\b|recommend (?:a|an|me|one)|do you (?:sell|stock|carry|have (?:any|the))|(?:send|make|get) (?:us |me )?an offer|become a (?:dealer|reseller|partner)|in stock|(?:bulk|volume|student|corporate|quantity) (?:discount|price|order)s?|quote|quotation|new models?|best price|price match|how much (?:is|does|do|are|for)|(?:is there|get|any) (?:a )?discount|discount (?:for|if|on)|on sale|reseller|dealer|wholesale)\b",
        r"合适|新款会|门店有|想(?:买|购|入手|订购)|打算(?:买|购|入手|换)|准备(?:买|购|入手)|考虑(?:买|入手|购)|新款|哪(?:款|个|种|台).{0,8}(?:好|适合|推荐)|推荐(?:一|哪|个|下)|有没有(?:货|现货|卖|优惠|活动)|有(?:现货|货)吗|多少钱|什么价|报价|团购|批发|采购|代理|加盟|优惠吗|优惠价|打折|便宜(?:点|吗|一点)|卖(?:不卖|吗)|买之前|下单前",
        unless=r"多少钱.{0,4}退|退.{0,6}多少钱|运费.{0,4}多少钱",
    ),
    _words(
        "buy_words", "Wants to place an order", "想下单购买", "category.order 1.9, category.presales 0.9",
        r"\b(?:buy\w*|purchas(?:e|ing) (?:some|several|an?|\w+ of)|acquir\w+|shop (?:an?|some|several|for)|earn (?:an?|some|several|a few)|place an order|make an order|order(?:ing)? (?:an|some|several|something|a) )", r"怎么(?:买|下单|购买|订)|在哪(?:买|下单)",
    ),
    _words(
        "legal_threat", "Threatens with law, media or an authority", "提及法律、媒体或监管",
        "risk.high 4.2, category.complaint 1.6, urgency.high 1.8, complexity.complex 1.6",
        r"\b(?:lawyers?|attorney|solicitor|sue|suing|lawsuit|court|legal action|take legal|prosecut\w+|ombudsman|trading standards|consumer (?:protection|rights|association|council)|regulator|watchdog|small claims)\b",
        r"\b(?:go(?:ing)? (?:to|public)|tell|contact\w*|call|report\w*|post(?:ing)?)\b.{0,30}\b(?:press|media|newspapers?|journalists?|tv station|police|authorit\w+|public|reporter)\b|\bpost (?:this|it|everything) (?:on|all over)\b",
        r"律师|起诉|法院|打官司|法律途径|法律责任|走法律|仲裁|12315|工商|消协|消费者协会|市场监管|监管(?:局|部门)|质监|曝光|媒体|记者|电视台|报社|报警|警察|派出所|发到(?:网上|微博|抖音|小红书)",
    ),
    _words(
        "fraud", "Speaks of fraud or of somebody else's doing", "涉及诈骗或盗用",
        "risk.high 3.6, urgency.urgent 3.0, category.account 2.4",
        r"\b(?:fraud\w*|scam\w*|stolen|hacked|phish\w*|identity theft|impersonat\w*|someone else (?:used|ordered|logged|has)|i (?:did ?n[o']t|never) (?:order|make|authori[sz]e|buy|place)\w*)\b",
        r"诈骗|盗刷|盗号|被盗|盗用|冒充|钓鱼|被骗|骗子|不是(?:我|本人)(?:下|买|操作|消费|登录)|有人(?:用|登).{0,6}我的",
    ),
    _words(
        "health", "Somebody's health or a child is concerned", "涉及人身健康或儿童",
        "risk.high 2.6, urgency.urgent 2.2, category.product 1.0",
        r"\b(?:allerg\w+|rash|poison\w*|sick from|made (?:me|us|my \w+) (?:ill|sick)|choke\w*|choking|swallow\w*|baby|infant|toddler|unsafe|dangerous|hazard\w*)\b",
        r"过敏|起疹|中毒|吃坏|呕吐|宝宝|婴儿|误食|吞(?:了|下)|危险|不安全|安全隐患",
    ),
    _words(
        "privacy_words", "Concerns personal data", "涉及个人信息", "risk.medium 2.6, category.account 1.8",
        r"\b(?:gdpr|personal (?:data|information)|privacy|data (?:breach|leak|protection)|leaked|delete (?:all )?my (?:data|information))\b",
        r"个人信息|隐私|信息(?:泄露|泄漏|被泄)|泄露|数据保护|删除我的(?:数据|信息)",
    ),
    _words(
        "large_sum", "A large sum is at stake", "涉及金额较大", "risk.medium 1.4, complexity.complex 0.5",
        r"(?:[$€£¥]|usd|eur|rmb) ?(?:[1-9]\d{3,}|\d{1,3}(?:,\d{3})+)|\b[1-9]\d{3,}(?:\.\d+)? ?(?:dollars|euros?|pounds|yuan|usd|eur|rmb)\b",
        r"[1-9]\d{3,}(?:\.\d+)? ?(?:元|块|人民币)|[一二两三四五六七八九十几\d]+万(?:元|块|多)?",
    ),
    _words(
        "compensation", "Asks for damages", "要求赔偿", "risk.medium 2.4, complexity.complex 1.6, category.complaint 1.6, urgency.high 1.4",
        r"\b(?:damages|compensat\w+|liab\w+|make it right|goodwill)\b", r"赔偿|赔付|赔我|补偿|索赔|假一赔|退一赔",
    ),
    _words(
        "pressing", "The words press", "措辞紧迫", "urgency.high 2.6",
        r"\b(?:urgent\w*|asap|immediately|right now|emergency|today|tonight|tomorrow|deadline|this (?:morning|afternoon|evening)|as soon as possible|right away|can'?t wait|in an hour|leaving (?:on|in|for))\b",
        r"紧急|马上|立刻|立即|赶紧|尽快|急用|着急|很急|急着|急需|今天|今晚|明天|等不(?:了|及)|加急",
    ),
    _words(
        "no_hurry", "There is no hurry", "表示不急", "urgency.low 4.0",
        r"\b(?:no (?:rush|hurry)|not urgent|whenever you|when you have time|take your time|just (?:curious|wondering)|at your convenience|some day)\b",
        r"不急|不着急|有空(?:再|的时候)|方便的时候|随便问问|只是问问|只是想了解|慢慢来|什么时候都行",
    ),
    _words(
        "again", "It has been tried before", "之前已尝试或反复出现", "complexity.complex 1.8, urgency.high 1.4",
        r"\b(?:again|(?:second|third|fourth) (?:time|one)|(?:two|three|four|\d) times|twice (?:already|now)|(?:wrote|written|called|asked) (?:twice|three times)|several times|many times|keeps happening|still (?:not|no|hasn'?t|haven'?t|isn'?t)|already (?:called|wrote|tried|contacted|spoke|sent|asked)|for (?:two|three|four|\d+|several) (?:weeks|months)|back and forth|nobody|last time|once more)\b",
        r"(?:两|三|四|几|[2-9])[次回]了|(?:改|问|修|打|来|换)(?:过|了)?(?:两|三|四|几|[2-9])[次回]|又(?:坏|出|让|是|没|是|来)|第[二三四五2-9]次|好几次|多次|反复|再次|还是(?:没|不)|已经(?:联系|打|问|投|找|换|修)过|上次|(?:两|三|几|好几|\d+)个?(?:月|星期|周)了|来回|没人",
    ),
    _words(
        "several_departments", "Several things come together", "涉及多个环节", "complexity.complex 1.9",
        r"(?:says?|told me|claims?) .{3,60}\b(?:and|but|while) .{3,40}\b(?:says?|told|claims?)\b|\b(?:both|and (?:also|on top)|on top of that|in addition|furthermore|at the same time|as well as|not only|plus|meanwhile|first\b.{5,120}\bthen|but (?:the|your) (?:\w+ )?(?:courier|bank|warehouse|shop|seller|manufacturer|store|colleague|technician)\b.{0,40}\b(?:says?|told|claims?|insists?))\b",
        r"(?:说|让).{2,15}[，,].{2,15}(?:又说|又让|说|却)|同时|另外|而且|并且|还有一(?:个|件)|一方面|不但|不仅|既.{1,12}又|(?:物流|快递|银行|仓库|门店|厂家|商家|平台|师傅|你们同事).{0,4}(?:却|说|让|又说|推)",
    ),
    _words(
        "business", "A company writes", "企业客户", "value.high 2.8, category.presales 1.2, complexity.complex 1.5",
        r"\b(?:our (?:company|firm|office|hotel|school|restaurant|organisation|organization|team) (?:\w+ )?(?:need|want|order|bought|purchas|would|is|plan)\w*|we are a \w+|for our (?:company|offices?|hotel|school|restaurant)|bulk order|purchasing department|framework (?:contract|agreement)|(?:[2-9]\d|\d{3,}) (?:units|pieces|machines|sets|pcs))\b",
        r"我们(?:公司|单位|学校|酒店|企业|工厂)|公司(?:采购|需要|要)|企业(?:采购|客户|团购)|单位采购|大批量|批量采购|(?:[2-9]\d|\d{3,})(?:台|套|件)|框架(?:协议|合同)",
    ),
    _words(
        "loyal", "Says to be a valued customer", "自称老客户或高等级会员", "value.high 2.4",
        r"\b(?:vip|platinum (?:member|customer|status)|gold (?:member|customer|status)|loyal customer|customer for (?:\w+ )?(?:\w+ )?years|long-?time customer)\b",
        r"vip|贵宾|白金|铂金|黑金|钻石会员|金卡|老(?:客户|顾客|用户|会员)|多年的?(?:客户|会员|用户)|年的(?:客户|会员|用户)",
    ),
)  # fmt: skip
"""Cues that are words, in either language."""

SAFETY = (
    _words(
        "danger", "Somebody may be in danger", "可能存在人身安全问题",
        "risk.high 6.0, urgency.urgent 5.0, category.technical 1.8",
        r"\b(?:caught fire|on fire|flames?|smoke|smoking|smokes|burning smell|smells? (?:of|like) (?:burning|gas|smoke)|gas leak|carbon monoxide|sparks?|sparking|electric(?:al)? shock|electrocut\w+|shocked (?:me|us|my)|explod\w+|explosion|blew up|short[- ]circuit\w*|swollen|swelled up|bulging|melt(?:ed|ing)|overheat\w*)\b",
        r"\b(?:injur\w+|bleeding|hospital|ambulance|burn(?:ed|t) (?:my|his|her|our|me)|scalded|hurt (?:my|his|her|himself|herself|me|badly)|cut (?:my|his|her) (?:hand|finger|arm|face))\b",
        r"冒烟|冒火|着火|起火|失火|火花|焦味|焦糊|糊味|烧焦|漏电|触电|电到|电了我|被电|爆炸|炸裂|炸了|短路|鼓包|燃气|煤气|一氧化碳|烫伤|烫到|受伤|流血|划伤|割伤|砸伤|骨折|住院|医院|急诊|救护车",
        unless=r"\b(?:fire tv|fire stick|smoke detectors?|smoking (?:area|room)|(?:fit|work|deliver\w*|order\w*|need\w*|buy\w*) (?:for|to|by) (?:a|the|our) hospital|shock[- ]resistant|shockproof|anti-?shock)\b|防漏电|漏电保护|(?:给|为|我们)医院",
    ),
    _words(
        "self_harm", "Speaks of harming themselves", "提及自伤", "risk.high 7.0, urgency.urgent 6.0",
        r"\b(?:kill myself|suicid\w*|end (?:my life|it all)|want to die|harm(?:ing)? myself|hurt(?:ing)? myself|don'?t want to live|no reason to live|better off dead)\b",
        r"自杀|轻生|不想活|想死(?!你)|活不下去|结束(?:我的|自己的)?生命|自残|自伤|跳楼|割腕",
    ),
)  # fmt: skip
"""Cues by which somebody may come to harm."""

HEARD = (
    _seen(
        "sensitive_safety",
        "Somebody may be in danger",
        "可能存在人身安全问题",
        "risk.high 6.0, urgency.urgent 5.0, category.technical 0.8",
    ),
    _seen("sensitive_self_harm", "Speaks of harming themselves", "提及自伤", "risk.high 7.0, urgency.urgent 6.0"),
    _seen("sensitive_legal", "Speaks of law", "涉及法律", "risk.high 4.2, urgency.high 1.5, complexity.complex 0.8"),
    _seen("sensitive_privacy", "Concerns personal data", "涉及个人信息", "risk.medium 2.6, category.account 0.6"),
    _seen("complaint", "Complains", "客户投诉", "category.complaint 2.4, urgency.high 1.0"),
)
"""What the bot took the customer's messages for."""

AROUND = (
    _seen("sensitive", "The bot leaves this to people", "机器人判定须人工处理", "risk.high 1.6, risk.medium 1.8"),
    _seen("reopened", "The customer says it is not solved", "客户表示问题未解决", "complexity.complex 1.4, urgency.high 0.6"),
    _seen("not_helpful", "The bot's answers did not help", "机器人的回答没有帮助", "complexity.complex 0.7"),
    _seen("appointment", "Booked an appointment", "已预约", "category.technical 1.2"),
    _seen("negative", "Sounds unhappy", "语气不满", "urgency.high 1.4, category.complaint 0.6, complexity.complex 0.4"),
    _seen("urgency_urgent", "Urgent from the start", "一开始就标为紧急", "urgency.urgent 6.0"),
    _seen("urgency_high", "Pressing from the start", "一开始就标为较急", "urgency.high 3.0"),
    _seen("urgency_low", "Not urgent from the start", "一开始就标为不急", "urgency.low 4.0"),
    _seen("valued", "Belongs to a valued segment", "属于重点客户", "value.high 6.0"),
    _seen("many_failed", "The bot failed several times", "机器人多次未能回答", "complexity.complex 1.0"),
    _seen("long_text", "A long story", "描述较长", "complexity.complex 1.2"),
    _seen("several_topics", "Several topics at once", "同时涉及多个主题", "complexity.complex 1.1"),
    _seen("earlier_tickets", "Wrote to us several times lately", "近期多次来询", "complexity.complex 1.3, urgency.high 0.5"),
    _seen("earlier_reopened", "Earlier help did not last", "之前的问题曾被重新打开", "complexity.complex 1.0, risk.medium 0.8"),
    _seen("earlier_unhappy", "Rated earlier help low", "之前的评价较低", "risk.medium 1.6, urgency.high 0.6"),
)  # fmt: skip
"""Cues from around the words: how it came here, the customer, and what was before."""

CUES: Mapping[str, Cue] = {cue.name: cue for cue in (*WORDS, *SAFETY, *HEARD, *AROUND)}
