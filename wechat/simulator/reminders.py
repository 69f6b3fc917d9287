"""The simulated sending of a reminder: one acceptance, one message, never two at once to the same person."""

from typing import Any

from wechat.simulator.endpoints import Answer, Question, Trouble, endpoint
from wechat.simulator.reminder_values import Template, wrong_value
from wechat.simulator.state import SentMessage, User, World

SEND = "/cgi-bin/message/subscribe/send"
STATES = ("developer", "trial", "formal")


@endpoint("POST", SEND, account="mini", per_day=10_000_000)
def send_reminder(world: World, question: Question) -> Answer:
    openid, user = _reader(world, question)
    template = _template(world, question)
    page = _page(world, question)
    state = question.fields.get("miniprogram_state", "formal")
    if state not in STATES:
        raise Trouble(47003, "argument invalid! miniprogram_state invalid")
    if wrong := wrong_value(template, question.fields.get("data")):
        raise Trouble(47003, wrong)
    _spend(world, openid, user, template)
    values = {key: told["value"] for key, told in question.fields["data"].items()}
    world.sent.append(
        SentMessage(
            world.clock.now().isoformat(),
            question.app_id,
            user.key,
            openid,
            template.template_id,
            page,
            values,
            str(state),
        )
    )
    msg_id = str(len(world.sent))
    _tell(world, question.app_id, openid, template, {"MsgID": msg_id, "ErrorCode": "0", "ErrorStatus": "success"})
    return {"errcode": 0, "errmsg": "ok", "msgid": int(msg_id)}


def _reader(world: World, question: Question) -> tuple[str, User]:
    openid = question.need("touser", 40003)
    app_id, user = world.owner(openid) or ("", None)
    if user is None or app_id != question.app_id:
        raise Trouble(40003, "invalid openid")
    return openid, user


def _template(world: World, question: Question) -> Template:
    template = world.templates.get(question.need("template_id", 40037))
    if template is None or template.app_id != question.app_id:
        raise Trouble(40037, "invalid template_id")
    return template


def _page(world: World, question: Question) -> str:
    page = str(question.fields.get("page") or "")
    if page and page.lstrip("/").partition("?")[0] not in world.released[question.app_id]:
        raise Trouble(41030, "invalid page")
    return page


def _spend(world: World, openid: str, user: User, template: Template) -> None:
    credit = (user.key, template.template_id)
    if world.credits[credit] <= 0:
        raise Trouble(43101, "user refuse to accept the msg")
    if openid in world.sending:
        raise Trouble(43108, "concurrent sending to one user")
    # Ends when the answer has left, see the route.
    world.sending.add(openid)
    world.credits[credit] -= 1


def accept(world: World, user: User, template: Template, count: int) -> None:
    """The person taps "allow" so many times."""
    world.credits[(user.key, template.template_id)] += count
    openid = world.openid(template.app_id, user)
    _tell(world, template.app_id, openid, template, {"SubscribeStatusString": "accept", "PopupScene": "0"}, "popup")


def decline(world: World, user: User, template: Template) -> None:
    """The person switches this reminder off in the settings; what was accepted is gone."""
    world.credits.pop((user.key, template.template_id), None)
    openid = world.openid(template.app_id, user)
    _tell(world, template.app_id, openid, template, {"SubscribeStatusString": "reject"}, "change")


def _tell(
    world: World, app_id: str, openid: str, template: Template, told: dict[str, Any], event: str = "sent"
) -> None:
    entry = {"TemplateId": template.template_id, **told}
    # JSON has a lone entry as an object and several as an array, XML knows no difference.
    world.push(app_id, openid, f"subscribe_msg_{event}_event", List=entry if event == "sent" else [entry])
