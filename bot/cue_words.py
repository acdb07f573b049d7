"""Words by which what belongs to humans is recognised, in both languages, one `Cue` an intent.

Matched against `bot.cues.plain`: lower case, no blank between Chinese characters, traditional forms beside simplified
ones. Chosen for recall: a person who reads a superfluous call loses a minute, a missed one can cost far more. What they
find and what they wrongly find is measured by bench/people.py.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Cue:
    """`says`: enough by itself. `not_so`: what looks like it and isn't, taken out of the text before. `hints`: without
    one of them the head's guess is not believed, unless it is very sure."""

    says: re.Pattern[str]
    not_so: re.Pattern[str]
    hints: re.Pattern[str]


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


_A = r"(?:(?:a|an|the|your|my|some|any|one|another|different|actual|actually|real|live|human|other|proper|of|you|good) )*"
_ROLE = (
    r"(?:humans?|human being|agents?|operators?|representatives?|reps?|supervisors?|managers?|employees?|colleagues?|"
    r"staff(?: member)?|member of staff|advis[eo]rs?|consultants?|specialists?|assistants?|csr|boss|founders?|owners?|directors?|ceo|"
    r"(?:customer|bank|support|service|sales|shop|call cent(?:er|re)) (?:worker|agent|assistant|rep|clerk|person|people))"
)
_OFFICE = (
    r"(?:(?:customer|client|technical|tech|after-?sales?) (?:service|care|support|assistance|relations)s?|support|"
    r"(?:the )?help ?desk|call cent(?:er|re)|reception|front desk|head office|"
    r"(?:\w+ )?(?:team|department|dept|desk))"
)
_ANYBODY = r"(?:persons?|people|(?:some|any)(?:one|body)|sum1|some1)(?: else)?"
_PERSON = rf"(?:{_ROLE}|{_ANYBODY}|{_OFFICE})\b"
_REAL = (
    r"(?:real|live|actual|human) (?:person|people|someone|somebody|one|being|agent|human|operator|support|chat|help)"
)
_BOT = r"(?:(?:chat)?bots?|robots?|machines?|computers?|ai|virtual (?:agent|assistant)s?|automat\w+|programs?)\b"

_INSTEAD = r"(?:不要|别|別|不想|拒绝|讨厌|懒得|不跟|不和|不用|少)"
_HUMAN = r"(?:人工|真人|活人|大活人|真的人|真实的人|人类|客服|坐席|座席|專員|专员|经理|經理|主管|领导|老板|店长|负责人|管事的|话事人|工作人员|值班|真人客服)"
_FETCH = r"(?:转|轉|接|接通|转接|转到|找|要|叫|喊|换|換|来|给我|联系|联络|需要|想要|呼叫|呼唤|安排|派|让|请|上|有没有|有|切|切换|连|連)"
_WITH = r"(?:和|跟|与|同|找|让|叫|换|喊|派|来|用)"

