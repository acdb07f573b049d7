"""A phone on a Twilio number: it does what the TwiML says that it is given, and tells Twilio's side of the story back.

As https://www.twilio.com/docs/voice/twiml describes the verbs; what is not described is noted as wrong. A second of a
call takes `SECOND_S`, so that pauses and silences are short.
"""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree

SECOND_S = 0.02
TWILIO_WAITS_S = 15.0
ATTRIBUTES = {
    "Say": {"language", "voice", "loop"},
    "Gather": {
        "input", "action", "method", "timeout", "speechTimeout", "numDigits", "finishOnKey", "language", "hints",
        "actionOnEmptyResult",
    },
    "Redirect": {"method"},
    "Pause": {"length"},
    "Dial": {"action", "method", "timeout", "answerOnBridge", "callerId"},
    "Record": {
        "action", "method", "maxLength", "timeout", "finishOnKey", "playBeep", "recordingStatusCallback",
        "recordingStatusCallbackMethod", "recordingStatusCallbackEvent",
    },
    "Hangup": set(),
}  # fmt: skip
NESTED = {"Say", "Play", "Pause"}
KEY = re.compile(r"(?:Press|按) (\d)[:：]\s*(.+?)[.。]")

Post = Callable[[str, dict[str, str], dict[str, str]], Awaitable[tuple[int, str]]]
"""Posts a signed form to a path with a query; status and body."""


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What one <Say> said."""

    text: str
    language: str


@dataclass(kw_only=True)
class Phone:
    """One call."""

    call: str
    number: str
    post: Post
    show: Callable[["Phone", list[Heard]], None]  # the spoken text of one document
    wrong: Callable[[str], object]
    facts: dict[str, str] = field(default_factory=dict)  # that Twilio adds to every request, such as StirVerstat
    heard: list[Heard] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    dialed: list[str] = field(default_factory=list)
    colleague: str = "completed"  # what becomes of a <Dial>: completed, busy, no-answer
    message: bytes = b""  # what is said to a <Record>
    keep: Callable[[bytes], str] | None = None  # stores a recording; its address
    silent: bool = False  # nobody says anything: every <Gather> runs out
    gather: dict[str, str] = field(default_factory=dict)  # attributes of the <Gather> that listens now
    over: bool = False
    started: float = 0.0
    _said: "asyncio.Queue[dict[str, str]]" = field(default_factory=asyncio.Queue)
    _task: "asyncio.Task[None] | None" = None
    _played: set[str] = field(default_factory=set)
    _last: tuple[str, dict[str, str]] | None = None

    # what the caller does

    def rings(self) -> None:
        """They call."""
        self.started = time.monotonic()
        self._task = asyncio.create_task(self._run("", {}))

    def says(self, text: str, confidence: float = 0.93) -> None:
        """They say something as soon as they are listened to."""
        self._said.put_nowait({"SpeechResult": text, "Confidence": str(confidence)})

    def presses(self, key: str) -> None:
        """They press a key."""
        self._said.put_nowait({"Digits": key})

    async def hangs_up(self) -> None:
        """They have had enough."""
        if self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if not self.over:
            self.over = True
            seconds = str(int(time.monotonic() - self.started) if self.started else 0)
            await self._tell("?do=ended", {"CallStatus": "completed", "CallDuration": seconds})

    async def again(self) -> str:
        """Twilio repeats its last request."""
        assert self._last is not None
        return await self._tell(*self._last)

    def texts(self) -> list[str]:
        """Everything that was spoken."""
        return [each.text for each in self.heard]

    # what Twilio does

    def go_on(self, key: str, document: str) -> None:
        """Follow the answer to a request that was made elsewhere, the first time that there is one."""
        if key in self._played or self.over:
            return
        self._played.add(key)
        if self._task is not None:
            self._task.cancel()
        self._task = asyncio.create_task(self._follow(document))

    async def _run(self, url: str, fields: dict[str, str]) -> None:
        document = await self._tell(url, fields, remember=True)
        await self._follow(document)

    async def _tell(self, url: str, fields: dict[str, str], *, remember: bool = False) -> str:
        if remember:
            self._last = (url, fields)
        common = {
            "CallSid": self.call, "AccountSid": "AC0123456789abcdef0123456789abcdef", "From": self.number,
            "To": "+12025550100", "CallStatus": "in-progress", "Direction": "inbound", "ApiVersion": "2010-04-01",
            **self.facts,
        }  # fmt: skip
        parts = urlsplit(url)
        asked = time.monotonic()
        status, body = await self.post(parts.path, dict(parse_qsl(parts.query)), common | fields)
        self.statuses.append(status)
        if time.monotonic() - asked > TWILIO_WAITS_S:
            self.wrong("Twilio had to wait more than 15 s (11200)")
        return body if status == 200 else ""

    async def _follow(self, document: str) -> None:
        while document:
            following = await self._play(document)
            if following is None:
                await self.hangs_up()
                return
            document = await self._tell(*following, remember=True)

    async def _play(self, document: str) -> tuple[str, dict[str, str]] | None:
        """Do the verbs in order; the request that one of them leads to, None when the call ends."""
        root = ElementTree.fromstring(document)  # noqa: S314 (it is our own)
        if root.tag != "Response":
            self.wrong(f"a document of {root.tag}")
        spoken = [self._speech(each) for each in root.iter("Say")]
        self.heard += spoken
        if spoken:
            self.show(self, spoken)
        for verb in root:
            self._look(verb)
            following = await self._do(verb)
            if following is not None:
                return following
            if verb.tag == "Hangup":
                return None
        return None

    async def _do(self, verb: ElementTree.Element) -> tuple[str, dict[str, str]] | None:
        match verb.tag:
            case "Redirect":
                return verb.text or "", {}
            case "Pause":
                await asyncio.sleep(int(verb.get("length", "1")) * SECOND_S)
            case "Gather":
                return await self._gathers(verb)
            case "Dial":
                return self._dials(verb)
            case "Record":
                return await self._records(verb)
        return None

    async def _gathers(self, verb: ElementTree.Element) -> tuple[str, dict[str, str]] | None:
        self.gather = dict(verb.attrib)
        limit = int(verb.get("timeout", "5")) * SECOND_S
        try:
            while True:
                try:
                    answer = await asyncio.wait_for(self._said.get(), limit)
                except TimeoutError:
                    if self.silent:
                        return None
                    continue  # they are thinking
                if "SpeechResult" in answer and "speech" not in verb.get("input", "dtmf"):
                    continue
                return verb.attrib["action"], answer
        finally:
            self.gather = {}

    def _dials(self, verb: ElementTree.Element) -> tuple[str, dict[str, str]]:
        numbers = [each.text or "" for each in verb.findall("Number")]
        if len(numbers) != 1 or not re.fullmatch(r"\+[1-9]\d{6,14}", numbers[0]):
            self.wrong(f"a <Dial> of {numbers}")
        self.dialed += numbers
        seconds = {"DialCallDuration": "65"} if self.colleague == "completed" else {}
        return verb.attrib["action"], {"DialCallStatus": self.colleague, "DialCallSid": "CA" + "d" * 32, **seconds}

    async def _records(self, verb: ElementTree.Element) -> tuple[str, dict[str, str]] | None:
        if not self.message or self.keep is None:
            return None
        url = self.keep(self.message)
        recording = {"RecordingUrl": url, "RecordingSid": "RE" + "1" * 32, "RecordingDuration": "12"}
        ready = {**recording, "RecordingStatus": "completed", "CallSid": self.call, "RecordingSource": "RecordVerb"}
        parts = urlsplit(verb.attrib["recordingStatusCallback"])
        status, _ = await self.post(parts.path, dict(parse_qsl(parts.query)), ready)  # without From and To
        self.statuses.append(status)
        return verb.attrib["action"], {**recording, "Digits": "#"}

    def _look(self, verb: ElementTree.Element) -> None:
        if verb.tag not in ATTRIBUTES or set(verb.attrib) - ATTRIBUTES[verb.tag]:
            self.wrong(f"<{verb.tag} {' '.join(verb.attrib)}>")
        if verb.tag == "Gather" and {each.tag for each in verb} - NESTED:
            self.wrong("a <Gather> may hold Say, Play and Pause")
        if verb.tag == "Redirect" and not verb.text:
            self.wrong("a <Redirect> without an address")

    def _speech(self, say: ElementTree.Element) -> Heard:
        text = say.text or ""
        if not text.strip() or len(text) > 4096 or set(say.attrib) - ATTRIBUTES["Say"]:
            self.wrong(f"<Say> of {len(text)} characters")
        return Heard(text=text, language=say.get("language", ""))
