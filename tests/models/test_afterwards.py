"""What is called when a transaction is over, and not before."""

import asyncio

import pytest

from capabilities.office import Office
from models.database import afterwards, transaction


class TestAfterwards:
    def test_is_now_where_nothing_is_being_written(self) -> None:
        called: list[int] = []
        afterwards(lambda: called.append(1))
        assert called == [1]

    async def test_is_at_the_end_of_the_outermost(self, office: Office) -> None:
        called: list[int] = []
        async with transaction():
            async with transaction():
                afterwards(lambda: called.append(1))
            afterwards(lambda: called.append(2))
            assert called == []
        assert called == [1, 2]

    async def test_is_also_after_a_rollback(self, office: Office) -> None:
        called: list[int] = []

        async def fail() -> None:
            async with transaction():
                afterwards(lambda: called.append(1))
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await fail()
        assert called == [1]

    async def test_is_not_held_by_a_transaction_that_a_task_outlives(self, office: Office) -> None:
        called: list[int] = []
        over = asyncio.Event()

        async def outlive() -> None:
            await over.wait()
            afterwards(lambda: called.append(1))

        async with transaction():
            task = asyncio.create_task(outlive())
        over.set()
        await task
        assert called == [1]

    async def test_of_two_at_once_is_each_ones_own(self, office: Office) -> None:
        called: list[str] = []
        first_is_over = asyncio.Event()

        async def write(name: str) -> None:
            async with transaction():
                afterwards(lambda: called.append(name))
                if name == "second":
                    await asyncio.sleep(0)
            first_is_over.set()

        await write("first")
        assert called == ["first"]
        await asyncio.gather(write("second"), write("third"))
        assert sorted(called) == ["first", "second", "third"]
