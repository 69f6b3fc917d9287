"""Give, change and end the consents of one greeting, within the caller's transaction and under the greeting's lock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from capabilities.channel_consent.end import end
from capabilities.channel_consent.refusals import ChannelConsentInvalid
from capabilities.channel_consent.texts import TEXT_VERSION, last_day_by_default, local_day
from capabilities.consent import POLICY_VERSION
from models.greeting import Byline, Channel, ChannelConsent, Greeting
from models.placement import TakeDownReason
from models.volunteer import Volunteer, VolunteerStatus


@dataclass(frozen=True)
class Choice:
    """One channel as its writer wants it. `until` is the last day; `show_name` None: signed as the greeting itself."""

    channel: Channel
    until: date | None = None
    show_name: Byline | None = None


async def agree_to(greeting: Greeting, channels: Sequence[Channel], now: datetime) -> None:
    """Make the live consents those for `channels`: what stands keeps its last day and its name, the others end."""
    live = await _live_of(greeting, now)
    await end([each for each in live.values() if each.channel not in channels], greeting.person_id, now)
    await _create(greeting, [Choice(each) for each in dict.fromkeys(channels) if each not in live], {}, now)


async def choose(greeting: Greeting, choices: Sequence[Choice], now: datetime) -> None:
    """Make the live consents exactly these. Raises `ChannelConsentInvalid`; nothing is changed then.

    A consent that changes is ended and given anew, under the text of today. Copies under a name that is agreed to no
    longer are taken down; a new last day leaves them where they are.
    """
    wanted = {each.channel: each for each in choices}
    real_name = await _real_name(greeting.person_id)
    if faults := faults_in(choices, greeting, real_name, local_day(now)):
        raise ChannelConsentInvalid(fields=faults)
    live = await _live_of(greeting, now)
    changed = [each for channel, each in live.items() if channel in wanted and _differs(each, wanted[channel], now)]
    renamed = [each for each in changed if each.show_name != wanted[each.channel].show_name]
    await end([each for channel, each in live.items() if channel not in wanted], greeting.person_id, now)
    await end(renamed, greeting.person_id, now, TakeDownReason.NAME_CHANGED)
    await end([each for each in changed if each not in renamed], greeting.person_id, now, None)
    kept = live.keys() - {each.channel for each in changed}
    names = {Byline.REAL_NAME: real_name}
    await _create(greeting, [each for channel, each in wanted.items() if channel not in kept], names, now)


async def _live_of(greeting: Greeting, now: datetime) -> dict[Channel, ChannelConsent]:
    """What is past its last day is no longer there to be kept: it ends here, and may be given anew."""
    rows = await ChannelConsent.filter(greeting_id=greeting.id, withdrawn_at=None).order_by("id")
    run_out = [each for each in rows if not each.is_live(local_day(now))]
    await end(run_out, None, now, TakeDownReason.CONSENT_RUN_OUT)
    return {each.channel: each for each in rows if each not in run_out}


def _differs(consent: ChannelConsent, wanted: Choice, now: datetime) -> bool:
    until = wanted.until or consent.until or last_day_by_default(now)
    return (consent.show_name, consent.until) != (wanted.show_name, until)


def faults_in(choices: Sequence[Choice], greeting: Greeting, real_name: str | None, today: date) -> dict[str, str]:
    faults = {}
    if len({each.channel for each in choices}) < len(choices):
        faults["channels"] = "每个渠道只能选择一次"
    for place, each in enumerate(choices):
        if each.until is not None and not today <= each.until <= date(today.year + 1, 12, 31):
            faults[f"channels[{place}].until"] = "请选择今天到明年12月31日之间的日期"
        if each.show_name is Byline.REAL_NAME and real_name is None:
            faults[f"channels[{place}].show_name"] = "实名署名须先完成志愿者注册"
        if each.show_name is Byline.NICKNAME and greeting.byline is not Byline.NICKNAME:
            # A nickname is looked at together with the words; one that nobody has seen is shown nowhere.
            faults[f"channels[{place}].show_name"] = "这条祝福没有填写昵称，请先修改祝福的署名"
    return faults


async def _real_name(person_id: UUID) -> str | None:
    volunteer = await Volunteer.get_or_none(person_id=person_id, status=VolunteerStatus.APPROVED)
    return volunteer.name if volunteer else None


async def _create(
    greeting: Greeting, choices: Sequence[Choice], names: Mapping[Byline, str | None], now: datetime
) -> None:
    common: dict[str, Any] = {"policy_version": POLICY_VERSION, "text_version": TEXT_VERSION, "given_at": now}
    await ChannelConsent.bulk_create(
        ChannelConsent(
            greeting_id=greeting.id,
            person_id=greeting.person_id,
            channel=each.channel,
            until=each.until or last_day_by_default(now),
            show_name=each.show_name,
            shown_name=names.get(each.show_name) if each.show_name else None,
            **common,
        )
        for each in choices
    )


def name_on(greeting: Greeting, channel: Channel, today: date) -> str | None:
    """How it is signed on this channel; None is anonymous, also where nothing is agreed to. Needs `consents`."""
    consent = next((each for each in greeting.consents if each.channel == channel and each.is_live(today)), None)
    if consent is None:
        return None
    names: dict[Byline | None, str | None] = {
        None: greeting.byline_name,
        Byline.REAL_NAME: consent.shown_name,
        Byline.NICKNAME: greeting.byline_name if greeting.byline is Byline.NICKNAME else None,
    }
    return names.get(consent.show_name)
