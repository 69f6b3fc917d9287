"""Simulated mini-program codes (小程序码): a QR picture that says which page opens and with what scene."""

import hashlib
import io
import re
from urllib.parse import quote, urlsplit

import qrcode
from PIL.Image import Resampling

from wechat.simulator.endpoints import Question, Trouble, endpoint
from wechat.simulator.state import Unknown, World

DRAW = "/wxa/getwxacodeunlimit"
HOME = "pages/index/index"
LONGEST_SCENE = 32
_SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]+")
_VERSIONS = ("release", "trial", "develop")


@endpoint("POST", DRAW, account="mini", per_minute=5_000)
def draw_code(world: World, question: Question) -> bytes:
    scene, page = _scene(question), _page(world, question)
    width = question.fields.get("width", 430)
    if not isinstance(width, int) or not 280 <= width <= 1280:
        raise Trouble(40097, "invalid args: width")
    if question.fields.get("env_version", "release") not in _VERSIONS:
        raise Trouble(40097, "invalid args: env_version")
    content = f"sim://{question.app_id}/{page}?scene={scene}"
    picture = _picture(content, width)
    world.drawn[hashlib.sha256(picture).hexdigest()] = content
    return picture


def _scene(question: Question) -> str:
    scene = question.need("scene", 40129)
    if len(scene) > LONGEST_SCENE:
        raise Trouble(40169, "invalid length for scene, or the data is not json string")
    if not _SCENE.fullmatch(scene):
        raise Trouble(40129, "invalid scene")
    return scene


def _page(world: World, question: Question) -> str:
    page = str(question.fields.get("page") or HOME)
    if page.startswith("/") or "?" in page:
        raise Trouble(41030, "invalid page")
    checks = question.fields.get("check_path", True)
    if checks and question.fields.get("page") and page not in world.released[question.app_id]:
        raise Trouble(41030, "invalid page")
    return page


def _picture(content: str, width: int) -> bytes:
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4)
    code.add_data(content)
    written = io.BytesIO()
    code.make_image().get_image().resize((width, width), Resampling.NEAREST).save(written, "PNG")
    return written.getvalue()


def seen_in(world: World, picture: bytes) -> str:
    """What a phone reads in a picture that was drawn here. Raises `Unknown`."""
    content = world.drawn.get(hashlib.sha256(picture).hexdigest())
    if content is None:
        raise Unknown("no picture of ours")
    return content


def opened_by(content: str) -> dict[str, str]:
    """What the mini-program gets: the page, and the scene as the phone hands it over, URL-encoded."""
    link = urlsplit(content)
    if link.scheme != "sim":
        raise Unknown("no code of ours")
    scene = content.partition("?scene=")[2]
    page = link.path.lstrip("/")
    return {"app_id": link.netloc, "page": page, "scene": quote(scene, safe="")}
