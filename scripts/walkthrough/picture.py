"""Act 7c: pictures go with greetings; the machine looks at each, a moderator takes them up, and the wall shows them."""

import asyncio
import io
import random
import time
from collections.abc import Sequence
from typing import Any

from PIL import Image, UnidentifiedImageError
from PIL.ExifTags import GPS, IFD, Base

from scripts.walkthrough.api import Answer
from scripts.walkthrough.greeting import Desk, Text
from scripts.walkthrough.people import Volunteer
from scripts.walkthrough.stage import Stage

# The first greeting's picture is refused by the machine and the second one is withdrawn from the wall.
RISKY, WITHDRAWN = 0, 1
FEWEST, ONE_IN = 4, 25
SIZE = (640, 420)
# The simulated WeChat has this for its trigger.
PLAIN_RED = (255, 0, 0)
FORMATS = (("JPEG", "image/jpeg"), ("PNG", "image/png"))
MOST_AT_ONCE = 50
PATIENCE_SECONDS = 90
GONE = (404, 410)
CLEAN_LINE, MACHINE_LINE, HOLD_LINE = "图片不带位置信息", "图片机审结果", "领取的只归一人"
SHOWN_LINE, GONE_LINE = "墙上图片可看", "撤回后图片不可看"


class Gallery:
    """The act: greetings with pictures, which the desk knows as texts like the others once they are left."""

    def __init__(self, stage: Stage, desk: Desk) -> None:
        self.stage = stage
        self.ledger = stage.ledger
        self.desk = desk
        # By the number of the picture: they are left all at once, in any order.
        self.texts: dict[int, Text] = {}

    async def show(self) -> None:
        authors = [each for each in self.stage.cast.approved if each.number % 2]
        chosen = authors[: max(FEWEST, len(authors) // ONE_IN)]
        await self.stage.each("不是图片", chosen[:1], self._send_no_picture)
        await self.stage.each("图片祝福", enumerate(chosen), lambda numbered: self._leave(*numbered))
        await self.stage.each("等候机审", self.texts.values(), self._wait)
        waiting = [text for text in self.texts.values() if text.left["status"] == "pending_review"]
        async with self.stage.act("领取审核", None):
            await self._hold(waiting)
        await self.stage.each("审核图片", waiting, self._accept)
        await self.stage.cast.moderator.ask("DELETE", "/moderation/holds", want=204)
        await self.stage.each("撤回图片", self._on_wall(WITHDRAWN), self._withdraw)

    async def _send_no_picture(self, person: Volunteer) -> None:
        """A name and a type are no picture."""
        await person.ask(
            "POST", "/uploads", file=("照片.jpg", b"<html>" * 100, "image/jpeg"), refusal="MediaTypeRefused"
        )

    async def _leave(self, number: int, author: Volunteer) -> None:
        name, media_type = FORMATS[number % len(FORMATS)]
        content = picture(number, name, PLAIN_RED if number == RISKY else None)
        sent = await author.ask("POST", "/uploads", file=(f"IMG_{number}.{name}", content, media_type), want=201)
        self._is_clean(await self.stage.api.fetch(sent["url"]))
        words = {
            "topic": next(text.words["topic"] for text in self.desk.texts if text.kind == "greeting"),
            "text": f"这是我在科普活动中拍下的照片（{number}）。",
            "byline": "anonymous",
            "byline_name": None,
            "is_over_14": True,
            "channels": ["wall"],
        }
        text = Text(author, None, words)
        text.left = await author.greet(words | {"upload_ids": [sent["id"]]})
        self.desk.texts.append(text)
        self.texts[number] = text

    def _on_wall(self, *numbers: int) -> list[Text]:
        found = [self.texts[number] for number in numbers if number in self.texts]
        return [text for text in found if text.left["status"] == "accepted"]

    def _is_clean(self, answer: Answer) -> None:
        """What is served is a picture, and nothing but a picture."""
        try:
            seen = Image.open(io.BytesIO(answer.body))
        except UnidentifiedImageError:
            self.ledger.hold(CLEAN_LINE, False, f"应答 {answer.status}，不是图片")
            return
        with seen:
            is_clean = answer.status == 200 and seen.size == SIZE and not seen.getexif() and b"Exif" not in answer.body
            self.ledger.hold(CLEAN_LINE, is_clean, f"应答 {answer.status}，{seen.size}，{dict(seen.getexif())}")

    async def _wait(self, text: Text) -> None:
        """The verdict comes by a push, some seconds later."""
        ends = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < ends:
            mine = {each["id"]: each for each in (await text.author.ask("GET", "/me/greetings")).json}
            text.left.update(mine[text.id])
            if text.left["status"] != "submitted":
                break
            await asyncio.sleep(1)
        expected = "rejected" if text is self.texts.get(RISKY) else "pending_review"
        self.ledger.hold(MACHINE_LINE, text.left["status"] == expected, f"{text.left['status']}，应为 {expected}")

    async def _hold(self, waiting: Sequence[Text]) -> None:
        """What one moderator has taken up is no other's; each part has the machine's word beside it."""
        cast = self.stage.cast
        held = (await cast.moderator.ask("POST", "/moderation/holds", {"count": MOST_AT_ONCE})).json
        ours = {text.id for text in waiting}
        rows = [row for row in held if row["id"] in ours]
        for row in rows:
            said = {part["suggest"] for part in row["media"]}
            self.ledger.hold(MACHINE_LINE, said == {"pass"}, f"审核员看到 {said}，应为 pass")
            await self._is_taken(row)
        # Of an installation where much waits already, only the first come.
        if len(held) < MOST_AT_ONCE:
            self.ledger.compare(HOLD_LINE, "moderation/holds", ours, {row["id"] for row in rows})

    async def _is_taken(self, row: dict[str, Any]) -> None:
        decision = {"decision": "accepted", "version": row["version"]}
        path = f"/greetings/{row['id']}/decision"
        await self.stage.cast.second_moderator.ask("POST", path, decision, refusal="HeldByAnother")

    async def _accept(self, text: Text) -> None:
        await self.stage.cast.moderator.decide(text.left, "accepted")
        answer = await self.stage.api.fetch(await self._url_on_wall(text))
        self.ledger.hold(SHOWN_LINE, answer.status == 200, f"应答 {answer.status}")
        self._is_clean(answer)

    async def _url_on_wall(self, text: Text) -> str:
        """As the wall gives it now; addresses end after a while."""
        return str((await self.desk.wall())[text.id]["uploads"][0]["url"])

    async def _withdraw(self, text: Text) -> None:
        urls = [await self._url_on_wall(text), text.left["uploads"][0]["url"]]
        await text.author.withdraw(text.id)
        for url in urls:
            status = (await self.stage.api.fetch(url)).status
            self.ledger.hold(GONE_LINE, status in GONE, f"应答 {status}")


def picture(number: int, name: str, colour: tuple[int, int, int] | None) -> bytes:
    """A photograph as a phone makes it: with the place where it was taken. `colour` makes it plain."""
    image = Image.new("RGB", SIZE, colour) if colour else _landscape(number)
    exif = Image.Exif()
    exif[Base.Make] = "lizan-walkthrough"
    exif.get_ifd(IFD.GPSInfo).update(
        {
            GPS.GPSLatitudeRef: "N",
            GPS.GPSLatitude: (40.0, 48.0, 30.0),
            GPS.GPSLongitudeRef: "E",
            GPS.GPSLongitude: (111.0, 39.0, 0.0),
        }
    )
    written = io.BytesIO()
    image.save(written, name, exif=exif)
    return written.getvalue()


def _landscape(number: int) -> Image.Image:
    """No two alike, and none plain."""
    dice = random.Random(number)  # noqa: S311 # a picture keeps no secret
    small = Image.frombytes("RGB", (16, 12), dice.randbytes(16 * 12 * 3))
    return small.resize(SIZE, Image.Resampling.BICUBIC)
