"""Calls that prove themselves with app id and secret: the two access tokens and the log-in."""

from datetime import timedelta

from wechat.simulator.endpoints import MINUTE, Answer, Question, Trouble, endpoint
from wechat.simulator.state import Account, LoginCode, World
from wechat.simulator.tokens import Token

CODE_LIFETIME = timedelta(minutes=5)
LOGINS_A_MINUTE = 100


@endpoint("GET", "/cgi-bin/token", per_day=2_000)
def plain_token(world: World, question: Question) -> Answer:
    account = _token_account(world, question)
    return _as_answer(world, world.tokens.plain(account.app_id))


@endpoint("POST", "/cgi-bin/stable_token", per_minute=10_000, per_day=500_000)
def stable_token(world: World, question: Question) -> Answer:
    account = _token_account(world, question)
    force = question.fields.get("force_refresh", False)
    if not isinstance(force, bool):
        raise Trouble(47001, "data format error")
    return _as_answer(world, world.tokens.stable(account.app_id, force=force))


@endpoint("GET", "/sns/jscode2session", content_type="text/plain")
def code_to_session(world: World, question: Question) -> Answer:
    account = _proven_account(world, question)
    value = question.need("js_code", 41008)
    if question.fields.get("grant_type") != "authorization_code":
        raise Trouble(40002, "invalid grant_type")
    code = _living_code(world, account, value)
    return _session(world, account, code)


def _token_account(world: World, question: Question) -> Account:
    if question.fields.get("grant_type") != "client_credential":
        raise Trouble(40002, "invalid grant_type")
    account = _proven_account(world, question)
    if not account.is_address_allowed:
        raise Trouble(40164, "invalid ip 127.0.0.1, not in whitelist")
    return account


def _proven_account(world: World, question: Question) -> Account:
    account = world.accounts.get(question.need("appid", 41002))
    if account is None:
        raise Trouble(40013, "invalid appid")
    if question.need("secret", 41004) != account.app_secret:
        raise Trouble(40125, "invalid appsecret")
    return account


def _as_answer(world: World, token: Token) -> Answer:
    left = token.expires_at - world.clock.now()
    return {"access_token": token.value, "expires_in": int(left.total_seconds())}


def _living_code(world: World, account: Account, value: str) -> LoginCode:
    code = world.codes.get(value)
    if code is None or code.app_id != account.app_id or world.clock.now() - code.issued_at >= CODE_LIFETIME:
        raise Trouble(40029, "invalid code")
    if code.is_used:
        raise Trouble(40163, "code been used")
    return code


def _session(world: World, account: Account, code: LoginCode) -> Answer:
    user = world.user(code.user_key)
    if world.exceeds(LOGINS_A_MINUTE, MINUTE, account.app_id, "login", user.key):
        raise Trouble(45011, "api minute-quota reach limit")
    # Spent from here on, whether or not anybody reads the answer.
    code.is_used = True
    if user.is_blocked:
        raise Trouble(40226, "code blocked")
    user.session_key = world.session_key()
    user.last_visit_at = world.clock.now()
    union = {"unionid": world.unionid(user)} if account.gives_unionid else {}
    return {"session_key": user.session_key, "openid": world.openid(account.app_id, user), **union}
