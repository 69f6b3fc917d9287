"""The simulated exchange of a phone button's code for a number."""

from datetime import timedelta

from wechat.simulator.endpoints import Answer, Question, Trouble, endpoint
from wechat.simulator.state import PhoneCode, World

CODE_LIFETIME = timedelta(minutes=5)


@endpoint("POST", "/wxa/business/getuserphonenumber", account="mini")
def phone_number(world: World, question: Question) -> Answer:
    code = _living_code(world, question)
    # Spent from here on, whether or not anybody reads the answer.
    code.is_used = True
    if world.phone_calls_left is not None:
        world.phone_calls_left -= 1
    prefix = "" if str(code.country_code) == "86" else f"+{code.country_code}"
    told = {
        "phoneNumber": prefix + code.number,
        "purePhoneNumber": code.number,
        "countryCode": code.country_code,
        "watermark": {"timestamp": int(world.clock.now().timestamp()), "appid": question.app_id},
    }
    return {"errcode": 0, "errmsg": "ok", "phone_info": told}


def _living_code(world: World, question: Question) -> PhoneCode:
    code = world.phone_codes.get(question.need("code", 40029))
    if code is None or code.app_id != question.app_id or code.is_used:
        raise Trouble(40029, "invalid code")
    if world.clock.now() - code.issued_at >= CODE_LIFETIME:
        raise Trouble(40029, "invalid code")
    openid = question.fields.get("openid")
    if openid and openid != world.openid(code.app_id, world.user(code.user_key)):
        raise Trouble(40029, "invalid code: openid not match")
    return code