ASK_HUMAN = Cue(
    says=_any(
        rf"\b(?:ta?l+k+|tlak|takl?|speak+|spe[ek]k?a?|sp[ae]{1, 2}k|sepak|chat+|caht|chta|took|talk+ing|tlaking|taling|speaking|speking|speakign|chatt?ing|converse|deal)(?: directly| live)? ?(?:to|ot|t|with|wiht|2) {_A}(?:\w+ )?{_PERSON}",
        rf"\b(?:connect|transfer|transferred|put|pass|forward|direct|hand|switch|route|redirect|patch|get|give|refer)\b(?: me| us| this| it| my \w+)(?: through| thru| over| on| up| back)? (?:to|with|on to) {_A}(?:\w+ )?{_PERSON}|\b(?:connect|transfer|put through|forward|switch|refer)(?:ed)? (?:to|with) {_A}(?:{_ROLE}|{_OFFICE})\b",
        rf"\b(?:get|give|find|fetch|bring|send|want|need|(?:would|'d) (?:prefer|like|rather have)|prefer|require|demand|request|i'?ll have) (?:me )?(?:to have )?{_A}(?:{_ROLE}\b(?! resource| error| right)|{_REAL})",
        rf"\b(?:get|give|find|fetch|bring) me {_A}{_ANYBODY}\b(?! (?:to|who) (?:install|repair|fix|deliver|pick|collect))",
        rf"\bget {_A}{_ANYBODY} on (?:the (?:line|phone)|here)|\bi want (?:a person|somebody real|someone real)\b",
        rf"\b(?:contact|reach|contacting|reaching|get (?:in touch|hold|through)(?: with| of| to)?|in touch with) {_A}(?:{_ROLE}|{_OFFICE}|{_REAL}|(?:some|any)(?:one|body))\b|\b(?:call|calling) (?:your |the )?(?:{_OFFICE}|operator)\b",
        rf"\b(?:help|assistance|support|assisted|helped) (?:from|by|of) {_A}(?:{_ROLE}|{_REAL})\b",
        rf"^(?:(?:no|hi|hello|hey|please|pls|just|want|need|give me) )*(?:(?:a|an|the|your|another|different|actual|real|live|human|other) )*(?:{_ROLE}|{_REAL}|person|somebody|someone|(?:customer|client) (?:service|care|support)s?|\w+ (?:team|department)(?= please| pls| now)|hooman|humann?|agnet|transfer me|hand ?off|connect me|escalate)(?: (?:please|pls|plz|now|asap|instead|only|again|already|needed|required|from \w+|here))*[.!?\s]*$",
        rf"\b(?:some|any)(?:one|body) from (?:the )?(?:{_OFFICE}|team)",
        rf"\b(?:don'?t|do not|dont|never|won'?t|stop|sick of|tired of|hate|rather not|no more|instead of|not comfortable|uncomfortable|refuse to)\b.{{0,30}}\b(?:talk|speak|chat|deal|discuss|shar|giv|tell|writ|with)\w*\b.{{0,25}}\b{_BOT}",
        rf"\bno (?:more )?{_BOT}|\bnot (?:a|the|this|you|another) (?:stupid )?{_BOT}.{{0,15}}{_PERSON}",
        rf"\b(?:can|could|may|will|would|let|have|want|need|is there|are there|get|do you have) {_A}(?:{_ROLE}|{_REAL})\b (?:here|there|help|to help|assist|to assist|take over|look|check|available|contact|call|that|who|i can|reply|answer|on here|working)",
        r"\bescalate (?:this|my|it|to|the)|\bhand (?:me|this|it) over\b|\btransfer me\b|\bhuman (?:support|help|assistance)\b|\bare there (?:also |any |no |actual |real )*(?:humans?|people) (?:working|behind|here|there|at)|\blet me (?:talk|speak) to (?:him|her|them)\b",
        rf"\b(?:directly|straight) (?:to|with) (?:the |your )?{_PERSON}",
        r"\b(?:can|could|may|let|want|wanna|need|like|love|rather|prefer|have|got|wish|how|help|please|better)\b[^.,;?!]{0,25}\b(?:talk|speak|chat|have a (?:word|chat)|talking|speaking|chatting)(?: directly| live| in person)? (?:to|with) (?:the|your|an?|one of your|some) (?!bot|robot|machine|computer|joke|friend|wall|friends|(?:\w+ ){0,2}(?:voice|accent|whisper|tone)|courier|driver|technician)\w+",
        r"\b(?:put|pass|hand|patch|connect|transfer|redirect) me (?:straight |right |directly )?(?:through|over|on)? ?to (?!wi-?fi|the internet|the app|the network|bluetooth|sleep|work|know|do|the (?:wi-?fi|app|network))\w+",
        rf"\bwho (?:can|could|do|should|may|would) i (?:talk|speak|chat) (?:to|with)\b|\b{_ANYBODY} (?:there )?(?:that |who |whom )?(?:i|we) (?:can|could|may) (?:talk|speak|chat)\b|\bget (?:some(?:one|body)|{_A}(?:{_ROLE}|person))(?: else)? (?:to|who|that|on|in|here|now|please)\b|\b(?:human|personal|real) (?:interaction|contact|touch|attention)\b",
        rf"(?:转|轉|转接|接通|接入|接|切|换成|連|连|切换)(?:到|成|去|接|至)?(?:一下|个|個|给)?(?:你们)?(?:的)?{_HUMAN}",
        r"(?:转|轉)(?:一下|到|接)?(?:售后|售前|维修|技术|财务)?(?:部门|部|客服|人员|同事|服务台)",
        rf"{_FETCH}(?:一下|一个|一位|个|位|到|你们|你们的|的|在线|的是|点|几个)*(?:人工|真人|活人|真的人|大活人|真实的人|人类)(?!费|智能|安装|成本|降|收费|合成|呼吸|湖|草|智障)",
        r"(?:找|要|叫|喊|换|換|联系|联络|让|请|呼叫|跟|和|与|给我|来|派)(?:一下|一个|一位|个|位|你们|你们的|的|在线|真的|值班|你|售后|售前|咱)*(?:客服|坐席|座席|专员|經理|经理|主管|领导|老板|店长|负责人|管事的|话事人|工作人员|上级|上司)(?!的?(?:电话|热线|号码|邮箱|微信|时间|态度|几点|上班|在哪))",
        rf"{_INSTEAD}(?:再|拿|用|让|是|跟|和|想|要|给我|总|老)*(?:这个|这种|个|你们)?(?:机器人|机器|機器人|智能客服|智障客服|ai|自动回复|人机|电脑)",
        rf"{_WITH}(?:一下|一个|一位|个|位|到|另外|别的|其他|能|会|懂|你们)*(?:真人|活人|活的|人)(?:来|过来|出来)?(?:跟我|和我|给我|帮我|直接)?(?:聊|谈|说|讲|沟通|对话|处理|解决|回复|回答|服务|接待|接手|对接|跟我|和我|帮我)(?!了)",
        r"(?:换|換|叫|喊|找|来)(?:一|另)?(?:个|個|位)?人(?:过?来(?!安|修|装|送|上门|取|拆|检|量|搬)|吧|跟我|行吗|好吗|行不|啊|[!！。~]|$)",
        r"(?:有|没)(?:没有|有)?(?:个|一个)?(?:人工|真人|活人|活的|在线客服|值班客服|客服)(?:客服|服务|在线)?(?:吗|嘛|么|呢|啊|在|呀|可以|能|[?？]|$)",
        r"^(?:你好|您好|喂|亲|请问|那个|哈喽)?[,，。!！ ]*(?:(?:人工|真人|活人|转人工|客服|客户服务|坐席|转接|人工客服|人工服务|在线客服|真人客服|人工坐席|接线员|人工台|rengong|zhuan ?rengong|rg|zrg|kefu|转ren ?工|砖人工|转仁工|转任工|人工kf|人工kefu)(?:客服|服务|坐席)?[,，。!！~ ]*)+(?:谢谢|快点|快|来|呢|吧|啊|呀|在吗|在不在|在么|在线吗|有吗|上线|出来|麻烦了|吗)*[,，。!！?？~ ]*$",
        r"^(?:喂|那)?[,，。!！ ]*(?:有人|有没有人|人呢|没人吗|没人在吗|有人在|客服呢|客服在|客服人呢)(?:吗|么|嘛|在|在吗|啊|呀|不|没|呢)*[,，。!！?？~ ]*(?:没人吗|怎么没人|没人吗?)?[?？!！]*$",
        r"(?:怎么|如何|怎样|咋|哪里|哪儿|在哪|能|可以|想|帮我)(?:才能|能|可以|样)?(?:转|找|联系|接通|接|呼叫|召唤)(?:到|一下|上)?(?:真的?|你们的?)?(?:人工|真人|活人|客服|工作人员)(?!的?(?:电话|热线|号码|费))",
        r"(?:人工|真人)(?:介入|处理|接待|接听|服务一下|帮我|来帮|回复我|跟我说|解决)|升级处理|上升处理|真人.{0,2}(?:聊|说|谈|沟通|对话)|帮我.{0,2}(?:转|接)过去",
    ),
    not_so=_any(
        r"\b(?:no|not|don'?t|do not|dont|needn'?t|never|without)(?: really| actually)? (?:need|have to|having to|want|necessary|you)\b(?:(?!\b(?:chat)?bot|\brobot|\bmachine|\bcomputer)[^.,;!?]){0,28}\b(?:human|person|agent|manager|someone|support|operator)\b",
        r"\b(?:am i|are you|is this|are these|is that|is it|was that)\b[^.?!]{0,30}\b(?:human|person|agent|employee|staff|robot|bot|someone|machine|people)\b(?! (?:i|who|that|there|here|available|to))",
        r"\b(?:what|which|when|how late|until)\b[^.,;?!]{0,40}\b(?:hours?|times?|open|available|days?|numbers?|e-?mail|address)\b[^.,;?!]{0,60}",
        r"[^.,;?!]{0,60}\b(?:hours|opening times?|(?:phone|telephone|toll[ -]?free|hotline|free|direct) ?(?:phone |telephone )?(?:numbers?|nos?\b)|(?:what|which|your|find|have|know|customer ?\w+|support|service)\b[^.,;?!]{0,25}\b(?:e-?mail|mail)\b)[^.,;?!]{0,60}",
        r"\b(?:at )?what (?:ho?urs?|ti?i?mes?|itme)\b.{0,60}|\bwhen (?:can|may|is|are|do|does)\b.{0,40}\b(?:service|support|assistance)\b",
        r"\b(?:service|support|agent|technician|courier|driver|installer|staff)s?\b (?:call|phone|ring|contact|text|tell|email)s?\b",
        r"\b(?:what|why) (?:did|does|do|has|have|was|is) (?:your|the|an?|my) (?:agent|colleague|manager|technician|assistant|rep)\w*",
        r"(?:扫地|拖地|扫拖|擦窗|擦地|清洁|割草|送餐|炒菜)(?:的)?机器人|^(?:你好|您好)[,， ]*客服[,，。!！ ]*$|人工(?:费|智能|智障|安装|成本|收费|降|合成|多少钱|怎么收|怎么算|湖|草|钻|服务费|的费用)|(?:人工)?(?:客服|人工|门店|售后)(?:的|服务)?(?:电话|热线|号码|邮箱|微信号?|时间|几点|上班|下班|工作时间|休息|什么时候|周末|晚上)+.*",
        r"多久.{0,8}(?:人工|客服)|需要(?:主管|经理|领导)|(?:不用|不需要|不必|无需|别|暂时不|先不|不要|用不着)(?:给我|帮我|再)?(?:转|找|叫|联系)(?:人工|客服|真人|人)",
        r"(?:你|您|对面|这|那边)(?:是|到底是|究竟是)?(?:不是)?(?:真人|人工|活人|客服|人|机器人)(?:还是|吗|嘛|么|吧|啊|智能|回复)[^,，。]*",
        r"(?:和|跟|与)(?:机器人|真人|人工|机器)(?:聊天|说话|对话)吗|(?:周末|晚上|夜里|那会儿|那时候|节假日|几点|什么时候|星期.).{0,6}(?:有|上班|在).{0,2}(?:人工|客服).{0,6}|(?:几点|什么时候|何时).{0,4}(?:有人|人工|客服)",
    ),
    hints=_any(
        r"\b(?:human\w*|hu?m\w?ne?|tlk|persons?|people|agents?|agnet|operat\w*|represent\w*|reps?|assist[ae]nts?|asist\w*|staff|employ\w*|managers?|boss|supervisors?|s\w{2,5}bod\w?|so?me?\w? ?on\w?|sum1|any ?(?:one|body)|customer|supp?ort\w*|colleague\w*|team|department|(?:chat)?bots?|robots?|machine|computer|escalat\w*|handoff|hand off)\b",
        rf"{_HUMAN}|机器|{_FETCH}(?:个|一个|位)?人|人.{{0,2}}(?:聊|谈|说|处理|解决|沟通)|没人|有人|kefu|kf|rengong|专人|接线|坐席|人攻|任工|仁工|转接|售后",
    ),
)

