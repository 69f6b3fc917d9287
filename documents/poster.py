"""The poster (海报) of a sign-in point, on A4 or A3, to be printed and hung at the door."""

import base64
import io
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec
from PIL import Image, UnidentifiedImageError

from documents.typesetting import FOLDER, pdf
from kit import qr
from kit.clock import LOCAL

WEEKDAYS = "一二三四五六日"


class Size(StrEnum):
    A4 = "a4"
    A3 = "a3"


@dataclass(frozen=True)
class Poster:
    """`code` is the text of the code to scan; None where it changes, so that paper can only lead to the screen.

    `mini_program_code` is the picture that WeChat drew, if it has drawn one.
    """

    theme: str
    title: str
    unit: str
    place: str
    starts_at: datetime | None
    ends_at: datetime | None
    point: str
    is_entrance: bool
    code: str | None
    mini_program_code: bytes | None = None


def write(poster: Poster, size: Size) -> bytes:
    """The PDF, one page. Pure work of some 100 ms: call it beside the event loop."""
    picture = _as_svg(poster.mini_program_code)
    said = {
        "size": size.value,
        "theme": poster.theme,
        "title": poster.title,
        "unit": poster.unit,
        "place": poster.place,
        "when": span_in_words(poster.starts_at, poster.ends_at),
        "point": poster.point,
        "steps": _steps(poster),
        "otherwise": _otherwise(poster),
        "small": _small(poster, has_picture=picture is not None),
    }
    pictures = {
        "hills": (FOLDER / "hills.svg").read_text(encoding="utf-8"),
        "code": qr.svg(poster.code).decode() if poster.code is not None else "",
        "picture": picture or "",
    }
    return pdf("poster.typ", {"said": msgspec.json.encode(said).decode(), **pictures})


def span_in_words(starts_at: datetime | None, ends_at: datetime | None) -> str:
    """`2019年5月30日（星期四）9:00–12:00`, in Asia/Shanghai."""
    if starts_at is None or ends_at is None:
        return "时间待定"
    starts, ends = starts_at.astimezone(LOCAL), ends_at.astimezone(LOCAL)
    begins = f"{starts.year}年{_day(starts)}{_hour(starts)}"
    if starts.date() == ends.date():
        return f"{begins}–{_hour(ends)}"
    year = "" if ends.year == starts.year else f"{ends.year}年"
    return f"{begins} 至 {year}{_day(ends)}{_hour(ends)}"


def _day(moment: datetime) -> str:
    return f"{moment.month}月{moment.day}日（星期{WEEKDAYS[moment.weekday()]}）"


def _hour(moment: datetime) -> str:
    return f"{moment.hour}:{moment:%M}"


def _steps(poster: Poster) -> list[tuple[str, str, str]]:
    scan = "打开微信，扫上方的码" if poster.code is not None else "用微信扫旁边屏幕上的码"
    last = ("签退", "离开前请再扫一次") if poster.is_entrance else ("求助", "有疑问请找现场工作人员")
    return [("一", "扫码", scan), ("二", "签到", "看到绿色圆形对勾即成功"), ("三", *last)]


def _otherwise(poster: Poster) -> list[tuple[str, str]]:
    """What else there is; only a code that changes has six digits beside it."""
    camera = "请在小程序中出示您的个人签到码，由工作人员扫码。"
    if poster.code is None:
        camera = "请在小程序中输入屏幕上的六位数字，或出示个人签到码。"
    return [("摄像头不可用？", camera), ("不便使用手机？", "请到服务台，报姓名即可登记。")]


def _small(poster: Poster, *, has_picture: bool) -> str:
    missing = "" if has_picture else "本张未印小程序码，生成后可重新打印。"
    return f"{poster.unit}　{missing}"


def _as_svg(picture: bytes | None) -> str | None:
    """A picture that cannot be read is left out, and the poster is printed without.

    What is handed to Typst is text, so the dots travel inside a drawing.
    """
    if picture is None:
        return None
    written = io.BytesIO()
    try:
        with Image.open(io.BytesIO(picture)) as opened:
            opened.convert("RGB").save(written, "PNG")
            width, height = opened.size
    except (UnidentifiedImageError, OSError):
        return None
    dots = f"data:image/png;base64,{base64.b64encode(written.getvalue()).decode()}"
    size = f'width="{width}" height="{height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}><image href="{dots}" {size}/></svg>'
