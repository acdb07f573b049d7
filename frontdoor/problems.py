"""What is wrong with an installation, told so that the reader can mend it: where, what, and the remedy."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing to mend. `where` is a file, with line and field where known; `remedy` says what to do."""

    where: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}\n    → {self.remedy}"


class ConfigurationError(Exception):
    """The configuration cannot be used; `problems` lists everything that is wrong, not only the first."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)
