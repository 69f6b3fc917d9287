"""Pictures, voice and video in a greeting: own ones, once, within bounds; checked with it, gone with it."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from capabilities.greeting import GreetingWords, NewGreeting, change, leave, withdraw
from capabilities.job import run_due
from capabilities.office import Office
from capabilities.upload import UploadsUnfit, of, purge_removed
from models.greeting import Byline, Channel, Greeting, GreetingStatus
from models.media_check import MediaCheck, MediaCheckState
from models.transition import Transition
from models.upload import Upload, UploadKind, UploadStatus
from server.works import WORKS
from tests.cast import Cast, Someone
from tests.doubles import FakeWeChat
from tests.media import jpeg
from tests.stage import refused
from tests.uploads import held, keys, send, stored

FORM: dict[str, Any] = {"topic": "motherland", "text": "祝福", "byline": Byline.ANONYMOUS, "is_over_14": True}


async def greet(someone: Someone, uploads: list[Upload] | list[UUID], **more: Any) -> Greeting:
    ids = [each if isinstance(each, UUID) else each.id for each in uploads]
    return await leave(someone.office, await someone.caller(), NewGreeting(**FORM, upload_ids=ids, **more))


async def reword(someone: Someone, greeting: Greeting, uploads: list[Upload] | None) -> Greeting:
    ids = None if uploads is None else [each.id for each in uploads]
    words = GreetingWords(**FORM | {"text": "新的祝福"}, upload_ids=ids)
    return await change(someone.office, await someone.caller(), greeting.id, words)


async def within(greeting: Greeting) -> list[UUID]:
    return [each.id for each in (await of([greeting.id]))[greeting.id]]


class TestLeave:
    async def test_takes_nine_pictures_in_their_order(self, office: Office, sender: Someone) -> None:
        pictures = [await stored(office, sender.id) for _ in range(9)]
        greeting = await greet(sender, pictures[::-1])
        assert await within(greeting) == [each.id for each in pictures[::-1]]
        assert {each.status for each in await Upload.all()} == {UploadStatus.ATTACHED}
        assert await held(sender) == 0
        assert await Transition.filter(subject="upload", after="attached").count() == 9

    @pytest.mark.parametrize("kind", [UploadKind.VOICE, UploadKind.VIDEO])
    async def test_takes_one_voice_or_video(self, kind: UploadKind, office: Office, sender: Someone) -> None:
        upload = await stored(office, sender.id, kind=kind)
        assert await within(await greet(sender, [upload])) == [upload.id]

    @pytest.mark.parametrize(
        "kinds",
        [["voice", "voice"], ["video", "video"], ["voice", "image"], ["image", "video"], ["image"] * 10],
        ids=["two voices", "two videos", "voice and picture", "picture and video", "ten pictures"],
    )
    async def test_refuses_more_than_fit(self, kinds: list[str], office: Office, sender: Someone) -> None:
        uploads = [await stored(office, sender.id, kind=UploadKind(kind)) for kind in kinds]
        refusal = await refused(UploadsUnfit, greet(sender, uploads))
        assert list(refusal.fields) == ["upload_ids"]

    async def test_refuses_what_is_not_there_to_be_used(self, office: Office, sender: Someone, cast: Cast) -> None:
        anothers = await stored(office, (await cast.scientist()).id)
        removed = await stored(office, sender.id, status=UploadStatus.REMOVED, removed_at=office.now())
        arriving = await stored(office, sender.id, status=UploadStatus.ARRIVING)
        used = await stored(office, sender.id)
        await greet(sender, [used])
        for upload_id in (anothers.id, removed.id, arriving.id, used.id, uuid4()):
            good = await stored(office, sender.id)
            await refused(UploadsUnfit, greet(sender, [good.id, upload_id]))

    async def test_gives_one_to_the_first_of_two_greetings(self, office: Office, sender: Someone) -> None:
        upload = await stored(office, sender.id)
        answers = await asyncio.gather(*(greet(sender, [upload]) for _ in range(4)), return_exceptions=True)
        assert sorted(type(answer).__name__ for answer in answers) == ["Greeting", *["UploadsUnfit"] * 3]
        assert (await Greeting.all().count(), await held(sender)) == (1, 0)

    async def test_has_wechat_look_at_each_part(self, office: Office, sender: Someone, wechat: FakeWeChat) -> None:
        video = await stored(office, sender.id, kind=UploadKind.VIDEO, frames=2, has_sound=True)
        greeting = await greet(sender, [video])
        assert greeting.status is GreetingStatus.SUBMITTED
        await run_due(office, WORKS)
        assert sorted(kind.name for _, kind, _ in wechat.media_asked) == ["IMAGE", "IMAGE", "VOICE"]
        assert {check.state for check in await MediaCheck.all()} == {MediaCheckState.ASKED}

    async def test_gives_wechat_an_address_that_shows_it(
        self, office: Office, sender: Someone, wechat: FakeWeChat, base_url: str
    ) -> None:
        await greet(sender, [await send(office, sender, jpeg())])
        await run_due(office, WORKS)
        (address, _, _) = wechat.media_asked[0]
        async with httpx.AsyncClient() as fetcher:
            shown = await fetcher.get(address.replace(office.public_url, base_url.removesuffix("/api/v1")))
        assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")


class TestChange:
    async def test_keeps_takes_out_and_puts_in(self, office: Office, sender: Someone) -> None:
        kept, dropped, added = [await stored(office, sender.id) for _ in range(3)]
        greeting = await greet(sender, [kept, dropped])
        await reword(sender, greeting, [added, kept])
        assert await within(greeting) == [added.id, kept.id]
        assert (await Upload.get(id=dropped.id)).status is UploadStatus.REMOVED

    async def test_leaves_them_where_nothing_is_said_of_them(self, office: Office, sender: Someone) -> None:
        kept = await stored(office, sender.id)
        greeting = await greet(sender, [kept])
        await reword(sender, greeting, None)
        assert await within(greeting) == [kept.id]
        assert sorted(check.version for check in await MediaCheck.all()) == [1, 2]
        await reword(sender, greeting, [])
        assert await within(greeting) == []

    async def test_changes_nothing_where_one_does_not_fit(self, office: Office, sender: Someone) -> None:
        kept, voice = await stored(office, sender.id), await stored(office, sender.id, kind=UploadKind.VOICE)
        greeting = await greet(sender, [kept])
        await refused(UploadsUnfit, reword(sender, greeting, [kept, voice]))
        assert await within(greeting) == [kept.id]


class TestWithdraw:
    async def test_takes_them_away_for_good(self, office: Office, sender: Someone) -> None:
        greeting = await greet(sender, [await send(office, sender, jpeg())])
        await withdraw(office, await sender.caller(), greeting.id)
        assert await within(greeting) == []
        assert await purge_removed(office) == 1
        assert (await keys(office), await held(sender)) == ([], 0)


class TestDoors:
    async def test_show_them_to_who_may_see_them(
        self, office: Office, sender: Someone, cast: Cast, base_url: str
    ) -> None:
        picture = await send(office, sender, jpeg())
        form = FORM | {"upload_ids": [str(picture.id)], "channels": [Channel.WALL]}
        async with sender.client(base_url) as client:
            left = (await client.post("/greetings", json=form)).json()
            assert [each["id"] for each in left["uploads"]] == [str(picture.id)]
            assert (await client.get("/me/greetings")).json()[0]["uploads"] == left["uploads"]
            assert (await client.get("/greetings")).json()["items"] == []
            await Greeting.all().update(status=GreetingStatus.PENDING_REVIEW)
            async with (await cast.moderator()).client(base_url) as moderator:
                (waiting,) = (await moderator.get("/moderation")).json()["items"]
                shown = [waiting["uploads"][0]["url"]]
                decided = await moderator.post(f"/greetings/{left['id']}/decision", json={"decision": "accepted"})
                assert decided.status_code == 200
            (on_the_wall,) = (await client.get("/greetings")).json()["items"]
            shown += [on_the_wall["uploads"][0]["thumbnail_url"], left["uploads"][0]["url"]]
            here = [url.replace(office.public_url, base_url.removesuffix("/api/v1")) for url in shown]
            assert [(await client.get(url)).status_code for url in here] == [200, 200, 200]
            await client.delete(f"/greetings/{left['id']}")
            assert [(await client.get(url)).status_code for url in here] == [410, 410, 410]

    async def test_refuse_a_tenth_picture_by_its_form(self, sender: Someone, base_url: str) -> None:
        async with sender.client(base_url) as client:
            answer = await client.post("/greetings", json=FORM | {"upload_ids": [str(uuid4()) for _ in range(10)]})
        assert (answer.status_code, list(answer.json()["fields"])) == (422, ["upload_ids"])

    async def test_refuse_pictures_without_words(self, office: Office, sender: Someone, base_url: str) -> None:
        picture = await stored(office, sender.id)
        async with sender.client(base_url) as client:
            answer = await client.post("/greetings", json=FORM | {"text": " ", "upload_ids": [str(picture.id)]})
        assert (answer.status_code, answer.json()["code"]) == (422, "GreetingInvalid")
