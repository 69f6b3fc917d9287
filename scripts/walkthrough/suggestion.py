"""Act 7d: a suggestion goes to a unit, is answered and rated; one like it is merged, one is not for us."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from kit.clock import LOCAL
from scripts.walkthrough.api import Answer
from scripts.walkthrough.greeting import Desk, Text
from scripts.walkthrough.people import Person, Volunteer
from scripts.walkthrough.stage import Stage

SENDERS = 3
WORDS = "建议在科普场馆增设无障碍通道和手语讲解。"
REPLY = "感谢您的建议，今年将在三处场馆增设无障碍通道。"
STATUS_LINE, SEEN_LINE, DUE_LINE = "建议办理", "作者看到答复", "建议办理期限"


@dataclass(eq=False)
class Case:
    text: Text
    id: str
    status: str = ""

    @property
    def sender(self) -> Volunteer:
        return self.text.author

    def note(self, answer: Answer) -> None:
        self.status = answer["status"]


class Suggestions:
    """The act: one of the three ways a suggestion can go each; their texts are the desk's like any other."""

    def __init__(self, stage: Stage, desk: Desk) -> None:
        self.stage = stage
        self.ledger = stage.ledger
        self.desk = desk
        self.cases: list[Case] = []

    async def follow(self) -> None:
        senders = self.stage.cast.approved[1 : 1 + SENDERS]
        await self.stage.each("提建议", senders, self._leave)
        if len(self.cases) == SENDERS:
            await self.stage.each("办理建议", [self.cases], lambda cases: self._handle(*cases))

    async def _leave(self, person: Volunteer) -> None:
        topic = (await self.stage.api.ask("GET", "/codes/suggestion_topic")).json[0]["code"]
        words = {
            "topic": topic,
            "text": WORDS,
            "byline": "nickname",
            "byline_name": "草原来信",
            "is_over_14": True,
            "channels": [],
        }
        text = Text(person, None, words, "suggestion")
        text.left = await person.greet(words | {"kind": "suggestion"})
        self.desk.texts.append(text)
        case = next(each for each in (await self._mine(person)).values() if each["greeting_id"] == text.id)
        self.cases.append(Case(text, case["id"], case["status"]))

    async def _mine(self, person: Volunteer) -> dict[str, dict[str, Any]]:
        return {each["id"]: each for each in (await person.ask("GET", "/me/suggestions")).json}

    async def _handle(self, answered: Case, merged: Case, refused: Case) -> None:
        await self._accept(answered, merged)
        await self._refuse(refused)
        await self._route(answered)
        await self._merge(merged, answered)
        await self._answer(answered, merged)
        await self._rate(answered)

    async def _accept(self, *cases: Case) -> None:
        await cases[0].sender.ask("GET", "/suggestions", refusal="RoleNeeded")
        for case in cases:
            case.note(await self._step(self.stage.cast.moderator, case, "acceptance", {"decision": "accepted"}))
            case.text.left["status"] = "accepted"

    async def _step(self, who: Person, case: Case, step: str, what: Any, **expected: Any) -> Answer:
        return await who.ask("POST", f"/suggestions/{case.id}/{step}", what, **expected)

    async def _refuse(self, case: Case) -> None:
        """Not without a reason, and the sender reads where to turn instead."""
        desk, decision = self.stage.cast.moderator, {"decision": "not_accepted"}
        await self._step(desk, case, "acceptance", decision, refusal="SuggestionInvalid")
        case.note(await self._step(desk, case, "acceptance", decision | {"reason_code": "not_ours"}))
        case.text.left["status"] = "rejected"
        told = (await self._mine(case.sender))[case.id]
        self.ledger.hold("不予受理告知去处", bool(told["reason"] and told["pointer"]), f"作者看到 {told['reason']}")

    async def _route(self, case: Case) -> None:
        """The unit sees it from now on and not before, with the day by which it is to be done."""
        unit, desk = self.stage.cast.unit, self.stage.cast.moderator
        await unit.ask("GET", f"/suggestions/{case.id}", refusal="NoSuchSuggestion")
        handle_by = (datetime.now(UTC).astimezone(LOCAL) + timedelta(days=1)).date().isoformat()
        routed = {"unit_code": unit.unit_code, "handle_by": handle_by}
        case.note(await self._step(desk, case, "routing", routed))
        await self._step(desk, case, "routing", routed, refusal="SuggestionInvalid")
        due = (await unit.ask("GET", f"/suggestions/{case.id}"))["handle_by"]
        self.ledger.hold(DUE_LINE, due == handle_by, f"{due}，应为 {handle_by}")

    async def _merge(self, case: Case, into: Case) -> None:
        case.note(await self._step(self.stage.cast.moderator, case, "merger", {"into": into.id}))

    async def _answer(self, *cases: Case) -> None:
        """One reply for all who asked the same."""
        unit, first = self.stage.cast.unit, cases[0]
        reply = {"text": REPLY, "result": "adopted"}
        await self._step(unit, first, "reply", reply, refusal="NotAtThisStage")
        await self._step(unit, first, "start", {})
        await self._step(unit, first, "reply", reply)
        for case in cases:
            told = (await self._mine(case.sender))[case.id]
            case.status = told["status"]
            is_told = (told["status"], told["reply"]) == ("replied", REPLY)
            self.ledger.hold(SEEN_LINE, is_told, f"作者看到 {told['status']} {told['reply']}")
            rows = await self.stage.api.pages("/me/messages", token=case.sender.token)
            arrived = sum(row["kind"] == "reply_arrived" for row in rows)
            self.ledger.hold(SEEN_LINE, arrived == 1, f"收到 {arrived} 条答复消息")

    async def _rate(self, case: Case) -> None:
        path, rating = f"/me/suggestions/{case.id}", {"rating": 5, "words": "答复及时，谢谢。"}
        case.note(await case.sender.ask("POST", f"{path}/rating", rating))
        await case.sender.ask("POST", f"{path}/rating", rating, refusal="NotAtThisStage")

    async def compare(self) -> None:
        async with self.stage.act("核对建议", None):
            ours = {case.id for case in self.cases}
            counted = {(case.id, case.status) for case in self.cases}
            mine = [row for case in self.cases for row in (await self._mine(case.sender)).values()]
            self._compare("我的建议", counted, ours, mine)
            desk = await self.stage.api.pages("/suggestions", token=self.stage.cast.moderator.token)
            self._compare("suggestions", counted, ours, desk)

    def _compare(self, source: str, counted: Any, ours: set[str], rows: list[dict[str, Any]]) -> None:
        self.ledger.compare(
            STATUS_LINE, source, counted, {(row["id"], row["status"]) for row in rows if row["id"] in ours}
        )
