"""A phone number that WeChat vouches for (手机号): a tap instead of eleven typed digits."""

import asyncio
from datetime import datetime

from capabilities.caller import Caller
from capabilities.consent import require_consent
from capabilities.office import Office
from capabilities.registration import is_phone, phone_index
from capabilities.transition import note
from kit.errors import Conflict
from models.consent import ConsentScope
from models.database import transaction
from models.person import Person
from models.volunteer import Volunteer
from wechat.answers import PhoneNumber

MAINLAND = "86"


class PhoneNotUsable(Conflict):
    """WeChat gave a number that nobody could call from here; another one can be typed."""

    words = "微信绑定的号码无法使用，请在登记表中手工填写手机号。"


async def confirm(office: Office, who: Caller, code: str) -> Person:
    """Keep the number behind one tap on the phone button, in the account and in its registration.

    Raises `ConsentNeeded`, `PhoneCodeRefused`, `PhoneNotUsable`, `WeChatUnavailable`, `WeChatQuotaUsedUp` or
    `WeChatMisconfigured`; the number that stood before stands then.
    """
    await require_consent(who.person_id, ConsentScope.POLICY)
    # A client that loses its connection has spent the code all the same.
    return await asyncio.shield(_confirm(office, who, code))


async def _confirm(office: Office, who: Caller, code: str) -> Person:
    person = await Person.get(id=who.person_id)
    number = as_written(await office.wechat.exchange_phone_code(code, openid=person.openid))
    if not is_phone(number):
        raise PhoneNotUsable
    now = office.now()
    async with transaction():
        # First the registration, then the person: in the order in which a form that is handed in writes them.
        await _write_in_registration(who, number, now)
        await Person.filter(id=who.person_id).update(
            phone=number, phone_index=phone_index(number), phone_verified_at=now
        )
    return await Person.get(id=who.person_id)


def as_written(phone: PhoneNumber) -> str:
    """Eleven digits at home; a number of elsewhere with a plus and its country's code."""
    return phone.number if phone.country_code == MAINLAND else f"+{phone.country_code}{phone.number}"


async def _write_in_registration(who: Caller, number: str, now: datetime) -> None:
    """In whatever state it is: what WeChat vouches for needs no reviewer, and a reviewer reads it anew."""
    volunteer = await Volunteer.filter(person_id=who.person_id).select_for_update().get_or_none()
    if volunteer is None or volunteer.phone == number:
        return
    await Volunteer.filter(id=volunteer.id).update(
        phone=number, phone_index=phone_index(number), changed_at=now, version=volunteer.version + 1
    )
    await note("volunteer", volunteer.id, who.person_id, volunteer.status, volunteer.status, now, "手机号经微信核验")
