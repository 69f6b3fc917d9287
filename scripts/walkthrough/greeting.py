"""Act 7: greetings are left, checked, moderated, changed and withdrawn, and the wall follows at once."""

from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from typing import Any

from scripts.walkthrough.made_up import GREETINGS, MARKUP, SUGGESTION
from scripts.walkthrough.people import Volunteer
from scripts.walkthrough.stage import Stage

SHARE_OF_AUTHORS = 0.6
WALL_LINE = "祝福墙即时更新"
# Every tenth thumb taps twice.
TWICE_EVERY = 10


class Fate(Enum):
    """What becomes of a text in the story."""

    RISKY = "risky"
    DOUBTFUL = "doubtful"
    RETURNED = "returned"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EDITED = "edited"
    MARKUP = "markup"
    SUGGESTION = "suggestion"


# Of how many texts in a hundred.
SHARES = {
    Fate.RISKY: 3,
    Fate.DOUBTFUL: 4,
    Fate.RETURNED: 6,
    Fate.REJECTED: 4,
    Fate.WITHDRAWN: 5,
    Fate.EDITED: 4,
    Fate.MARKUP: 1,
    Fate.SUGGESTION: 8,
}
TRIGGERS: dict[Fate | None, tuple[str, str]] = {
    Fate.RISKY: ("RISKY", "【违规】"),
    Fate.DOUBTFUL: ("REVIEW", "【待审】"),
}
CHANNELS = (("wall",), ("wall", "wechat_oa"), ("wall", "newspaper", "tv"), ("micro_video", "psa"), ())
BYLINES = ("real_name", "nickname", "anonymous")


@dataclass
class Text:
    """A greeting as its author and the moderators leave it; `fate` None is an ordinary one that is simply accepted."""

    author: Volunteer
    fate: Fate | None
    words: dict[str, Any]
    kind: str = "greeting"
    left: dict[str, Any] = field(default_factory=dict)
    was_returned: bool = False

    @property
    def id(self) -> str:
        return str(self.left["id"])

    @property
    def is_on_wall(self) -> bool:
        return self.left["status"] == "accepted" and self.kind == "greeting" and "wall" in self.words["channels"]