COMPLAINT = Cue(
    says=_any(
        r"\b(?:i|we|i'?d|to|wanna|gonna|want|need|like|help|how|where|this is an?|have an?|submit|lodge|file|make|making|lodging|filing|raise|register|formal|official)\b.{0,40}\bcompl[a-z]*(?:ain|aint)s?\b",
        r"\b(?:make|filea?|lodge|submit|raise|making|filing|lodging|submitting|register)\b.{0,25}\b(?:(?<!insurance )(?<!warranty )claim|recl\w{4,}|grievance)s?\b|\b(?:consumer|customer) ?(?:cl\w{2,4}|co?m?pl\w{4,}|recl\w{4,})\b",
        r"^\W*(?:\w+ )?(?:this|it)(?: is|'s| was) (?:really |so |very |just |absolutely |completely |totally |all )*(?:frustrating|ridiculous|unacceptable|outrageous|a (?:joke|disgrace|scandal|farce)|disgraceful|appalling)\W*$",
        r"\b(?:worst|terrible|awful|horrible|appalling|disgusting|dreadful|lousy|shocking|useless|pathetic)\b(?: \w+)? (?:service|company|shop|support|customer (?:service|care|support))\b|\b(?:service|company|support|staff|driver|technician|courier)\b.{0,15}\b(?:is|are|was|were|so|absolutely)\b.{0,12}\b(?:terrible|awful|horrible|rude|appalling|disgusting|dreadful|useless|pathetic|unprofessional|a joke)\b",
        r"(?:我|要|想|去|怎么|如何|哪里|在哪|进行|提交|登记|给|必须|强烈)?.{0,3}投[诉訴](?!.{0,6}(?:进度|结果|处理|怎么样|进展|状态|回复))",
        r"态度.{0,3}(?:差|恶劣|不好|烂)|服务.{0,3}(?:太|真|很|这么|特别)差|什么(?:破|垃圾|烂|鬼)(?:服务|态度|公司|店)|气死(?:我|人)了|(?:差评|给个说法|给我个说法|忍无可忍|店大欺客|推卸责任|踢皮球)",
    ),
    not_so=_any(
        r"\b(?:status|update|news|result|processed|number)\b.{0,25}\bcomplaints?\b|\bcomplaints?\b.{0,25}\b(?:status|processed|number|progress|resolved)\b|\bno complaints?\b|\btweet\b.*",
        r"(?:不|没有|没|无)(?:想|要|打算)?投诉|我的投诉.{0,8}|投诉的事.{0,8}|不差",
    ),
    hints=_any(
        r"\b(?:compl\w+|unacceptable|ridiculous|outrageous|disgrac\w*|disappointed (?:in|with|by)|dissatisf\w*|terrible|awful|horrible|worst|rude|unprofessional|rip\w* off|cheat\w*|lied|lying|promis\w*|nobody cares|fed up|had enough|sick of|grievance|never buy|scandal|rubbish|garbage|one star|1 star|nobody|(?:un|not )happy with|rude\w*|third time|damaged my|poor customer|bad experience|claim against)\b",
        r"投[诉訴]|差评|态度|差劲|失望|不满|生气|气死|太差|不负责|没人解决|没人赔|没人管|还没解决|拖着|做不到|乱扔|还敢卖|员工|过分|忍|推来推去|没人管|没人理|没人处理|说话不算|骗|坑|赔|说法|交代|烦|恶劣|放.{0,3}鸽子|再也不",
    ),
)

