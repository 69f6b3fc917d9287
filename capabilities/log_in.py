"""Log in through WeChat, and out again."""

import asyncio
import hmac
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256

from tortoise.exceptions import IntegrityError

from capabilities.caller import Caller, rights_changed
from capabilities.office import Office
from kit.errors import Forbidden, Refusal
from kit.seals import encode
from models.fields import blind
from models.person import Person
from models.session import Login, Session
from wechat.errors import (
    AccountRestricted,
    LoginCodeRefused,
    WeChatMisconfigured,
    WeChatQuotaUsedUp,
    WeChatUnavailable,
)

# A thumb that taps twice does so within a second; a minute also covers a client that repeats after a lost answer.
DOUBLE_TAP = timedelta(minutes=1)
# How long the second tap waits for the first one's answer from WeChat.
PATIENCE_SECONDS = 6.0
LOOK_EVERY_SECONDS = 0.05


class AccountClosed(Forbidden):
    """It was closed in this very moment; the next log-in of the same WeChat account is somebody new."""

    words = "此账号刚刚注销。如需继续使用，请重新登录。"


REFUSALS = (
    LoginCodeRefused,
    AccountRestricted,
    AccountClosed,
    WeChatUnavailable,
    WeChatQuotaUsedUp,
    WeChatMisconfigured,
)
# What the first tap was refused with, the second tap is refused with too.
_BY_CODE: dict[str, type[Refusal]] = {each.__name__: each for each in REFUSALS}


@dataclass(frozen=True)
class OpenedSession:
    token: str = field(repr=False)
    session: Session
    person: Person


async def log_in(office: Office, code: str, *, phone: str) -> OpenedSession:
    """Open a session for whoever WeChat says the code belongs to.

    `phone` tells one calling phone from another (address and client). The same code from the same phone within a
    minute is one log-in with one token; from another phone, or later, it is `LoginCodeRefused`. Raises one of
    `REFUSALS`; nothing is stored then but that the code was used.
    """
    try:
        login = await Login.create(
            code_index=blind(code, kind="login-code"), caller_index=blind(phone, kind="phone"), at=office.now()
        )
    except IntegrityError:
        return await _second_tap(office, code, phone)
    # A phone that loses its connection has spent the code all the same: what it began is finished for its next try.
    return await asyncio.shield(_first_tap(office, code, login))


async def _first_tap(office: Office, code: str, login: Login) -> OpenedSession:
    try:
        identity = await office.wechat.exchange_login_code(code)
        return await _open(office, code, login, identity.openid)
    except Refusal as refusal:
        login.failed_code = refusal.code
        await login.save(update_fields=["failed_code"])
        raise


async def log_out(office: Office, who: Caller) -> None:
    await Session.filter(id=who.session_id).update(revoked_at=office.now())
    rights_changed(office, who.person_id)


async def _open(office: Office, code: str, login: Login, openid: str) -> OpenedSession:
    now = office.now()
    person, _ = await Person.get_or_create(
        openid_index=blind(openid, kind="openid"), defaults={"openid": openid, "joined_at": now}
    )
    if person.closed_at is not None:
        raise AccountClosed
    session = Session(person=person, opened_at=now, expires_at=now + office.session_length)
    token = _token(office, session, code)
    session.token_hash = Session.hash_of(token)
    await session.save(force_create=True)
    login.session = session
    await login.save(update_fields=["session_id"])
    return OpenedSession(token, session, person)


def _token(office: Office, session: Session, code: str) -> str:
    """256 bits that our secret and the code make together: the second tap gets them, and they are stored nowhere."""
    return encode(hmac.digest(office.session_key, session.id.bytes + code.encode(), sha256))


async def _second_tap(office: Office, code: str, phone: str) -> OpenedSession:
    login = await Login.get(code_index=blind(code, kind="login-code"))
    is_same_phone = hmac.compare_digest(login.caller_index, blind(phone, kind="phone"))
    if not is_same_phone or office.now() - login.at > DOUBLE_TAP:
        raise LoginCodeRefused
    login = await _settled(login)
    if login.session_id is None:
        raise _BY_CODE.get(login.failed_code or "", WeChatUnavailable)
    session = await Session.get(id=login.session_id).select_related("person")
    return OpenedSession(_token(office, session, code), session, session.person)


async def _settled(login: Login) -> Login:
    """The first tap's row once WeChat has answered it, or as it is when patience ends."""
    for _ in range(int(PATIENCE_SECONDS / LOOK_EVERY_SECONDS)):
        if login.session_id or login.failed_code:
            return login
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        await login.refresh_from_db()
    return login
