"""Act 3: everybody registers, some in two goes or with faults; organizers approve, send back, and approve again."""

from collections.abc import Iterator
from itertools import cycle
from typing import Any

from scripts.walkthrough.made_up import Identity, phone_number, with_wrong_check_digit
from scripts.walkthrough.people import Organizer, Volunteer
from scripts.walkthrough.stage import Stage

# Who does what, by number: the first three have parts of their own.
STAYS_DRAFT, TAKES_ANOTHERS_NUMBER, IS_COPIED = 0, 1, 2
INCOMPLETE_EVERY = WITH_DRAFT_EVERY = 20
WRONG_DIGIT_EVERY = 30
SPACED_EVERY = 10
# About 3 % are sent back.
RETURNED_EVERY = 33
REASON = "工作单位与证明材料不一致，请核对后补正。"


def form(number: int, name: str, who: Identity, unit_code: str, divisions: list[str]) -> dict[str, Any]:
    """All eight legal fields, and what a scientist adds."""
    spaced = f"{who.number[:6]} {who.number[6:14]} {who.number[14:]}".lower()
    return {
        "name": name,
        "sex": who.sex,
        "birth_date": who.born.isoformat(),
        "id_type": who.kind,
        "id_number": spaced if number % SPACED_EVERY == 9 else who.number,
        "division_code": divisions[number % len(divisions)],
        "phone": phone_number(number),
        "skills": [("气象", "临床医学", "植物保护", "软件工程")[number % 4]],
        "service_classes": [("popsci", "tech", "professional")[number % 3]],
        "unit_code": unit_code,
        "workplace": "呼和浩特市第一实验中学",
        "title_level": ("411", "412", "420", "430")[number % 4],
        "discipline": "170",
    }


async def register(stage: Stage) -> None:
    await stage.each("注册", stage.cast.volunteers, lambda person: _register(stage, person))
    await stage.each("证件号重复", stage.cast.volunteers[1:2], lambda person: _with_anothers_number(stage, person))


async def _register(stage: Stage, person: Volunteer) -> None:
    if person.number == TAKES_ANOTHERS_NUMBER:
        return
    if person.number == STAYS_DRAFT:
        await person.save_draft(name=person.form["name"])
        return
    if person.number % INCOMPLETE_EVERY == 3:
        await _incomplete(stage, person)
    if person.number % WITH_DRAFT_EVERY == 4:
        await person.save_draft(name=person.form["name"], unit_code=person.form["unit_code"])
    if person.number % WRONG_DIGIT_EVERY == 5:
        await _wrong_digit(stage, person)
    saved = await person.register()
    stage.ledger.hold(
        "姓名原样保存", saved["name"] == person.form["name"], f"{person.form['name']} 变成 {saved['name']}"
    )
    if person.number % RETURNED_EVERY == 3:
        await person.ask("PUT", "/me/volunteer", person.form, refusal="RegistrationLocked")


async def _incomplete(stage: Stage, person: Volunteer) -> None:
    part = {name: value for name, value in person.form.items() if name not in {"phone", "id_number"}}
    refused = await person.ask("PUT", "/me/volunteer", part, refusal="RegistrationIncomplete")
    named = set(refused["fields"])
    stage.ledger.hold("缺项一次说清", named == {"phone", "id_number"}, f"缺电话和证件号，却提示 {sorted(named)}")


async def _wrong_digit(stage: Stage, person: Volunteer) -> None:
    wrong = person.form | {"id_number": with_wrong_check_digit(person.form["id_number"])}
    refused = await person.ask("PUT", "/me/volunteer", wrong, refusal="RegistrationIncomplete")
    stage.ledger.hold("缺项一次说清", set(refused["fields"]) == {"id_number"}, f"校验位错，却提示 {refused['fields']}")


async def _with_anothers_number(stage: Stage, person: Volunteer) -> None:
    """One ID number is one person; with the own number it works."""
    copied = next(each for each in stage.cast.all_volunteers if each.number == IS_COPIED).form
    theirs = {name: copied[name] for name in ("id_type", "id_number", "birth_date", "sex")}
    await person.ask("PUT", "/me/volunteer", person.form | theirs, refusal="IdNumberTaken")
    await person.register()


async def review(stage: Stage) -> None:
    submitted = [each for each in stage.cast.volunteers if each.registration_status == "submitted"]
    async with stage.act("审核名单", None):
        await _refusals(stage, submitted)
        await _check_lists(stage, submitted)
    returned = submitted[::RETURNED_EVERY]
    await stage.each("退回", returned, lambda person: _send_back(stage, person))
    await stage.each("补正", returned, lambda person: _correct(stage, person))
    await stage.each("审核通过", submitted, lambda person: _reviewer(stage, person).decide(person, "approved"))
    await stage.each("重复审核", submitted[:2], lambda person: _decide_again(stage, person))


def _reviewer(stage: Stage, person: Volunteer) -> Organizer:
    """The unit's own organizer where there is one, else the city."""
    return stage.cast.unit if person.form["unit_code"] == stage.cast.unit.unit_code else stage.cast.city


async def _refusals(stage: Stage, submitted: list[Volunteer]) -> None:
    await submitted[0].ask("GET", "/registrations", refusal="RoleNeeded")
    elsewhere = next(each for each in submitted if each.form["unit_code"] != stage.cast.unit.unit_code)
    path, decision = f"/registrations/{elsewhere.registration_id}/decision", {"decision": "approved"}
    await stage.cast.unit.ask("POST", path, decision, refusal="NoSuchRegistration")
    await stage.cast.city.ask("POST", path, {"decision": "returned"}, refusal="ReasonNeeded")


async def _check_lists(stage: Stage, submitted: list[Volunteer]) -> None:
    """The city sees all of them, the unit those of its own and no other."""
    ours = {each.registration_id for each in submitted}
    own = {each.registration_id for each in submitted if each.form["unit_code"] == stage.cast.unit.unit_code}
    for who, expected in ((stage.cast.city, ours), (stage.cast.unit, own)):
        listed = {each["id"] for each in await who.registrations("submitted")}
        source = "单位" if who.unit_code else "全市"
        stage.ledger.compare(f"待审名单（{source}）", "registrations", expected, listed & ours)


async def _send_back(stage: Stage, person: Volunteer) -> None:
    await _reviewer(stage, person).decide(person, "returned", REASON)
    person.was_returned = True


async def _correct(stage: Stage, person: Volunteer) -> None:
    seen = await person.ask("GET", "/me/volunteer")
    is_told = (seen["status"], seen["return_reason"]) == ("returned", REASON)
    stage.ledger.hold("退回时告知理由", is_told, f"状态 {seen['status']}，理由 {seen['return_reason']}")
    await person.register(workplace="内蒙古自治区气象台")


async def _decide_again(stage: Stage, person: Volunteer) -> None:
    path = f"/registrations/{person.registration_id}/decision"
    await _reviewer(stage, person).ask("POST", path, {"decision": "approved"}, refusal="AlreadyDecided")


def forms(
    names: Iterator[str], identities: Iterator[Identity], units: list[str], divisions: list[str], count: int
) -> list[dict[str, Any]]:
    """The forms of so many volunteers, spread evenly over the units."""
    spread = cycle(units)
    return [form(n, next(names), next(identities), next(spread), divisions) for n in range(count)]
