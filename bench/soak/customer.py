"""What customers do: a seeded mix of everything that people do at a chat window, impatience included."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator

from bench.questions import Question
from bench.soak.page import Page

HUMAN_PLEASE = {"en": "I want to talk to a person", "zh": "我要转人工客服"}
WHERE_IS_MY_ORDER = {
    "en": "where is order HL2026110101, my phone is 13800138000",
    "zh": "帮我查订单HL2026110101到哪了，手机号13800138000",
}
TO_A_COLLEAGUE = {
    "en": ("It is about my last order.", "The box was open.", "I have a photo.", "When will I hear from you?"),
    "zh": ("是关于我上一个订单的。", "箱子是打开的。", "我有照片。", "什么时候能给我答复？"),
}
HURRY_S = 60.0  # how long anybody waits for a colleague before going on


class Customer:
    """Somebody at a page; `live` is the whole visit. `questions` yields what nobody has asked before."""

    def __init__(self, page: Page, chance: random.Random, questions: Iterator[Question]) -> None:
        self._page, self._chance, self._questions = page, chance, questions

    async def live(self) -> None:
        """One visit, of a kind that chance chooses."""
        visits: list[tuple[Callable[[], Awaitable[None]], int]] = [
            (self._ask, 5), (self._look_for_an_order, 3), (self._talk_to_a_human, 4), (self._leave_the_queue, 2),
            (self._come_and_go, 3),
        ]  # fmt: skip
        kinds, weights = zip(*visits, strict=True)
        await self._chance.choices(kinds, weights)[0]()

    async def _ask(self) -> None:
        """Questions: some patiently, some in one breath; now and then the connection is lost or frames come twice."""
        for _ in range(self._chance.randint(3, 5)):
            said = [self._page.say(self._question()) for _ in range(self._chance.choice((1, 1, 1, 2, 3)))]
            if self._chance.random() < 0.2:
                await self._page.lose_connection()
            if self._chance.random() < 0.3:
                self._repeat()
            if self._chance.random() < 0.8:
                await self._page.answered(said[-1])
            await self._breathe()

    async def _look_for_an_order(self) -> None:
        await self._page.answered(self._page.say(self._question()))
        await self._page.answered(self._page.say(WHERE_IS_MY_ORDER[self._page.language]))
        await self._breathe()
        await self._page.answered(self._page.say(self._question()))

    async def _talk_to_a_human(self) -> None:
        page = self._page
        await page.answered(page.say(self._question()))
        self._call_human()
        if self._chance.random() < 0.4:
            page.say(self._question())  # the bot may still know it
        await page.until(lambda: page.state["owner"] == "agent", HURRY_S)
        for line in self._chance.sample(TO_A_COLLEAGUE[page.language], self._chance.randint(2, 4)):
            said = page.say(line)
            if self._chance.random() < 0.15:
                await page.lose_connection()
            if self._chance.random() < 0.6:
                await page.answered(said)
            await self._breathe()
        await page.until(lambda: page.state["owner"] == "bot", HURRY_S)
        if page.state["state"] == "resolved":
            page.act("solved", solved=True)
            page.act("rate", score=self._chance.randint(1, 5), comment="")
        await page.answered(page.say(self._question()))

    async def _leave_the_queue(self) -> None:
        page = self._page
        await page.answered(page.say(self._question()))
        self._call_human()
        if self._chance.random() < 0.7:
            await page.until(lambda: page.state["owner"] != "bot", HURRY_S)
        page.act("leave_queue")
        await page.answered(page.say(self._question()))
        self._repeat()

    async def _come_and_go(self) -> None:
        """Writes and closes the page, before or after it was heard; reads the answers later."""
        for _ in range(3):
            self._page.say(self._question())
            if self._chance.random() < 0.5:
                await self._page.heard()
            await self._page.leave()
            said = self._page.say(self._question())  # nobody listens: it leaves when the page is back
            await asyncio.sleep(self._chance.uniform(0.5, 2))
            self._page.come_back()
            await self._page.answered(said)

    def _call_human(self) -> None:
        if self._chance.random() < 0.5:
            self._page.act("human")
        else:
            self._page.say(HUMAN_PLEASE[self._page.language])

    def _repeat(self) -> None:
        """Send again what was said before, out of order."""
        self._page.say_again(self._chance.sample(self._page.said, min(3, len(self._page.said))))

    def _question(self) -> str:
        return next(self._questions).text

    async def _breathe(self) -> None:
        await asyncio.sleep(self._chance.uniform(0, 0.5))
