"""What a promotion takes, and how conversations are reviewed: the sections `growth` and `quality` of tiers.yml."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field, model_validator

from desk.section import Id, Section, Text

FULL_MARKS = 5
"""An item of the scorecard is worth 0 to so many points."""

Count = Annotated[int, Field(ge=0, le=100_000)]
Percent = Annotated[int, Field(ge=0, le=100)]


class Criteria(Section):
    """What somebody must have to be promoted to a grade; what is not given, or 0, is not asked for.

    Cases, ratings, reviews and promises are those of the period; `months` in the grade before and `trainings` that hold
    are those of now. `quality` is 0 to 100, `sla` a share.
    """

    after: Id | None = None  # the grade before; None: the one above it in the file
    solved: Count = 0
    rating: Annotated[float, Field(ge=1, le=5)] | None = None
    ratings: Count = 10  # how many there must be for their mean to say anything
    quality: Annotated[float, Field(ge=0, le=100)] | None = None
    reviews: Annotated[int, Field(ge=1, le=1000)] = 3
    trainings: Annotated[int, Field(ge=0, le=100)] = 0
    months: Annotated[int, Field(ge=0, le=120)] = 0
    sla: Annotated[float, Field(ge=0, le=1)] | None = None

    @model_validator(mode="after")
    def _something(self) -> "Criteria":
        if not (self.solved or self.rating or self.quality or self.trainings or self.months or self.sla):
            raise ValueError("asks for nothing; give at least one of solved, rating, quality, trainings, months, sla")
        return self


class Growth(Section):
    """The criteria by grade, the days that count, and what new trainings ask for."""

    period_days: Annotated[int, Field(ge=7, le=730)] = 90
    grades: dict[Id, Criteria] = Field(default_factory=dict)
    pass_mark: Percent = 80
    tries: Annotated[int, Field(ge=1, le=20)] = 3
    renew_days: Annotated[int, Field(ge=1, le=90)] = 14  # to take a training again whose article has changed

    def before(self, grade: str, grades: Mapping[str, object]) -> str:
        """The grade from which one comes to `grade`; empty for the first."""
        names = list(grades)
        criteria = self.grades.get(grade)
        if criteria and criteria.after:
            return criteria.after
        return names[names.index(grade) - 1] if names.index(grade) else ""

    def following(self, grade: str, grades: Mapping[str, object]) -> str:
        """The grade to which one can be promoted from `grade`; empty where there is none."""
        return next((name for name in self.grades if name in grades and self.before(name, grades) == grade), "")

    def problems(self, grades: Mapping[str, object], quality: "Quality") -> Iterator[tuple[str, str]]:
        """What does not fit to the rest of the file: where, and what."""
        known = ", ".join(grades)
        came: dict[str, str] = {}
        for name, criteria in self.grades.items():
            where = f"growth.grades.{name}"
            if name not in grades:
                yield where, f"there is no grade {name!r}; the grades are {known}"
                continue
            if criteria.after is not None and criteria.after not in grades:
                yield f"{where}.after", f"there is no grade {criteria.after!r}; the grades are {known}"
                continue
            before = self.before(name, grades)
            if not before:
                yield where, "is the first grade, where everybody begins; take it out, or say `after`"
                continue
            if before in came:
                yield f"{where}.after", f"two grades come after {before!r}: {came[before]} and {name}; leave one"
            came.setdefault(before, name)
            if criteria.quality is not None and criteria.reviews > (most := quality.most(self.period_days)):
                yield f"{where}.reviews", f"at most {most} are drawn in {self.period_days} days; see quality.per_month"
        yield from self._circles(came)

    def _circles(self, came: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        told: set[str] = set()
        for name in came:
            path = [name]
            while (following := came.get(path[-1])) and following not in path:
                path.append(following)
            if following and not told & set(path[path.index(following) :]):
                circle = path[path.index(following) :]
                told |= set(circle)
                shown = " → ".join([*circle, circle[0]])
                yield f"growth.grades.{circle[0]}.after", f"goes round in a circle: {shown}; leave one of them out"


class Item(Section):
    """One line of the scorecard. `weight` counts beside those of the others."""

    name: Text
    hint: Text | None = None
    weight: Annotated[int, Field(ge=1, le=100)] = 1


class PerMonth(Section):
    """How many conversations of each agent are drawn in a month."""

    random: Annotated[int, Field(ge=0, le=30)] = 4
    low_rated: Annotated[int, Field(ge=0, le=30)] = 4
    escalated: Annotated[int, Field(ge=0, le=30)] = 2


def _item(en: str, zh: str, weight: int) -> Item:
    return Item(name=Text(en=en, zh=zh), weight=weight)


ITEMS = {
    "understood": _item("Understood what was asked", "准确理解客户问题", 2),
    "right": _item("The answer is right and complete", "答复正确、完整", 4),
    "tone": _item("Friendly and clear", "态度友好，表达清楚", 2),
    "process": _item("Followed the rules and noted what was done", "流程规范，记录完整", 2),
}


class Quality(Section):
    """The scorecard and what is drawn. Scores up to `low_rating` count as low; appeals are heard for `appeal_days`."""

    per_month: PerMonth = PerMonth()
    low_rating: Annotated[int, Field(ge=1, le=4)] = 2
    appeal_days: Annotated[int, Field(ge=1, le=90)] = 14
    items: Annotated[dict[Id, Item], Field(min_length=1, max_length=20)] = ITEMS

    @property
    def slices(self) -> int:
        """Into how many parts a month is cut, each of which is drawn from when it is over."""
        return max(1, self.per_month.random)

    def most(self, days: int) -> int:
        """How many reviews of one agent there can be in so many days."""
        of_month = self.per_month.random + self.per_month.low_rated + self.per_month.escalated
        return of_month * max(1, days // 30)