_HURT = r"(?:hurt|injured|burn(?:ed|t)|scalded|electrocuted|wounded|bleeding|unconscious|poisoned|hospitali[sz]ed)"
_LIMB = r"(?:hands?|fingers?|arms?|legs?|foot|feet|face|eyes?|head|skin|back|son|daughter|child|kid|baby|wife|husband|mother|father|mum|mom|dad|grand\w+|toddler|cat|dog)"

SAFETY = Cue(
    says=_any(
        r"\b(?:caught|catch|catches|catching|cought|set|went up in|burst into|in) (?:on )?(?:fire|flames)\b|\b(?:is|are|was|it'?s|went|my \w+) on fire\b|\bthere(?: is|'s| was) (?:a |some )?(?:fire|smoke|flames?)\b|\bflames? (?:coming|came|come|shot|shooting)",
        r"\b(?:electric(?:al)?|static)? ?shocks? (?:from|by|when|every|off)\b|\belectric(?:al)? shocks?\b|\belectrocut\w+|\bshocked (?:me|us|him|her|my \w+) (?:when|while|as)\b|\b(?:gave|gives|giving|got|get|getting) (?:me |us |him |her |my \w+ )?an? (?:\w+ )?shock\b|\b(?:zapp?ed|shocks) (?:me|us|my|him|her)\b",
        r"\bsmok(?:e|ing) (?:is |was )?(?:coming|comes|came|pouring|rising|billowing|everywhere)|\b(?:is|was|are|it'?s|started|starts|began|still) (?:to )?smok(?:e|ing)\b(?! (?:is |are )?(?:allowed|permitted|area|room|bad|free|again|cessation|cigar|weed|pot|break|policy))|\bit smokes\b|\b(?:see|saw|smell|smelled|smelt|full of|emit\w*|black|thick|white) smoke\b",
        r"\b(?:burn(?:ing|t)|scorch\w*|singed) (?:plastic |rubber |electrical )?(?:smell|odou?r)|\bsmell\w* (?:of |like )?(?:\w+ )?(?:burn(?:ing|t|ed)|gas|smoke|scorch\w*)\b|\bgas (?:smell|leak|odou?r)|\bleak\w* gas\b|\bgas (?:is|was|keeps) (?:leaking|escaping)|\bcarbon monoxide\b|\bco alarm\b",
        r"\bspark(?:s|ed|ing)\b.{0,30}\b(?:plug|socket|outlet|cord|cable|wire|appliance|machine|out|coming|fly\w*)|\b(?:plug|socket|outlet|cord|cable|wire|machine|fridge|oven|kettle)\b.{0,20}\bspark(?:s|ed|ing)\b|\b(?:throws?|throwing|gives? off) sparks\b",
        r"\b(?:plug|socket|outlet|cord|cable|wire|adapter|charger|casing)\b.{0,20}\b(?:melt\w*|burn(?:ed|t|ing)?|scorched|charred|on fire)\b|\bmelt(?:ed|ing) (?:plug|socket|cord|cable|wire)",
        r"\b(?:exploded|explodes|exploding|explosion|blew up|blown up)\b(?! my (?:phone|inbox|mind))|\bbatter(?:y|ies)\b.{0,25}\b(?:swollen|swelled|swelling|bulg\w+|bloated|puffed)|\b(?:swollen|bulging|bloated) batter(?:y|ies)|\bshort[- ]circuit\w*",
        rf"\b(?:i|we|he|she|someone|somebody|they|my \w+|our \w+|a \w+|customer)(?: (?:was|were|got|gets|is|has been|have been|had been|almost|nearly|am|badly|seriously|severely))+ {_HURT}\b|\b(?:burn(?:ed|t)|cut|hurt|injured|scalded|crushed|broke|hit) (?:my|his|her|our|myself|himself|herself) ?{_LIMB}?(?: \w+)? (?:on|with|by|from|because|when|while|at)\b|\b(?:burn(?:ed|t)|scalded|injured|cut) (?:my|his|her|our) {_LIMB}\b",
        r"\b(?:fell|fallen|collapsed|dropped) (?:off the wall |down )?(?:on|onto|and hit) (?:me|my|his|her|our|the baby)\b|\b(?:hospital|emergency room|ambulance|fire ?(?:brigade|department|fighters?|truck|engine|service))\b.{0,40}\b(?:because|after|due to|your|came|come|had to)\b|\b(?:went|go|going|rushed|taken|had to go|ended up|is|are) (?:to|in) (?:the )?hospital\b.{0,30}\b(?:because|after|from|your)\b",
        r"\btingl\w+ (?:shock|feeling|sensation).{0,25}(?:touch|metal|water|tap|machine|from)|\b(?:casing|housing|tap|metal|body) (?:is|was) (?:live|electrified)\b|\bwater\b.{0,20}\b(?:into|in|on|near) (?:the )?(?:socket|outlet|plug|fuse box)",
        r"冒(?:着|了|出|起|大|黑|白|浓|青|好多|很多|一股)*(?:烟|煙|火|火星|火花)|(?:起|着|著|失)火(?!车|山|锅|气)|烧(?:起来|着了|焦|化了|断了)|(?:插座|插头|电线|线|机器|电机|主板|开关|插板).{0,3}烧(?:糊|黑|坏)|打火花|火花|燒焦|浓烟|火灾|焦[糊臭煳]?味|胶皮味|有(?:烟|火)(?:出来|冒)",
        r"(?:漏|触|觸)[电電](?!保护|子|话)|电到(?:我|人|他|她|孩子|手|了)|被.{0,6}[电電](?:了|到|一下|击|麻|得)|电击|(?:外壳|机身|水龙头|水|机器|表面|壳|锅|门把手?|面板)(?:上)?(?:好像|感觉|是|会|还)?带[电電]|(?:摸|碰|开|洗|水|壳|插).{0,8}麻(?!烦|辣|将|木)|麻麻的|麻手|发麻|短路",
        r"爆炸|爆燃|爆裂|炸裂|炸开|(?:锅|煲|箱|洗衣机|空调|门|玻璃|电池|水壶|壶|盖|电视|屏幕|机|灯|管|突然|直接|半夜|自己)(?:给|就|又)?(?:自)?[炸爆]了(?![0-9一二三四五六七八九十几半两多好个薯鸡没])|鼓包|(?:电池|電池).{0,6}(?:鼓|胀|膨胀|漏液)",
        r"(?:煤气|燃气|天然气|瓦斯|液化气|煤氣|沼气).{0,6}(?:味|泄|洩|漏)|漏(?:煤|燃|天然)(?:气|氣)|(?:灶|热水器|燃气|煤气|管|阀|罐|接口|炉).{0,6}漏[气氣]|闻到.{0,8}(?:气味?|焦|糊|烧|臭)|一氧化碳|中毒|头晕.{0,6}(?:恶心|热水器|燃气)",
        r"[烫燙划割砸夹夾炸烧燒压扎磕弄碰摔电轧刮]伤|受伤|受了伤|流血|出血|骨折|住院|送医|送急诊|急诊|救护车|救護車|进(?:了)?医院|[烫燙]到|[割夹夾划切轧]到(?:了)?(?:手|脚|脸|头|人|我|孩子|宝宝)|[砸压]到(?:了)?(?:人|我|孩子|宝宝|脚|头|手|老人|腿)|消防|出人命|昏迷|晕倒",
    ),
    not_so=_any(
        r"\b(?:protect\w*|prevent\w*|against|avoid\w*|risk of|hazard|detectors?|insurance|alarm system|extinguishers?|in case of|safe (?:from|against))\b[^.,!?]{0,40}\b(?:fire|shocks?|electrocut\w*|gas leaks?|explosions?|smoke|short[- ]circuits?|leak\w*)\b|\b(?:smoke|fire|gas|carbon monoxide|co) (?:detectors?|sensors?|protection)\b",
        r"\b(?:can|could|will|would|does|do|may|might|is it possible|likely)\b (?:the |a |an |it |this |your |my |that )?(?:\w+ ){0,3}(?:catch fire|explode|leak gas|smoke|give (?:me |you )?(?:an )?electric shocks?|short[- ]circuit)\b[^.!]{0,20}\?",
        r"\b(?:quit|stop|stopped|quitting|no|non|anti)[- ]smoking\b|\bsmoking (?:hot|area|room|section|policy)|\bfire (?:tv|stick|someone|my|sale|him|her)\b|\b(?:deal|sale|team|mood|mixtape|lit|i'?m|i am|song|album|stock)\b[^.]{0,10}\bon fire\b|\bculture shock\b|\bsticker shock\b|\bhurt (?:my )?feelings?\b",
        r"(?:怎么|如何|怎样|能不能|可以|可|有没有|带|是否)?(?:防|预防|防止|避免)(?:止)?(?:漏电|触电|烫伤?|起火|着火|火|爆炸|干烧|煤气|中毒|受伤)(?:保护|功能|吗|措施)*|漏电保护(?:器|开关|插头)?|漏电开关|灭火器|防火",
        r"(?:会不会|是不是会|容易|可能|有没有可能|会)[^,，。了]{0,6}(?:漏电|触电|爆炸|起火|着火|冒烟|炸|烫伤|受伤|短路)(?:吗|嘛|么|呢|啊|吧)?[?？]?$|蒸汽.{0,4}冒烟|冒.{0,3}蒸汽|[不没]着火|(?:打|点)火灶|[抱搬提拎].{0,6}手.{0,2}麻|手.{0,3}麻.{0,4}[抱搬提拎]|(?:冰箱|门|密封|轮胎|气球).{0,4}漏气|烟火|火花塞|(?:心态|气|肺|脾气|肚皮|群|人都|我都?|要|快|真是|评论区)[炸爆]了|消防(?:栓|通道|员|器材|证|考试)|(?:很|真|好|太|大|超级)火",
    ),
    hints=_any(
        r"\b(?:fire|smok\w*|burn\w*|flames?|shock\w*|electr\w*|spark\w*|gas|leak\w*|explo\w*|melt\w*|injur\w*|hurt\w*|hospital|danger\w*|swollen|batter\w*|monoxide|dizzy|wound\w*|bleed\w*|blood|tingl\w*|socket|overheat\w*|scald\w*|cut)\b",
        r"烟|煙|火|(?<![没充])电(?:到|击|了|麻|一)|夹|漏电|触电|带电|炸|爆|气味|煤气|燃气|泄|漏气|伤|烫|流血|医院|焦|糊|麻|危险|鼓包|中毒|烧|砸",
    ),
)

