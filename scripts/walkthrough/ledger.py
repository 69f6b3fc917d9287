"""The ledger: what the walk-through noted from answers, held against what the API says afterwards."""

from collections import Counter
from collections.abc import Set
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Surprise:
    """An answer that the story did not foresee. No body is kept: some carry tokens."""

    method: str
    path: str
    wanted: str
    status: int
    code: str | None
    detail: str


@dataclass
class Line:
    """One row of the table. `said` holds the size of what each source said."""

    name: str
    counted: int
    said: dict[str, int] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)

    @property
    def is_same(self) -> bool:
        return not self.differences


class Ledger:
    """Collects lines, refusals and surprises while the story goes on; it judges nothing by itself but equality."""

    def __init__(self) -> None:
        self.lines: dict[str, Line] = {}
        self.surprises: list[Surprise] = []
        self.planned: Counter[str] = Counter()
        self.received: Counter[str] = Counter()
        self.requests = 0

    @property
    def is_clean(self) -> bool:
        return not self.surprises and all(line.is_same for line in self.lines.values())

    @property
    def differences(self) -> list[str]:
        return [f"{line.name}：{words}" for line in self.lines.values() for words in line.differences]

    def compare(self, name: str, source: str, counted: Any, said: Any) -> None:
        """`counted` came from answers, `said` from reading the API afterwards; both are sets, counters or numbers."""
        line = self.lines.setdefault(name, Line(name, size(counted)))
        line.said[source] = size(said)
        if counted != said:
            line.differences.append(f"{source}：{difference(counted, said)}")

    def hold(self, name: str, is_so: bool, words: str) -> None:
        """Something that must be true each time it is looked at; `words` say what was seen instead."""
        line = self.lines.setdefault(name, Line(name, 0))
        line.counted += 1
        line.said["成立"] = line.said.get("成立", 0) + is_so
        if not is_so:
            line.differences.append(words)


def size(what: Any) -> int:
    if isinstance(what, Counter):
        return what.total()
    return what if isinstance(what, int) else len(what)


def difference(counted: Any, said: Any) -> str:
    """The first few things that are only on one side."""
    if isinstance(counted, Set) and isinstance(said, Set):
        return f"只在走查中 {_few(counted - said)}，只在接口中 {_few(said - counted)}"
    if isinstance(counted, Counter) and isinstance(said, Counter):
        return f"走查多出 {_few((counted - said).items())}，接口多出 {_few((said - counted).items())}"
    return f"走查 {counted}，接口 {said}"


def _few(things: Any) -> str:
    ordered = sorted(map(str, things))
    return f"{len(ordered)} 项{'：' + '、'.join(ordered[:3]) if ordered else ''}"
