"""The simulated judgement of pictures and voices: asked now, fetched and judged later, told by a push."""

import io
import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx
import structlog
from PIL import Image, UnidentifiedImageError

from wechat.simulator.endpoints import Answer, Question, Trouble, endpoint
from wechat.simulator.state import MediaJob, World
from wechat.simulator.text_check import NOTHING_FOUND, Trigger, check_person, found_in

log = structlog.get_logger(__name__)

CHECK = "/wxa/media_check_async"
TAKES = timedelta(seconds=10)
LARGEST = 10 * 1024 * 1024
VOICE, IMAGE = 1, 2
UNREACHABLE = -1008
UNREADABLE = -1009
# What an account makes anew has no word left in it. A picture that is nothing but red stands for a forbidden one.
PLAIN_RED = Trigger("", "risky", 20002)
ALMOST_ALL, ALMOST_NONE = 240, 15
_IMAGES = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"GIF8", b"BM")
_VOICES = (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf1", b"\xff\xf9", b"\x0bw", b"fLaC", b"OggS", b"0&\xb2u")


@dataclass(frozen=True)
class Judged:
    found: Trigger | None
    errcode: int = 0


@endpoint("POST", CHECK, account="mini", per_minute=2_000, per_day=200_000)
def check_media(world: World, question: Question) -> Answer:
    media_url = question.need("media_url", 44002)
    media_type = question.fields.get("media_type")
    if media_type not in (VOICE, IMAGE):
        # There is no number for a video.
        raise Trouble(40097, "invalid args: media_type")
    is_first = not question.fields.get("openid") or str(question.fields.get("version")) != "2"
    if not is_first:
        check_person(world, question)
    openid = str(question.fields.get("openid") or "")
    trace_id = f"{world.word(8)}-{world.word(8)}-{world.word(8)}"
    job = MediaJob(trace_id, question.app_id, openid, media_url, int(media_type), is_first, world.clock.now() + TAKES)
    world.media_jobs.append(job)
    return {"errcode": 0, "errmsg": "ok", "trace_id": trace_id}


async def judge(world: World, job: MediaJob, ordered: Trigger | None = None) -> None:
    """Fetch what is to be judged and push the verdict; `ordered` decides in place of the triggers."""
    if job not in world.media_jobs:
        return
    world.media_jobs.remove(job)
    judged = _look(job, await _fetch(job.media_url))
    if ordered and not judged.errcode:
        judged = Judged(ordered)
    told = _first_version(judged) if job.is_first_version else _second_version(judged)
    world.push(job.app_id, job.openid, "wxa_media_check", appid=job.app_id, trace_id=job.trace_id, **told)


def due(world: World) -> list[MediaJob]:
    return [job for job in world.media_jobs if job.due_at <= world.clock.now()]


async def _fetch(media_url: str) -> bytes | None:
    if not is_on_this_machine(media_url):
        return None
    try:
        async with (
            httpx.AsyncClient(trust_env=False, timeout=5) as client,
            client.stream("GET", media_url) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                return None
            content = b""
            async for chunk in answer.aiter_bytes():
                content += chunk
                if len(content) > LARGEST:
                    break
            return content
    except (httpx.HTTPError, httpx.InvalidURL, OSError):
        return None


def is_on_this_machine(url: str) -> bool:
    """The simulator reaches nobody else, whatever address it is given."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _look(job: MediaJob, content: bytes | None) -> Judged:
    if content is None:
        return Judged(None, UNREACHABLE)
    kind = _kind_of(content)
    if kind is None or len(content) > LARGEST:
        return Judged(None, UNREADABLE)
    if kind != job.media_type:
        log.warning("wrong_media_type_passes", media_type=job.media_type)
        return Judged(NOTHING_FOUND)
    name = unquote(urlsplit(job.media_url).path).rpartition("/")[2]
    found = found_in(name)
    found = found if found.word else found_in(content.decode("utf-8", "replace"))
    return Judged(PLAIN_RED if not found.word and kind == IMAGE and _is_plain_red(content) else found)


def _is_plain_red(content: bytes) -> bool:
    try:
        with Image.open(io.BytesIO(content)) as picture:
            picture.draft("RGB", (16, 16))
            pixels = picture.convert("RGB").resize((16, 16)).tobytes()
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError):
        return False
    return min(pixels[::3]) > ALMOST_ALL and max(*pixels[1::3], *pixels[2::3]) < ALMOST_NONE


def _kind_of(content: bytes) -> int | None:
    if content.startswith(_IMAGES):
        return IMAGE
    is_wave = content.startswith(b"RIFF") and content[8:12] == b"WAVE"
    return VOICE if is_wave or content.startswith(_VOICES) else None


def _first_version(judged: Judged) -> dict[str, Any]:
    risky = judged.found is not None and judged.found.suggest == "risky"
    return {"isrisky": int(risky), "extra_info_json": "", "status_code": judged.errcode % 2**32}


def _second_version(judged: Judged) -> dict[str, Any]:
    if judged.found is None:
        return {"version": 2, "detail": [], "errcode": judged.errcode, "errmsg": "check failed"}
    result = {"suggest": judged.found.suggest, "label": judged.found.label}
    detail = [{"strategy": "content_model", "errcode": 0, **result, "prob": 90}]
    if judged.found.word:
        detail.append({"strategy": "keyword", "errcode": 0, **result, "keyword": judged.found.word})
    # Success says nothing of an errcode, and the label has been seen as text.
    return {"version": 2, "result": {**result, "label": str(result["label"])}, "detail": detail}