LEGAL = Cue(
    says=_any(
        r"\b(?:i|we|i'?ll|we'?ll|will|to|gonna|can|could|shall|going|am|should)\b(?: \w+){0,3} (?:sue|suing)\b|\b(?:sue|suing|sued) (?:you|your|them|this|the (?:company|shop|store)|hearthline|for)\b|\blaw ?suits?\b|\blegal (?:action|steps?|proceedings?|department|team|notice|claim|consequences|measures|means|letter|papers?|route)\b|\blegally\b.{0,20}\b(?:liable|responsible|obliged|required)",
        r"\b(?:take|taking|took|bring|drag|see|seeing|meet)\b.{0,25}\b(?:to|in) (?:the )?(?:small claims )?court\b|\b(?:go|going|will go) to (?:the )?(?:small claims )?court\b|\bsmall claims\b",
        r"\b(?:my|our|a|an|the|hire[d]?|get|getting|hiring|consult\w*) (?:own )?(?:lawyer|attorney|solicitor|barrister)s?\b.{0,40}\b(?:contact|call|write|touch|hear|will|case|letter|send|sue|you|know|about (?:this|it))|\b(?:hear from|contact(?:ing|ed)?|call(?:ing|ed)?|talk(?:ing|ed)? to|speak(?:ing)? (?:to|with)|spoke to|hire[d]?|hiring|consult(?:ing|ed)?|got|get|getting|letter from) (?:my|our|a|an) (?:lawyer|attorney|solicitor)s?\b|\blawyer'?s? letter",
        r"\bpress(?:ing)? charges\b|\b12315\b|\bconsumer (?:association|council|rights?|affairs|ombudsman|watchdog|protection (?:agency|law|office|act))\b|\bombudsman\b|\btrading standards\b|\bbetter business bureau\b|\bmarket (?:supervision|regulat\w+)\b|\bsupervision (?:bureau|authority)\b",
        r"\breport(?:ed|ing)? (?:you|your \w+|hearthline|the company) to\b(?!.{0,15}(?:manager|boss|support|team))|\breport\w* (?:this|it)? ?to (?:the |my )?(?:\w+ )?(?:police|authorit\w+|regulat\w+|press|media|consumer|government|bureau|association|court)\b|\b(?:go|going|talk|talking|went|tell|telling|contact|contacting)(?: to)? (?:the )?(?:press|media|newspapers?|journalists?|tv station|police)\b|\bcall(?:ed|ing)? the (?:police|cops)\b|\b(?:triple|punitive) (?:compensation|damages)\b|\bfalse advertising\b",
        r"[起反]?(?:起诉|起訴|诉讼|訴訟|提告|控告)|(?<!警|报|广|被)告(?:你们?|死你|到底|上法庭|到法院|上法院|他们|商家|暖居)(?!诉)|(?:法院|法庭)(?:上)?(?:见|起诉|告)|(?:上|去|到|向)(?:法院|法庭)|打官司|吃官司|律师|律師|法律(?:途径|手段|程序|武器|责任|行动|渠道|部门|追究)|走法律|法务",
        r"12315|(?:打|拨打|投诉|找)\D{0,3}12345|消协|消協|消费者(?:协会|權益|权益|保护|委员会)|消保委|市场监管|市监局|监管(?:局|部门)|工商局?(?:投诉|举报|告|局)|质监局|举报(?:你|商家|到|电话)|(?:要|去|会|向.{0,8})(?:举报|舉報)|(?:报|報)警|(?:报|報)案|派出所|仲裁",
        r"(?:媒体|网上|网络|微博|抖音|小红书|找人)(?:去|上|来)?曝光|曝光你们?|(?:找|联系|打给)(?:记者|媒体|电视台)|上电视|退一赔[三十]|假一赔|[三十3]倍赔偿|赔.{0,3}[三十3]倍|黑猫投诉|黑猫|维权|(?:诈骗|欺诈)(?:消费者|犯罪)",
    ),
    not_so=_any(
        r"\b(?:joke|movie|film|song|book|play|show|tv)s?\b.{0,20}\b(?:lawyers?|attorneys?|court|lawsuits?|police)\b|\bname is sue\b|\bcall sue\b|\b(?:tennis|basketball|food|squash|badminton) court\b|\b(?:power of attorney|district attorney)\b",
        r"别报警|报警(?:器|声|音|灯|功能|提示|值)|(?:一直|老是|自动|总|会|为什么|机器|热水器|冰箱|洗衣机|水满|缺水)报警",
    ),
    hints=_any(
        r"\b(?:su(?:e|ing|ed)|court|lawyer\w*|attorney\w*|solicitor\w*|legal\w*|law\w*|police|report\w*|authorit\w*|regulat\w*|consumer|press|journalist|media|fraud\w*|scam\w*|damages|12315|tv)\b",
        r"诉|告|法|律师|官司|警|消协|监管|工商|举报|曝光|媒体|记者|电视台|赔|维权|黑猫|12315|12345|诈骗|欺诈|仲裁|有关部门|上级部门|主管部门",
    ),
)

