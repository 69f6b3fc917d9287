"""Times compare as moments on both databases; sealed text is unreadable at rest and plain in Python."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import FieldError

from kit.encryption import UnreadableCiphertext
from kit.ids import uuid7
from models.fields import SealedTextField, blind
from models.person import Person

SHANGHAI, TOKYO = timezone(timedelta(hours=8)), timezone(timedelta(hours=9))
EIGHT = datetime(2019, 5, 30, 8, 0, tzinfo=SHANGHAI)
NAME = "额尔德尼巴特尔·𠮷田"


async def person(openid: str = NAME, *, joined_at: Any = EIGHT) -> Person:
    index = blind(openid, kind="openid")
    return await Person.create(openid=openid, openid_index=index, joined_at=joined_at)


async def raw(database: BaseDBAsyncClient) -> Any:
    (row,) = await database.execute_query_dict("SELECT openid FROM person")
    return row["openid"]


def bytes_below(folder: Path) -> bytes:
    """The database with its write-ahead log."""
    return b"".join(file.read_bytes() for file in folder.glob("lizan.db*"))


@pytest.mark.usefixtures("database")
class TestUtcDatetimeField:
    @pytest.mark.parametrize("naive", [datetime(2019, 5, 30, 8, 0), "2019-05-30 08:00:00", 1559174400])  # noqa: DTZ001
    async def test_refuses_a_time_without_a_zone(self, naive: Any) -> None:
        with pytest.raises(FieldError, match="joined_at needs a time with a zone"):
            await person(joined_at=naive)
        assert await Person.all().count() == 0

    async def test_refuses_one_that_is_set_later(self) -> None:
        bataar = await person()
        bataar.joined_at = datetime(2019, 5, 30, 8, 0)  # noqa: DTZ001
        with pytest.raises(FieldError):
            await bataar.save()
        with pytest.raises(FieldError):
            await Person.all().update(joined_at=datetime(2019, 5, 30, 8, 0))  # noqa: DTZ001

    @pytest.mark.parametrize("lookup", ["joined_at", "joined_at__lt", "joined_at__gte", "joined_at__not"])
    async def test_refuses_one_that_is_asked_for(self, lookup: str) -> None:
        with pytest.raises(FieldError):
            await Person.filter(**{lookup: datetime(2019, 5, 30, 8, 0)}).count()  # noqa: DTZ001

    async def test_gives_back_the_moment_in_utc(self) -> None:
        await person()
        read = await Person.get()
        assert read.joined_at == EIGHT
        assert read.joined_at.utcoffset() == timedelta(0)

    @pytest.mark.parametrize(
        ("lookup", "found"),
        [
            ({"joined_at": datetime(2019, 5, 30, 0, 0, tzinfo=UTC)}, 1),
            ({"joined_at": datetime(2019, 5, 30, 9, 0, tzinfo=TOKYO)}, 1),
            ({"joined_at": datetime(2019, 5, 30, 8, 0, tzinfo=UTC)}, 0),
            ({"joined_at__lt": datetime(2019, 5, 30, 1, 0, tzinfo=UTC)}, 1),
            ({"joined_at__lt": datetime(2019, 5, 30, 8, 30, tzinfo=TOKYO)}, 0),
            ({"joined_at__gt": datetime(2019, 5, 30, 8, 30, tzinfo=TOKYO)}, 1),
            ({"joined_at__gt": datetime(2019, 5, 30, 0, 0, 0, 1, tzinfo=UTC)}, 0),
            ({"joined_at__lte": EIGHT}, 1),
            ({"joined_at__in": [datetime(2019, 5, 30, 9, 0, tzinfo=TOKYO)]}, 1),
            ({"joined_at__range": (datetime(2019, 5, 29, 23, 0, tzinfo=UTC), EIGHT)}, 1),
        ],
    )
    async def test_compares_moments_whatever_their_zone(self, lookup: dict[str, Any], found: int) -> None:
        await person()
        assert await Person.filter(**lookup).count() == found

    async def test_orders_whole_seconds_and_parts_of_one(self) -> None:
        later = [EIGHT + timedelta(microseconds=part) for part in (0, 1, 500_000, 1_000_000)]
        for place, at in enumerate(reversed(later)):
            await person(f"openid-{place}", joined_at=at)
        assert await Person.all().order_by("joined_at").values_list("joined_at", flat=True) == later


class TestSealedTextField:
    async def test_is_plain_through_the_model(self, database: BaseDBAsyncClient) -> None:
        await person()
        assert (await Person.get()).openid == NAME
        assert await Person.all().values_list("openid", flat=True) == [NAME]
        assert await Person.all().values("openid") == [{"openid": NAME}]

    async def test_is_unreadable_in_the_table(self, database: BaseDBAsyncClient) -> None:
        await person()
        stored = await raw(database)
        assert isinstance(stored, bytes)
        assert NAME.encode() not in stored

    async def test_is_nowhere_in_the_file(self, sqlite_only: None, database: BaseDBAsyncClient, tmp_path: Path) -> None:
        await person()
        await database.execute_script("CREATE TABLE control (openid TEXT)")
        await database.execute_query("INSERT INTO control VALUES (?)", ["plain-control"])
        on_disk = bytes_below(tmp_path)
        # The control: what is stored plainly is found in the same bytes.
        assert b"plain-control" in on_disk
        assert NAME.encode() not in on_disk
        assert "额尔德尼".encode() not in on_disk
        assert NAME.encode("utf-16-le") not in on_disk

    async def test_stays_unreadable_when_a_queryset_updates_it(self, database: BaseDBAsyncClient) -> None:
        await person()
        await Person.filter(openid_index=blind(NAME, kind="openid")).update(openid="另一个人")
        assert "另一个人".encode() not in await raw(database)
        assert (await Person.get()).openid == "另一个人"

    async def test_stays_unreadable_when_many_rows_are_written(self, database: BaseDBAsyncClient) -> None:
        row = Person(openid=NAME, openid_index="x", joined_at=EIGHT)
        await Person.bulk_create([row])
        assert NAME.encode() not in await raw(database)
        row.openid = "另一个人"
        await Person.bulk_update([row], ["openid"])
        assert "另一个人".encode() not in await raw(database)
        assert (await Person.get()).openid == "另一个人"

    async def test_is_written_anew_each_time(self, database: BaseDBAsyncClient) -> None:
        bataar = await person()
        before = await raw(database)
        await bataar.save()
        assert await raw(database) != before

    async def test_opens_in_its_own_column_only(self, database: BaseDBAsyncClient) -> None:
        written = SealedTextField.keys().encrypt(NAME, place="volunteer.name")
        await person()
        await database.execute_query("UPDATE person SET openid = $1", [written])
        with pytest.raises(UnreadableCiphertext, match=r"person\.openid"):
            await Person.get()

    async def test_may_be_nothing(self, database: BaseDBAsyncClient) -> None:
        field = SealedTextField(null=True)
        assert field.to_db_value(None, Person) is None
        assert field.to_python_value(None) is None


@pytest.mark.usefixtures("database")
class TestBlind:
    async def test_finds_the_one_row(self) -> None:
        await person("openid-1")
        bataar = await person(NAME)
        assert await Person.known_as(NAME) == bataar
        assert await Person.known_as("nobody") is None

    async def test_lets_nobody_be_there_twice(self) -> None:
        await person(NAME)
        with pytest.raises(Exception, match=r"(?i)unique"):
            await person(NAME)


class TestKeyField:
    async def test_is_a_uuid_of_version_7(self, database: BaseDBAsyncClient) -> None:
        bataar = await person()
        assert bataar.id.version == 7
        assert bataar.id < uuid7()
