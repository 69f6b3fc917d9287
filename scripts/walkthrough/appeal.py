"""Act 7b: who was refused appeals once, another moderator looks, and what that one says is the end of it."""

from scripts.walkthrough.greeting import Desk, Fate, Text
from scripts.walkthrough.stage import Stage

WORDS = {"words": "祝福写的是真实的志愿服务经历，与本次活动有关，恳请再看一次。"}
APPEAL_LINE = "申诉由他人复核"
# Of those refused every second one is refused again.
CONFIRMED_EVERY = 2


async def appeal(stage: Stage, desk: Desk) -> None:
    accepted = [text for text in desk.texts if text.left["status"] == "accepted"][:1]
    await stage.each("未拒绝不能申诉", accepted, _without_refusal)
    await stage.each("申诉", enumerate(desk.of(Fate.REJECTED)), lambda numbered: _appeal(stage, *numbered))


async def _without_refusal(text: Text) -> None:
    await text.author.ask("POST", f"/greetings/{text.id}/appeal", WORDS, refusal="NotRefused")


async def _appeal(stage: Stage, number: int, text: Text) -> None:
    first, second, path = stage.cast.moderator, stage.cast.second_moderator, f"/greetings/{text.id}"
    waiting = await text.author.ask("POST", f"{path}/appeal", WORDS)
    is_once = (waiting["status"], waiting["may_appeal"]) == ("pending_review", False)
    stage.ledger.hold("申诉仅一次", is_once, f"{waiting['status']}，还可申诉：{waiting['may_appeal']}")
    text.left["status"] = waiting["status"]
    decision = {"decision": "accepted", "version": text.left["version"]}
    await first.ask("POST", f"{path}/decision", decision, refusal="OwnRefusalAppealed")
    is_confirmed = number % CONFIRMED_EVERY == 1
    await second.decide(text.left, "rejected" if is_confirmed else "accepted", "off_topic" if is_confirmed else None)
    mine = {each["id"]: each for each in (await text.author.ask("GET", "/me/greetings")).json}
    told = mine[text.id]["status"]
    stage.ledger.hold(APPEAL_LINE, told == text.left["status"], f"作者看到 {told}，应为 {text.left['status']}")
    await text.author.ask("POST", f"{path}/appeal", WORDS, refusal="AlreadyAppealed")
