"""Give the own phone number by one tap."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from capabilities import phone
from capabilities.caller import Caller
from capabilities.consent import ConsentNeeded
from capabilities.masks import mask_phone
from capabilities.office import Office
from capabilities.phone import PhoneNotUsable
from miniapp_api.door import GUESSING, door
from models.person import Person
from wechat.errors import PhoneCodeRefused, WeChatMisconfigured, WeChatQuotaUsedUp, WeChatUnavailable


class PhoneCode(msgspec.Struct, forbid_unknown_fields=True):
    """`code` is what the phone button gave, not a log-in code; it works once and for five minutes."""

    code: Annotated[str, Meta(min_length=1, max_length=200)]


class VerifiedPhone(msgspec.Struct):
    phone_masked: str
    verified_at: datetime | None

    @classmethod
    def of(cls, row: Person) -> "VerifiedPhone":
        return cls(mask_phone(row.phone or ""), row.phone_verified_at)


@door.post(
    "/me/phone",
    limit=4096,
    # Each number that WeChat tells costs money, and nobody has many.
    pace=GUESSING,
    refusals=(
        ConsentNeeded,
        PhoneCodeRefused,
        PhoneNotUsable,
        WeChatUnavailable,
        WeChatQuotaUsedUp,
        WeChatMisconfigured,
    ),
)
async def confirm(who: Caller, office: Office, what: PhoneCode) -> VerifiedPhone:
    """用微信手机号授权码核验并保存手机号"""
    return VerifiedPhone.of(await phone.confirm(office, who, what.code))
