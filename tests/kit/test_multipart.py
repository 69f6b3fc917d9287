"""One file in a multipart body, in whatever pieces it arrives, and nothing else."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from kit import multipart
from kit.errors import Refusal
from kit.multipart import FileTooLarge, MultipartFaulty, NotMultipart, UploadTooSlow, only_file

CONTENT = b"\r\n--not-the-boundary\r\n" + bytes(range(256)) * 20
TYPE = "multipart/form-data; boundary=bread"


def body(*parts: tuple[str, bytes], end: bytes = b"--bread--\r\n") -> bytes:
    return b"".join(b"--bread\r\n" + head.encode() + b"\r\n\r\n" + content + b"\r\n" for head, content in parts) + end


DISPOSITION = 'Content-Disposition: form-data; name="file"; filename="../../x.jpg"'
WHOLE = body((f"{DISPOSITION}\r\nContent-Type: text/html", CONTENT))


async def in_pieces(whole: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(whole), size):
        yield whole[start : start + size]


async def read(whole: bytes, size: int = 4096, *, kind: str = TYPE, limit: int = 100_000) -> bytes:
    return b"".join([piece async for piece in only_file(in_pieces(whole, size), kind, limit=limit)])


class TestOnlyFile:
    @pytest.mark.parametrize("size", [1, 2, 7, 64, 100_000])
    async def test_gives_the_file_in_whatever_pieces_it_comes(self, size: int) -> None:
        assert await read(WHOLE, size) == CONTENT

    @pytest.mark.parametrize("tenth", range(10))
    async def test_refuses_a_body_that_was_cut(self, tenth: int) -> None:
        with pytest.raises(MultipartFaulty):
            await read(WHOLE[: len(WHOLE) * tenth // 10])

    @pytest.mark.parametrize(
        ("whole", "refusal"),
        [
            (body((DISPOSITION, b"x"), (DISPOSITION, b"y")), MultipartFaulty),
            (body(('Content-Disposition: form-data; name="text"', b"x")), MultipartFaulty),
            (body(("Content-Type: image/jpeg", b"x")), MultipartFaulty),
            (body((DISPOSITION + "".join(f"\r\nX-{n}: 1" for n in range(50)), b"x")), MultipartFaulty),
            (body((DISPOSITION + "\r\nX: " + "y" * 5000, b"x")), MultipartFaulty),
            (body(), MultipartFaulty),
            (b"no multipart at all", MultipartFaulty),
            (b"", MultipartFaulty),
        ],
    )
    async def test_refuses_what_is_not_one_file(self, whole: bytes, refusal: type[Refusal]) -> None:
        with pytest.raises(refusal):
            await read(whole)

    @pytest.mark.parametrize(
        "kind", ["", "application/json", "multipart/form-data", "multipart/mixed; boundary=bread", "\x00"]
    )
    async def test_refuses_another_type(self, kind: str) -> None:
        with pytest.raises(NotMultipart):
            await read(WHOLE, kind=kind)

    async def test_refuses_a_boundary_that_is_too_long(self) -> None:
        with pytest.raises(MultipartFaulty):
            await read(WHOLE, kind=f"multipart/form-data; boundary={'b' * 5000}")

    async def test_stops_at_the_limit(self) -> None:
        taken = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal taken
            yield WHOLE[:200]
            while True:
                taken += 1000
                yield b"x" * 1000

        with pytest.raises(FileTooLarge):
            async for _ in only_file(endless(), TYPE, limit=10_000):
                pass
        assert taken <= 11_000

    async def test_reads_nothing_of_a_body_that_says_it_is_too_long(self) -> None:
        async def unread() -> AsyncIterator[bytes]:
            raise AssertionError
            yield b""

        with pytest.raises(FileTooLarge):
            await anext(only_file(unread(), TYPE, limit=10, declared=11))

    async def test_waits_for_nobody_for_ever(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(multipart, "IDLE_SECONDS", 0.05)

        async def stalled() -> AsyncIterator[bytes]:
            yield WHOLE[:200]
            await asyncio.sleep(30)

        with pytest.raises(UploadTooSlow):
            async for _ in only_file(stalled(), TYPE, limit=10_000):
                pass

    async def test_bounds_the_whole_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(multipart, "WHOLE_SECONDS", 0.1)

        async def dripping() -> AsyncIterator[bytes]:
            yield WHOLE[:200]
            while True:
                await asyncio.sleep(0.02)
                yield b"x"

        with pytest.raises(UploadTooSlow):
            async for _ in only_file(dripping(), TYPE, limit=10_000):
                pass
