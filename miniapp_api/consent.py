"""Who I am, what I may do and what I agreed to."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from capabilities import consent
from capabilities.caller import Caller
from capabilities.consent import PolicyOutdated
from capabilities.masks import mask_phone
from capabilities.office import Office
from miniapp_api.door import door
from models.consent import Consent, ConsentScope
from models.person import Person
from models.role import RoleName


class ConsentGiven(msgspec.Struct):
    scope: ConsentScope
    policy_version: str
    given_at: datetime

    @classmethod
    def of(cls, row: Consent) -> "ConsentGiven":
        return cls(row.scope, row.policy_version, row.given_at)


class RoleHeld(msgspec.Struct):
    role: RoleName
    unit_path: str
    event_id: UUID | None


class Me(msgspec.Struct):
    id: UUID
    roles: list[RoleHeld]
    consents: list[ConsentGiven]
    policy_version: str
    phone_masked: str | None = None
    phone_verified_at: datetime | None = None


class Agreement(msgspec.Struct, forbid_unknown_fields=True):
    """`policy` is the policy itself; sensitive data needs a scope of its own beside it."""

    policy_version: Annotated[str, Meta(min_length=1, max_length=20)]
    scopes: Annotated[list[ConsentScope], Meta(min_length=1, max_length=10)] = msgspec.field(
        default_factory=lambda: [ConsentScope.POLICY]
    )


class Policy(msgspec.Struct):
    version: str
    text: str


async def me_of(who: Caller) -> Me:
    given = await consent.consents_of(who)
    roles = [RoleHeld(grant.role, grant.unit_path, grant.event_id) for grant in who.grants]
    person = await Person.get(id=who.person_id)
    return Me(
        who.person_id,
        roles,
        [ConsentGiven.of(row) for row in given],
        consent.POLICY_VERSION,
        phone_masked=mask_phone(person.phone) if person.phone else None,
        phone_verified_at=person.phone_verified_at,
    )


@door.get("/policies/current")
async def read_policy() -> Policy:
    """现行个人信息处理规则"""
    return Policy(consent.POLICY_VERSION, consent.policy_text())


@door.get("/me")
async def read_me(who: Caller) -> Me:
    """我的账号、角色和同意"""
    return await me_of(who)


@door.post("/me/consents", status=201, limit=4096, refusals=(PolicyOutdated,))
async def agree(who: Caller, office: Office, what: Agreement) -> list[ConsentGiven]:
    """同意个人信息处理规则（敏感信息分项单独同意）"""
    return [
        ConsentGiven.of(row)
        for row in await consent.agree(office, who, version=what.policy_version, scopes=what.scopes)
    ]
