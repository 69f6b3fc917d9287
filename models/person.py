"""A person: somebody who has logged in through WeChat; who that is in life stands with the volunteer."""

from typing import Any
from uuid import UUID

from tortoise import Model, fields

from models.fields import SealedTextField, UtcDatetimeField, blind, key_field


class Person(Model):
    """`openid` is sealed and found by its blind index: it is a key into somebody's WeChat account.

    `phone` is a number that WeChat vouched for at `phone_verified_at`; what was typed by hand never stands here.
    Since `restricted_at` the policy's consent is withdrawn: nothing but storing, copying and erasing. Since
    `closed_at` the row is a tombstone, so that what must be kept still leads somewhere, and to nobody.
    """

    id: UUID = key_field()
    openid = SealedTextField()
    openid_index = fields.CharField(max_length=43, unique=True)
    phone = SealedTextField(null=True)
    phone_index = fields.CharField(max_length=43, null=True)
    phone_verified_at = UtcDatetimeField(null=True)
    joined_at = UtcDatetimeField()
    restricted_at = UtcDatetimeField(null=True)
    closed_at = UtcDatetimeField(null=True)

    class Meta:
        table = "person"
        indexes: Any = [("phone_index",)]

    @classmethod
    async def known_as(cls, openid: str) -> "Person | None":
        return await cls.get_or_none(openid_index=blind(openid, kind="openid"))
