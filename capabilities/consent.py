"""Consent (知情同意): but for the sealed account id, nothing personal is stored before its person has agreed."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from uuid import UUID

from tortoise.exceptions import IntegrityError

from capabilities.caller import Caller, rights_changed
from capabilities.office import Office
from kit.errors import Conflict, Forbidden
from models.consent import Consent, ConsentScope
from models.database import transaction
from models.person import Person

# A new text is a new version, and everybody is asked again (网络数据安全管理条例 第二十二条).
POLICY_VERSION = "2026-11-24"


class ConsentNeeded(Forbidden):
    """This needs a consent that the caller has not given, or has given to an older policy."""

    words = "请先阅读并同意《个人信息处理规则》。"


class PolicyOutdated(Conflict):
    """The caller agreed to a policy that is no longer, or not yet, in force."""

    words = "个人信息处理规则已更新，请重新阅读后再同意。"


@cache
def policy_text() -> str:
    return Path(__file__).with_name("policy.md").read_text(encoding="utf-8")


async def agree(office: Office, who: Caller, *, version: str, scopes: Sequence[ConsentScope]) -> list[Consent]:
    """Write down what the caller agrees to; agreeing twice is one consent. Raises `PolicyOutdated`.

    Who had withdrawn the policy's consent and gives it again is served again; what was ended then stays ended.
    """
    if version != POLICY_VERSION:
        raise PolicyOutdated(policy_version=POLICY_VERSION)
    for scope in dict.fromkeys(scopes):
        await _write(who.person_id, scope, version, office.now())
    if ConsentScope.POLICY in scopes:
        restricted = Person.filter(id=who.person_id, restricted_at__isnull=False)
        if await restricted.update(restricted_at=None):
            rights_changed(office, who.person_id)
    return await consents_of(who)


async def consents_of(who: Caller) -> list[Consent]:
    return await Consent.live(who.person_id).order_by("id")


async def require_consent(person_id: UUID, *scopes: ConsentScope) -> None:
    """Raises `ConsentNeeded` naming the scopes that are missing."""
    _require(scopes, await Consent.live(person_id).filter(policy_version=POLICY_VERSION))


async def require_unwithdrawn(person_id: UUID, *scopes: ConsentScope) -> None:
    """The same of whichever version: what was agreed to under an older policy need not be asked for again to stay."""
    _require(scopes, await Consent.live(person_id))


def _require(scopes: Sequence[ConsentScope], consents: Sequence[Consent]) -> None:
    given = {each.scope for each in consents}
    missing = [scope.value for scope in scopes if scope not in given]
    if missing:
        raise ConsentNeeded(policy_version=POLICY_VERSION, scopes=missing)


async def _write(person_id: UUID, scope: ConsentScope, version: str, now: datetime) -> None:
    try:
        async with transaction():
            await Consent.create(person_id=person_id, scope=scope, policy_version=version, given_at=now)
    except IntegrityError:
        # The partial unique index says that this consent stands already, which is what was asked for.
        return
