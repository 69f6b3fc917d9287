"""Choose greetings for a channel (选用) and note where they were placed (刊播): each needs a consent, each time."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta
from tortoise.exceptions import IntegrityError
from tortoise.expressions import Q, Subquery

from capabilities.caller import Caller, RoleNeeded
from capabilities.channel_consent import OWN_CHANNELS, end_selections, local_day, lock, require_live
from capabilities.greeting import NoSuchGreeting
from capabilities.office import Office
from capabilities.transition import note
from kit.errors import Conflict, Invalid
from kit.paging import limit_of, row_of
from models.database import transaction
from models.greeting import STANDING, Channel, ChannelConsent, Greeting, GreetingKind, GreetingStatus
from models.placement import Copy, Placement, Selection
from models.role import RoleName


class GreetingNotAccepted(Conflict):
    """Only what a person has accepted, and nobody has changed since, can be chosen."""

    words = "这条祝福尚未通过审核，或已被作者修改、撤回，不能选用。"


class SecondPersonNeeded(Conflict):
    """What leaves the mini-program is looked at by two people (`domain.md` §2.8)."""

    words = "选用须由审核人以外的另一人决定，请换一位管理员操作。"


class AlreadySelected(Conflict):
    words = "这条祝福已为该渠道选用。"


class NotSelected(Conflict):
    """`greeting_ids` names those that are not, or no longer, chosen for this channel in their present words."""

    words = "部分祝福尚未为该渠道选用，或选用后已修改，请移除后再试。"


class ShownByItself(Invalid):
    words = "祝福墙由系统自动展示，无需选用或登记。"


class PlacementInvalid(Invalid):
    words = "刊播登记填写有误，请按提示修改。"


class NewPlacement(msgspec.Struct, forbid_unknown_fields=True):
    """`needs_person_to_remove` off: it vanishes by itself when we stop showing it. By default only on our own site."""

    greeting_ids: Annotated[list[UUID], Meta(min_length=1, max_length=200)]
    channel: Channel
    outlet: Annotated[str, Meta(min_length=1, max_length=60)]
    title: Annotated[str, Meta(min_length=1, max_length=120)]
    published_on: date
    link: Annotated[str, Meta(max_length=300, pattern=r"^(https?://\S+)?$")] = ""
    needs_person_to_remove: bool | None = None


def _require_city(who: Caller) -> None:
    if not who.holds(RoleName.CITY_ADMIN):
        raise RoleNeeded


async def selectable(
    office: Office, who: Caller, channel: Channel, *, is_selected: bool | None, cursor: str | None, limit: int | None
) -> list[Greeting]:
    """What may be shown on this channel today, oldest first; one more than the page holds where there are more."""
    _require_city(who)
    query = Greeting.showable(channel, local_day(office.now()))
    if is_selected is not None:
        chosen = Q(id__in=Subquery(Selection.live().filter(channel=channel).values("greeting_id")))
        query = query.filter(chosen if is_selected else ~chosen)
    after = row_of(cursor)
    if after is not None:
        query = query.filter(id__gt=after)
    return await query.order_by("id").limit(limit_of(limit) + 1).prefetch_related("consents", "selections")


async def select(office: Office, who: Caller, greeting_id: UUID, channel: Channel) -> Selection:
    """Choose one greeting for one channel.

    Raises `NoSuchGreeting`, `GreetingNotAccepted`, `SecondPersonNeeded`, `ChannelConsentMissing` or `AlreadySelected`.
    """
    _require_city(who)
    if channel is Channel.WALL:
        raise ShownByItself
    now = office.now()
    try:
        async with transaction():
            greeting = _acceptable((await lock([greeting_id])).get(greeting_id), who)
            await require_live([greeting_id], channel, now)
            return await _select(greeting, channel, who, now)
    except IntegrityError:
        raise AlreadySelected from None


def _acceptable(greeting: Greeting | None, who: Caller) -> Greeting:
    if greeting is None or greeting.kind is not GreetingKind.GREETING:
        raise NoSuchGreeting
    if greeting.status not in STANDING:
        raise GreetingNotAccepted(greeting_status=greeting.status.value)
    if greeting.decided_by_id == who.person_id:
        raise SecondPersonNeeded
    return greeting


async def _select(greeting: Greeting, channel: Channel, who: Caller, now: datetime) -> Selection:
    chosen = await Selection.create(
        greeting=greeting, channel=channel, version=greeting.version, selected_by_id=who.person_id, selected_at=now
    )
    if greeting.status is GreetingStatus.ACCEPTED:
        await Greeting.filter(id=greeting.id).update(status=GreetingStatus.SELECTED)
        await note("greeting", greeting.id, who.person_id, greeting.status, GreetingStatus.SELECTED, now, channel)
        greeting.status = GreetingStatus.SELECTED
    await note("selection", chosen.id, who.person_id, None, "selected", now)
    return chosen


async def deselect(office: Office, who: Caller, greeting_id: UUID, channel: Channel) -> None:
    """Choose otherwise; where it was placed already it stays placed. Twice is once. Raises `NoSuchGreeting`."""
    _require_city(who)
    async with transaction():
        if greeting_id not in await lock([greeting_id]):
            raise NoSuchGreeting
        await end_selections([greeting_id], who.person_id, office.now(), channels=[channel])


async def place(office: Office, who: Caller, new: NewPlacement) -> Placement:
    """Write down that chosen greetings were placed; the consents are asked again now, under the greetings' locks.

    Raises `NoSuchGreeting`, `NotSelected`, `ChannelConsentMissing` or `PlacementInvalid`; nothing is written then.
    """
    _require_city(who)
    now, ids = office.now(), list(dict.fromkeys(new.greeting_ids))
    if faults := faults_in(new, local_day(now)):
        raise PlacementInvalid(fields=faults)
    async with transaction():
        greetings = await lock(ids)
        if unknown := [str(each) for each in ids if each not in greetings]:
            raise NoSuchGreeting(greeting_ids=unknown)
        consents = await require_live(ids, new.channel, now)
        await _require_selected(greetings, new.channel)
        placement = await _write(new, who, now)
        await Copy.bulk_create(_copies(placement, greetings, consents))
        for each in greetings.values():
            await _publish(each, who, now, placement.channel)
    return await Placement.get(id=placement.id).prefetch_related("copies__take_downs")


def faults_in(new: NewPlacement, today: date) -> dict[str, str]:
    faults = {}
    if new.channel is Channel.WALL:
        faults["channel"] = ShownByItself.words
    if new.published_on > today:
        faults["published_on"] = "请在刊播之后登记"
    for name in ("outlet", "title"):
        if not getattr(new, name).strip():
            faults[name] = "请填写"
    return faults


async def _require_selected(greetings: dict[UUID, Greeting], channel: Channel) -> None:
    chosen = await Selection.live().filter(greeting_id__in=list(greetings), channel=channel)
    versions = {each.greeting_id: each.version for each in chosen}
    usable = (GreetingStatus.SELECTED, GreetingStatus.PUBLISHED)
    others = [each for each in greetings.values() if each.status not in usable or versions.get(each.id) != each.version]
    if others:
        raise NotSelected(greeting_ids=[str(each.id) for each in others], channel=channel.value)


async def _write(new: NewPlacement, who: Caller, now: datetime) -> Placement:
    needs_person = new.needs_person_to_remove
    placement = await Placement.create(
        channel=new.channel,
        outlet=new.outlet.strip(),
        title=new.title.strip(),
        link=new.link,
        published_on=new.published_on,
        needs_person=new.channel not in OWN_CHANNELS if needs_person is None else needs_person,
        placed_by_id=who.person_id,
        placed_at=now,
    )
    await note("placement", placement.id, who.person_id, None, "placed", now)
    return placement


def _copies(
    placement: Placement, greetings: dict[UUID, Greeting], consents: dict[UUID, ChannelConsent]
) -> Sequence[Copy]:
    return [
        Copy(placement=placement, greeting=each, consent=consents[each.id], version=each.version)
        for each in greetings.values()
    ]


async def _publish(greeting: Greeting, who: Caller, now: datetime, channel: Channel) -> None:
    if greeting.status is GreetingStatus.SELECTED:
        await Greeting.filter(id=greeting.id).update(status=GreetingStatus.PUBLISHED)
        await note("greeting", greeting.id, who.person_id, greeting.status, GreetingStatus.PUBLISHED, now, channel)


async def placements(who: Caller, *, channel: Channel | None, cursor: str | None, limit: int | None) -> list[Placement]:
    """For organizers, newest first; one more than the page holds where there are more."""
    who.require_organizer()
    query = Placement.all() if channel is None else Placement.filter(channel=channel)
    before = row_of(cursor)
    if before is not None:
        query = query.filter(id__lt=before)
    return await query.order_by("-id").limit(limit_of(limit) + 1).prefetch_related("copies__take_downs")
