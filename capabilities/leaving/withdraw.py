"""Withdraw a consent (撤回同意): what rests on it stops in the same moment, and the answer says what is kept."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from capabilities.caller import Caller, rights_changed
from capabilities.leaving.giving_back import (
    Leaver,
    change_registration,
    end_claims,
    give_back_roles,
    give_back_seats,
    hold_claims,
    hold_shifts,
    leave_teams,
    stop_reminders,
    take_back_greetings,
    take_back_uploads,
)
from capabilities.leaving.refusals import ChangedMeanwhile, NoSuchConsent, NotAgreed
from capabilities.office import Office
from capabilities.own_data import RequestKind, delete_rows, note_request
from capabilities.transition import note
from models.claim import Claim
from models.consent import Consent, ConsentScope
from models.correction import Correction, CorrectionStatus
from models.database import transaction
from models.person import Person
from models.placement import TakeDownReason
from models.volunteer import Volunteer, VolunteerStatus

Done = TypeVar("Done")

RETURNED = "您撤回了对证件号码的同意。重新同意并填写后再次提交即可，志愿者编号不变。"
# Without the number nobody stands as a volunteer: the form is the person's again. Who was refused or has left stays so.
WITHOUT_NUMBER = {
    VolunteerStatus.SUBMITTED: VolunteerStatus.DRAFT,
    VolunteerStatus.APPROVED: VolunteerStatus.RETURNED,
    VolunteerStatus.SUSPENDED: VolunteerStatus.RETURNED,
}
WITHOUT_POLICY = {
    VolunteerStatus.SUBMITTED: VolunteerStatus.DRAFT,
    VolunteerStatus.APPROVED: VolunteerStatus.WITHDRAWN,
    VolunteerStatus.SUSPENDED: VolunteerStatus.WITHDRAWN,
}
NO_NUMBER: Mapping[str, Any] = {"id_type": None, "id_number": None, "id_number_index": None}
ATTEMPTS = 3


@dataclass(frozen=True)
class Kept:
    what: str
    why: str


@dataclass(frozen=True)
class Withdrawn:
    """What stopped, in words for the person, and what is kept and why."""

    scope: ConsentScope
    stopped: list[str]
    kept: list[Kept]


async def withdraw_consent(office: Office, who: Caller, scope: str) -> Withdrawn:
    """At once and for all versions of the text; one may agree again at any time.

    Raises `NoSuchConsent`, `NotAgreed`, `LastCityAdmin` or `ChangedMeanwhile`.
    """
    if scope not in set(ConsentScope):
        raise NoSuchConsent(known=list(ConsentScope))
    return await attempt(lambda: _withdraw(office, who, ConsentScope(scope)))


async def attempt(doing: Callable[[], Awaitable[Done]]) -> Done:
    """Again, where a place came in between the first lock and the second."""
    for _ in range(ATTEMPTS - 1):
        try:
            return await doing()
        except ChangedMeanwhile:
            continue
    return await doing()


async def _withdraw(office: Office, who: Caller, scope: ConsentScope) -> Withdrawn:
    leaver = Leaver(who.person_id, office.now(), "撤回同意")
    async with transaction():
        live = Consent.live(who.person_id)
        # The policy is the ground of the others.
        ended = live if scope is ConsentScope.POLICY else live.filter(scope=scope)
        if not await ended.exists():
            raise NotAgreed
        answer = await _STOPS[scope](office, leaver)
        if not await ended.update(withdrawn_at=leaver.now):
            raise NotAgreed
        await note_request(RequestKind.WITHDRAW_CONSENT, who.person_id, leaver.now, scope.value)
    return answer


async def _stop_all(office: Office, leaver: Leaver) -> Withdrawn:
    await hold_claims(office, leaver)
    await give_back_roles(office, leaver)
    await hold_shifts(office, leaver)
    await _fall_back(leaver, WITHOUT_POLICY, NO_NUMBER)
    await _forget_number_in_corrections(leaver, ends_all=True)
    await _forget_claims(office, leaver)
    await give_back_seats(office, leaver)
    await leave_teams(office, leaver)
    await take_back_greetings(office, leaver, TakeDownReason.CONSENT_WITHDRAWN)
    await take_back_uploads(office, leaver)
    await stop_reminders(office, leaver)
    # The person last: see the order of locks.
    await Person.filter(id=leaver.person_id).update(restricted_at=leaver.now)
    rights_changed(office, leaver.person_id)
    stopped = [
        "未开始的报名已取消，名额已让给候补",
        "已退出全部队伍，收回全部角色",
        "祝福已全部撤回，停止展示，已刊播的正在通知撤下",
        "上传的文件已删除",
        "证件号码和相关的认领申请已删除，志愿者登记不再使用",
        "不再发送提醒",
    ]
    kept = [
        Kept("姓名等登记信息", "您可以随时获取副本、重新同意，或注销账号予以删除；在此之前只保存，不使用"),
        Kept("签到记录", "志愿服务记录须如实保存（民政部令第67号）"),
        Kept("已提交的建议", "内容继续办理；注销后不再有提交人"),
        Kept("同意和撤回的记录", "证明处理有据（个人信息保护法 第六十九条）"),
    ]
    return Withdrawn(ConsentScope.POLICY, stopped, kept)


async def _forget_number(office: Office, leaver: Leaver) -> Withdrawn:
    await hold_claims(office, leaver)
    await _fall_back(leaver, WITHOUT_NUMBER, NO_NUMBER)
    await _forget_number_in_corrections(leaver, ends_all=False)
    await _forget_claims(office, leaver)
    stopped = [
        "证件号码和证件类型已删除，提出过的认领申请一并删除",
        "重新同意并填写、再次通过审核前，不能报名新的活动",
    ]
    kept = [
        Kept("志愿者编号和已确认的报名", "不依据证件号码；重新登记后编号不变"),
        Kept("其他登记信息", "依据您对个人信息处理规则的同意"),
    ]
    return Withdrawn(ConsentScope.ID_NUMBER, stopped, kept)


async def _fall_back(
    leaver: Leaver, after: Mapping[VolunteerStatus, VolunteerStatus], changes: Mapping[str, Any]
) -> None:
    volunteer = await Volunteer.filter(person_id=leaver.person_id).select_for_update().get_or_none()
    if volunteer is None:
        return
    status = after.get(volunteer.status, volunteer.status)
    told = {"return_reason": RETURNED} if status is VolunteerStatus.RETURNED else {}
    await change_registration(leaver, status, {**changes, **told})


async def _forget_number_in_corrections(leaver: Leaver, *, ends_all: bool) -> None:
    """What waits for a reviewer is called off where it rests on what is withdrawn; the number goes from the others."""
    for each in await Correction.filter(volunteer__person_id=leaver.person_id).order_by("id"):
        texts = {name: _without_number(getattr(each, name)) for name in ("after", "before")}
        had_number = texts != {name: getattr(each, name) for name in texts}
        status = each.status
        if status is CorrectionStatus.OPEN and (ends_all or had_number):
            status = CorrectionStatus.REPLACED
            await note("correction", each.id, leaver.person_id, each.status, status, leaver.now, leaver.reason)
        if had_number or status is not each.status:
            await Correction.filter(id=each.id).update(**texts, status=status)


async def _forget_claims(office: Office, leaver: Leaver) -> None:
    """The decided ones too: each names the number."""
    await end_claims(office, leaver)
    await delete_rows(Claim, [each.id for each in await Claim.filter(person_id=leaver.person_id).only("id")])


def _without_number(text: str | None) -> str | None:
    fields = msgspec.json.decode(text) if text else {}
    if not fields.keys() & NO_NUMBER.keys():
        return text
    return msgspec.json.encode(fields | dict.fromkeys(fields.keys() & NO_NUMBER.keys())).decode()


async def _look_no_more(office: Office, leaver: Leaver) -> Withdrawn:
    stopped = ["签到时不再查看您手机的位置；其他签到方式不受影响"]
    kept = [Kept("以往签到的“场内/场外”", "是签到记录的一部分；坐标从不保存")]
    return Withdrawn(ConsentScope.LOCATION, stopped, kept)


_STOPS: Mapping[ConsentScope, Callable[[Office, Leaver], Awaitable[Withdrawn]]] = {
    ConsentScope.POLICY: _stop_all,
    ConsentScope.ID_NUMBER: _forget_number,
    ConsentScope.LOCATION: _look_no_more,
}