SELF_HARM = Cue(
    says=_any(
        r"\bkil+(?:ing)? (?:my ?self|me please)\b(?! (?:laughing|of laughter|with laughter))|\bsuicid(?:e|al)\b|\bend(?:ing)? (?:my|my own|this) life\b|\bend it all\b|\btak(?:e|ing) my (?:own )?life\b|\b(?:want|wanna|going|ready|wish|like|rather) (?:to )?die\b(?! (?:laughing|of (?:laughter|shame|embarrassment|boredom)|for))|\bwish i (?:was|were) (?:dead|never born)|\bbetter off (?:dead|without me)\b|\bhang myself\b|\bwant to be dead\b",
        r"\b(?:don'?t|do not|dont|no longer|can'?t|cannot) (?:want |wanna |like )?(?:to )?(?:live|be alive|exist|go on living|keep living|be here)(?: any ?more| any longer)\b|\b(?:don'?t|do not|dont) (?:want|wanna) (?:to )?live\b(?! (?:in|here|there|with|near|at|on|like|without))|\b(?:hurt|harm|cut)(?:ing|ting)? myself\b(?! (?:on|with (?:the|your|a)|while|when|because|at|opening))|\bself[- ]?harm\w*|\bno (?:reason|point|will) (?:to|in|for me to) (?:live|living|go on|going on)\b|\blife (?:is|isn'?t) (?:not |no longer )?worth living|\b(?:nothing|not|no reason) (?:left )?to live for\b",
        r"\bjump(?:ing)? (?:off|from|out of) (?:a |the |my |this )?(?:roof|bridge|building|window|balcony)\b|\bslit my wrists?\b|\bcut my wrists?\b|\b(?:overdose|swallow all) (?:on|the|my) pills\b|\bnobody would (?:miss|care if i)\b",
        r"自[杀殺]|自残|自殘|自尽|轻生|輕生|寻死|不想活(?!动)|(?:没法|活)不下去|活着(?:也|都|还)?(?:没|真没|有什么|还有什么|好没|太)(?:有|什么|啥)?(?:意思|意义|意思了|劲)|活够了|(?<!不)想死(?!你|您|我了|机|妳|他|她|锁|循环)|死给(?:你|妳)|(?:要|想|去|就)跳(?:楼|河|江|桥|海)(?!价)|割腕|结束(?:自己的?|我的?|这条)?生命|了结(?:自己|生命|余生|这一生)|一了百了|(?:我|我就|我要|我想|不如)去死|没有?活下去|上吊|吞.{0,3}安眠药|伤害自己|死了算了|不如死了|生无可恋",
    ),
    not_so=_any(
        r"\bsuicide (?:squad|door|mission|rate)s?\b|\b(?:movie|film|song|book|game|play|show)\b.{0,20}\b(?:suicide|die|kill)\b|\bdie hard\b|\bphone (?:died|die)\b|\bbattery\b.{0,15}\bdie\b",
        r"(?:笑|热|累|烦|急|饿|冷|困|无聊|气|美|帅|香|辣|吓|酸|臭|渴|忙|穷|慢|卡|丑|贵|亏|痒|疼|痛|闷|馋|吵|难吃|难用)死(?:我|人|了|个人|掉)+(?:了)?|想死(?:你|我|他|她)|跳楼(?:价|大甩卖|促销|机)|不想活动|自杀(?:小队|式)",
    ),
    hints=_any(
        r"\b(?:kill\w*|suicid\w*|(?:to|wanna) die|i (?:was|were) dead|dead|not worth living|(?:point|reason|sense) (?:in|to|of) (?:live|living|go on)|live any ?more|hurt(?:ing)? myself|harm\w*|cut\w* myself|end (?:it|everything)|everything to end|hopeless|desperate|cannot go on|go on any ?more|miss me|without me|jump off)\b",
        r"死|自杀|自残|活(?:着|不|下去|够)|轻生|生命|跳楼|割腕|了结|一了百了|绝望|抑郁|崩溃",
    ),
)