def fates(count: int) -> list[Fate | None]:
    """For so many texts: each fate its share and one at least, the others ordinary."""
    dealt: list[Fate | None] = [fate for fate, share in SHARES.items() for _ in range(max(1, share * count // 100))]
    return dealt + [None] * (count - len(dealt))


class Desk:
    """The act: the texts of this run, their authors, the moderator and the wall."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.ledger = stage.ledger
        self.texts: list[Text] = []

    def of(self, *chosen: Fate) -> list[Text]:
        return [text for text in self.texts if text.fate in chosen and not text.author.is_lost]

    async def leave_all(self) -> None:
        topics = {name: await self._codes(name) for name in ("greeting_topic", "suggestion_topic")}
        authors = self._authors()
        planned = [
            Text(author, fate, words(n, author, fate, topics), "suggestion" if fate is Fate.SUGGESTION else "greeting")
            for n, (author, fate) in enumerate(zip(authors, fates(len(authors)), strict=True))
        ]
        await self.stage.each("写祝福", planned, self._leave)
        await self.stage.each("未满十四周岁", planned[-1:], self._leave_as_child)
        unregistered = [each for each in self.stage.cast.volunteers if each.registration_status == "draft"]
        real_name = planned[-1].words | {"byline": "real_name", "byline_name": None}
        refused = [
            partial(each.ask, "POST", "/greetings", real_name, refusal="GreetingInvalid") for each in unregistered
        ]
        await self.stage.run("未注册不能实名", refused)

    async def _codes(self, name: str) -> list[str]:
        return [each["code"] for each in (await self.stage.api.ask("GET", f"/codes/{name}")).json]

    def _authors(self) -> list[Volunteer]:
        people = self.stage.cast.volunteers
        count = min(len(people), max(len(Fate) + 2, round(len(people) * SHARE_OF_AUTHORS)))
        return self.stage.dice.sample(people, count)

    async def _leave(self, text: Text) -> None:
        taps_twice = text.author.number % TWICE_EVERY == 0
        text.left = await text.author.greet(text.words | {"kind": text.kind}, taps_twice=taps_twice)
        expected = "rejected" if text.fate is Fate.RISKY else "pending_review"
        status = text.left["status"]
        self.ledger.hold("机审结果", status == expected, f"{_name(text)} 的状态是 {status}，应为 {expected}")
        signed = {"real_name": text.author.form["name"], "anonymous": "匿名"}.get(
            text.words["byline"], text.words["byline_name"]
        )
        self.ledger.hold("署名照作者所选", text.left["byline"] == signed, f"{text.left['byline']}，应为 {signed}")
        self.texts.append(text)

    async def _leave_as_child(self, text: Text) -> None:
        """Without a guardian nothing is stored; with one it is a text like the others."""
        child = text.words | {"topic": "children", "is_over_14": False}
        await text.author.ask("POST", "/greetings", child, refusal="GuardianNeeded")
        guardian = {"name": "乌兰", "relation": "母亲", "phone": "13800000000"}
        await self._leave(Text(text.author, None, child | {"guardian": guardian}))

    async def moderate(self) -> None:
        async with self.stage.act("审核列表", None):
            await self._check_list()
        await self.stage.each("审核祝福", [text for text in self.texts if text.fate is not Fate.RISKY], self._decide)
        await self.stage.each("退回修改", self.of(Fate.RETURNED), self._rewrite)
        accepted = [text for text in self.texts if text.left["status"] == "accepted"][:2]
        await self.stage.each("重复审核", accepted, self._decide_again)

    async def _check_list(self) -> None:
        """What waits is what the machine did not refuse, each with the machine's word on it."""
        await self.texts[0].author.ask("GET", "/moderation", refusal="RoleNeeded")
        listed = await self.stage.cast.moderator.waiting()
        ours = {text.id: text for text in self.texts}
        waiting = {
            (text.id, text.words["text"], "review" if text.fate is Fate.DOUBTFUL else "pass")
            for text in self.texts
            if text.fate is not Fate.RISKY
        }
        said = {(each["id"], each["text"], each["machine_suggest"]) for each in listed.values() if each["id"] in ours}
        self.ledger.compare("待审祝福", "moderation", waiting, said)

    async def _decide(self, text: Text) -> None:
        moderator = self.stage.cast.moderator
        if text.fate is Fate.RETURNED:
            what = {"decision": "returned"}
            await moderator.ask("POST", f"/greetings/{text.id}/decision", what, refusal="ReasonCodeNeeded")
            await moderator.decide(text.left, "returned", "facts")
            text.was_returned = True
        elif text.fate is Fate.REJECTED:
            await moderator.decide(text.left, "rejected", "off_topic")
        else:
            await moderator.decide(text.left, "accepted")

    async def _decide_again(self, text: Text) -> None:
        what = {"decision": "rejected", "reason_code": "other", "version": text.left["version"]}
        path = f"/greetings/{text.id}/decision"
        await self.stage.cast.moderator.ask("POST", path, what, refusal="AlreadyModerated")

    async def _rewrite(self, text: Text) -> None:
        """The author reads why, writes anew, and it passes; a decision on the old words is too late."""
        mine = {each["id"]: each for each in (await text.author.ask("GET", "/me/greetings")).json}
        told = (mine[text.id]["status"], mine[text.id]["reason_code"])
        self.ledger.hold("退回时告知理由", told == ("returned", "facts"), f"作者看到 {told}")
        await self._change(text, "（已更正）")
        old = {"decision": "accepted", "version": text.left["version"] - 1}
        path = f"/greetings/{text.id}/decision"
        await self.stage.cast.moderator.ask("POST", path, old, refusal="AlreadyModerated")
        await self.stage.cast.moderator.decide(text.left, "accepted")

    async def _change(self, text: Text, more: str) -> None:
        text.words["text"] += more
        await text.author.change_greeting(text.id, text.words)

    async def change_wall(self) -> None:
        await self.stage.each("撤回", self.of(Fate.WITHDRAWN), self._withdraw)
        await self.stage.each("上墙后修改", self.of(Fate.EDITED), self._edit)
        await self.stage.each("特殊字符", self.of(Fate.MARKUP), self._look_at_markup)

    async def wall(self) -> dict[str, dict[str, Any]]:
        """Newest first, back to this run's first text; ids grow with time."""
        oldest, cursor = min(text.id for text in self.texts), ""
        shown: dict[str, dict[str, Any]] = {}
        while True:
            page = await self.stage.api.ask("GET", f"/greetings?limit=200{cursor}")
            shown |= {each["id"]: each for each in page["items"]}
            if page["next_cursor"] is None or page["items"][-1]["id"] < oldest:
                return shown
            cursor = f"&cursor={page['next_cursor']}"

    async def _is_shown(self, text: Text, is_expected: bool) -> None:
        is_there = text.id in await self.wall()
        self.ledger.hold(WALL_LINE, is_there == is_expected, f"{_name(text)}：{'仍在' if is_there else '不在'}墙上")

    async def _withdraw(self, text: Text) -> None:
        await self._is_shown(text, True)
        await text.author.withdraw(text.id)
        await self._is_shown(text, False)
        await text.author.withdraw(text.id)
        await text.author.ask("PUT", f"/greetings/{text.id}", text.words, refusal="GreetingNotChangeable")

    async def _edit(self, text: Text) -> None:
        """New words are nobody's until a person has read them."""
        await self._is_shown(text, True)
        await self._change(text, "（补充）")
        await self._is_shown(text, False)
        await self.stage.cast.moderator.decide(text.left, "accepted")
        await self._is_shown(text, True)

    async def _look_at_markup(self, text: Text) -> None:
        """Markup is text like any other, and nothing that a browser would run."""
        page = await self.stage.api.ask("GET", "/greetings?limit=1")
        is_json = page.media_type.startswith("application/json")
        shown = (await self.wall()).get(text.id, {}).get("text")
        self.ledger.hold("标记按文字显示", is_json and shown == text.words["text"], f"{page.media_type} {shown}")


def words(number: int, author: Volunteer, fate: Fate | None, topics: dict[str, list[str]]) -> dict[str, Any]:
    """What one author writes and how it is signed: with the real name only by who is registered."""
    choice = topics["suggestion_topic" if fate is Fate.SUGGESTION else "greeting_topic"]
    byline = BYLINES[number % len(BYLINES)] if author.registration_status == "approved" else "nickname"
    return {
        "topic": choice[number % len(choice)],
        "text": _text(number, fate),
        "byline": byline,
        "byline_name": f"草原上的云{number}" if byline == "nickname" else None,
        "is_over_14": True,
        "channels": _channels(number, fate),
    }


def _text(number: int, fate: Fate | None) -> str:
    if fate is Fate.MARKUP:
        return MARKUP
    if fate is Fate.SUGGESTION:
        return SUGGESTION
    text = f"{GREETINGS[number % len(GREETINGS)]}（{number}）"
    return text + TRIGGERS[fate][number % 2] if fate in TRIGGERS else text


def _name(text: Text) -> str:
    return text.fate.value if text.fate else "ordinary"


def _channels(number: int, fate: Fate | None) -> list[str]:
    if fate is Fate.SUGGESTION:
        return []
    is_about_wall = fate in (Fate.WITHDRAWN, Fate.EDITED, Fate.MARKUP)
    return ["wall"] if is_about_wall else list(CHANNELS[number % len(CHANNELS)])