_MINE = r"(?:all |of |every ?thing |any |every |my |our |the |that |this |their |stored |whole |entire )*"
_DATA = r"(?:(?:personal |private |customer |user |sensitive |account |purchase |browsing |chat )+(?:data|infos?|information|details|records?|history|profile data|conversations?)|my (?:data|info|information|records|traces|digital footprint|chats?|conversations?))"

PRIVACY = Cue(
    says=_any(
        rf"\b(?:delet|eras|remov|wip|destroy|purg|forget|scrub)\w*\b {_MINE}(?:{_DATA}|data (?:you|about|on)|(?:data|information|info) (?:you (?:have|hold|store|keep)|about me|on me)|(?:you |what you )?(?:know|have|store|keep|saved|stored)\b.{{0,10}}\b(?:about|on|of) me|(?:my )?(?:phone )?(?:number|address|e-?mail)s? from your)",
        r"\bgdpr\b|\bccpa\b|\bpipl\b|\bright to be forgotten\b|\bright of access\b|\bsubject access\b|\bdata (?:access|subject|deletion|erasure|protection) (?:requests?|officer|rights?|law|authority)\b|\bpersonal information protection\b|\bprivacy (?:requests?|officer|violations?|breach\w*|complaints?|law|rights?)\b|\bviolat\w+ (?:of )?my privacy\b|\binva\w+ (?:of )?my privacy\b",
        r"\b(?:what|which|any|all|copy|download|export|see|send|get|give|show|access|how much|know)\b.{0,30}\b(?:data|info|information|everything|details|records)\b.{0,30}\b(?:about|on|of) me\b|\b(?:what|how much|everything|which)\b.{0,25}\b(?:store|stored|keep|hold|collect|collected|have|saved?|record)\b.{0,12}\b(?:about|on) me\b|\b(?:copy|export|download|extract) (?:of )?(?:all )?(?:of )?(?:my|the) (?:personal |private |stored |customer )*(?:data|information)\b",
        r"\b(?:leak|sold|sell|breach|expos|disclos|post|publish)\w* (?:out |on )?(?:my|our) (?:personal |private |customer |home |phone |e-?mail |card )*(?:data|info|information|details|number|address|name)\b|\b(?:my|our|personal|private|customer) (?:personal |private |card |phone |e-?mail )*(?:data|info|information|details|number|address)\b.{0,15}\b(?:leaked|exposed|stolen|sold|breached|published|disclosed|misused)\b|\b(?:data|privacy|security|information) (?:breach|leak)\w*\b",
        r"\b(?:withdraw|revoke|take back|cancel)\w* (?:my )?consent\b|\b(?:stop|don'?t|do not|object\w* to|against) (?:you |your )?(?:using|us|use|process\w*|shar\w*|sell\w*|track\w*|collect\w*|stor\w*)\w* (?:of )?(?:any of |all |my |our )*(?:personal |private )*(?:data|info|information|details|number)\b|\b(?:track|spy|stalk|harass)\w* (?:on )?(?:me|my)\b.{0,20}\b(?:technician|installer|courier|driver|employee|staff|privately)|\b(?:technician|installer|courier|driver|employee|staff)\b.{0,30}\b(?:stalk|harass|texting me|messaging me)\w*",
        r"\b(?:hacked|broke|broken|got|logged) (?:into )?my (?:account|profile)\b|\bmy account\b.{0,15}\b(?:hacked|compromised|taken over)\b",
        r"(?:删除|刪除|删掉|删了|清除|抹去|抹掉|销毁|清空|注销并删|删|去掉|移除|擦除).{0,8}(?:个人(?:信息|数据|资料|隐私)|個人資料|隐私|我的?(?:全部|所有|一切|相关|个人|账户|历史|手机|身份|注册|会员)*的?(?:信息|数据|資料|资料|聊天记录|记录|档案)|(?:关于我|我留下|我留)的?.{0,6})|(?:个人|我的?(?:全部|所有)?的?)(?:信息|数据|资料|聊天记录|隐私)(?:全部?|都|给我|统统|一并|请)*(?:删|清除|抹|销毁|注销)",
        r"泄[露漏洩].{0,10}(?:信息|隐私|电话|号码?|手机|地址|资料|数据|个人)|(?:信息|隐私|電話|电话|号码?|地址|数据|资料).{0,8}(?:泄[露漏]|外泄|洩|被卖|卖了|卖给|卖掉|被盗)|(?:卖|出卖|倒卖).{0,4}(?:我|客户|用户|顾客)的?(?:信息|号码|电话|资料|隐私)|(?:你们|商家|快递|师傅).{0,6}泄[露漏]",
        r"个人信息保护法|个保法|数据安全法|(?:撤回|撤销|收回|取消).{0,6}(?:同意|授权)(?!书|码)|被遗忘权|(?:查阅|查询|导出|复制|调取|下载|提供|拷贝|要|看).{0,6}(?:我的?|所有|全部).{0,4}个人(?:信息|数据|资料)|个人(?:信息|数据|资料).{0,3}(?:副本|导出|拷贝)|(?:存|保存|收集|掌握|记录|留|留存|有|知道)(?:了|着)?(?:关于)?我的?(?:哪些|什么|多少|哪儿些)(?:个人)?(?:信息|数据|资料|隐私)|(?:停止|不要再?|不准|禁止|不许|拒绝|别再?).{0,4}(?:使用|处理|收集|用|分享|出售|共享).{0,6}(?:我的?)(?:个人)?(?:信息|数据|资料|隐私)|侵犯.{0,6}隐私|隐私权",
        r"(?:账号|帐号|账户|号)(?:好像|可能|应该)?被(?:人|别人)?(?:盗|黑|登录|登陆)|盗(?:了我?|用我?的?)(?:号|账号|账户|信息|身份)|(?:师傅|快递员|快递|安装工|员工|客服|工人|司机|男的).{0,10}骚扰|骚扰我",
    ),
    not_so=_any(
        r"\b(?:privacy policy|how long do you (?:keep|store)|is my .{0,20} safe|do you record)\b[^.]{0,20}",
        r"隐私(?:政策|条款|协议|声明|设置)|删除(?:键|按钮)|(?:防|防止|避免)(?:信息)?泄露",
    ),
    hints=_any(
        r"\b(?:(?:personal|private) \w+|my (?:data|info\w*)|data|gdpr|privacy|consent|leak\w*|hack\w*|breach\w*|about me|sold my|spam|stranger\w*|chat history)\b|\b(?:texting|messaging|harass\w*)\b",
        r"个人(?:信息|数据|资料)|隐私|泄|数据|资料|骚扰|盗|授权|同意|遗忘|聊天记录|我的信息|卖了|陌生|看到我的",
    ),
)

CUES = {
    "sensitive_self_harm": SELF_HARM,
    "sensitive_safety": SAFETY,
    "sensitive_legal": LEGAL,
    "sensitive_privacy": PRIVACY,
    "ask_human": ASK_HUMAN,
    "complaint": COMPLAINT,
}  # the first that speaks is heard: life before law, and law before a wish
