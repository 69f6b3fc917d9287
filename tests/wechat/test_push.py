"""Whom we believe when somebody says to be WeChat."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from kit.clock import StandingClock
from tests.wechat.conftest import AES_KEY, PUSH_TOKEN
from wechat.push import (
    MAX_BYTES,
    PushDoor,
    PushForged,
    PushMalformed,
    PushNotSealed,
    PushStale,
    PushTooLarge,
)
from wechat.push_events import MediaVerdictPush, OtherPush
from wechat.simulator.pushes import PushSettings, seal, sign, write

TOLD = {
    "ToUserName": "gh_1",
    "FromUserName": "o1",
    "MsgType": "event",
    "Event": "wxa_media_check",
    "trace_id": "trace-1",
    "version": 2,
    "result": {"suggest": "pass", "label": 100},
    "detail": [{"errcode": 0, "suggest": "pass", "label": 100}, {"errcode": 0, "suggest": "pass", "label": 100}],
}
PASSED = MediaVerdictPush("trace-1", "pass", 100, None)
MODES = ["plain", "compatible", "safe"]
FORMATS = ["xml", "json"]


@pytest.fixture
def letter(mini, clock):
    """What WeChat delivers: a query and a body."""

    def make(mode="safe", form="json", *, told=TOLD, token=PUSH_TOKEN, key=AES_KEY, app_id=mini.app_id, age=0):
        settings = PushSettings("http://127.0.0.1/", token, key, mode, form)
        stamp = int(clock.now().timestamp()) - age
        written = write(settings, app_id, told, timestamp=stamp, word=lambda length: "r" * length)
        return written.query, written.body

    return make


@pytest.fixture
def sealed_text(mini, clock):
    """A safe delivery of any text whatever."""

    def make(text):
        stamp = str(int(clock.now().timestamp()))
        sealed = seal(AES_KEY, mini.app_id, text.encode(), "r" * 16)
        query = {"timestamp": stamp, "nonce": "n", "msg_signature": sign(PUSH_TOKEN, stamp, "n", sealed)}
        return query, json.dumps({"Encrypt": sealed}).encode()

    return make


@pytest.fixture
def open_door(mini, clock):
    return PushDoor(mini.app_id, PUSH_TOKEN, AES_KEY, clock, allows_plain=True)


class TestVerify:
    VECTOR = {  # noqa: RUF012
        "timestamp": "1714036504",
        "nonce": "1514711492",
        "signature": "f464b24fc39322e44b38aa78f5edd27bd1441696",
    }

    def test_agrees_with_the_official_example(self):
        door = PushDoor("wx", "AAAAA", AES_KEY, StandingClock(datetime(2024, 4, 25, tzinfo=UTC)))
        assert door.verify({**self.VECTOR, "echostr": "4375120948345356249"})

    @pytest.mark.parametrize(
        "changes",
        [
            {"timestamp": "1714036505"},
            {"nonce": "1"},
            {"signature": ""},
            {"signature": "签名"},
            {"signature": "F464B24FC39322E44B38AA78F5EDD27BD1441696"},
        ],
        ids=ascii,
    )
    def test_denies_anything_else(self, changes):
        door = PushDoor("wx", "AAAAA", AES_KEY, StandingClock(datetime(2024, 4, 25, tzinfo=UTC)))
        assert not door.verify({**self.VECTOR, **changes})
        assert not door.verify({})


class TestPushDoor:
    @pytest.mark.parametrize(("token", "key"), [("", AES_KEY), ("t", ""), ("t", AES_KEY[:-1]), ("t", AES_KEY + "=")])
    def test_is_not_built_without_its_keys(self, clock, token, key):
        with pytest.raises(ValueError, match="EncodingAESKey"):
            PushDoor("wx", token, key, clock)


class TestRead:
    @pytest.mark.parametrize("form", FORMATS)
    @pytest.mark.parametrize("mode", ["compatible", "safe"])
    def test_believes_what_is_sealed(self, door, letter, mode, form):
        assert door.read(*letter(mode, form)) == PASSED

    @pytest.mark.parametrize("form", FORMATS)
    def test_believes_what_is_plain_only_where_that_is_allowed(self, door, open_door, letter, form):
        assert open_door.read(*letter("plain", form)) == PASSED
        with pytest.raises(PushNotSealed) as refusal:
            door.read(*letter("plain", form))
        assert refusal.value.status == 403

    @pytest.mark.parametrize("length", range(64))
    def test_opens_every_length_of_padding(self, door, letter, length):
        assert door.read(*letter(told={"MsgType": "text", "Content": "x" * length})) == OtherPush("text")

    def test_reads_only_the_sealed_part_of_a_compatible_delivery(self, door, letter):
        query, body = letter("compatible")
        changed = {**json.loads(body), "trace_id": "forged", "result": {"suggest": "risky"}}
        assert door.read(query, json.dumps(changed).encode()) == PASSED

    @pytest.mark.parametrize("form", FORMATS)
    def test_refuses_a_plain_delivery_that_claims_to_be_sealed(self, door, letter, form):
        query, body = letter("plain", form)
        with pytest.raises(PushNotSealed):
            door.read({**query, "encrypt_type": "aes", "msg_signature": query["signature"]}, body)

    @pytest.mark.parametrize("mode", MODES)
    def test_refuses_another_token(self, open_door, letter, mode):
        with pytest.raises(PushForged) as refusal:
            open_door.read(*letter(mode, token="guessed"))
        assert refusal.value.status == 403

    def test_refuses_a_changed_ciphertext(self, door, letter):
        query, body = letter()
        told = json.loads(body)
        for place in (0, 40, len(told["Encrypt"]) - 2):
            other = "A" if told["Encrypt"][place] != "A" else "B"
            changed = told["Encrypt"][:place] + other + told["Encrypt"][place + 1 :]
            with pytest.raises(PushForged):
                door.read(query, json.dumps({**told, "Encrypt": changed}).encode())

    @pytest.mark.parametrize("name", ["timestamp", "nonce", "msg_signature"])
    def test_refuses_a_changed_or_missing_part_of_the_query(self, door, letter, name):
        query, body = letter()
        for value in ("1", "", "签名"):
            with pytest.raises((PushForged, PushStale)):
                door.read({**query, name: value}, body)
        del query[name]
        with pytest.raises((PushForged, PushStale)):
            door.read(query, body)

    def test_does_not_take_the_plain_signature_for_a_seal(self, door, letter):
        query, body = letter()
        with pytest.raises(PushForged):
            door.read({**query, "msg_signature": query["signature"]}, body)

    def test_refuses_what_was_sealed_for_another_app(self, door, letter):
        with pytest.raises(PushForged):
            door.read(*letter(app_id="wx0000000000000009"))

    def test_refuses_what_was_sealed_with_another_key(self, door, letter, events):
        with pytest.raises((PushMalformed, PushForged)):
            door.read(*letter(key="B" * 43))

    @pytest.mark.parametrize("age", [301, -301, 86_400])
    @pytest.mark.parametrize("mode", MODES)
    def test_refuses_what_is_not_of_now(self, open_door, letter, mode, age):
        with pytest.raises(PushStale) as refusal:
            open_door.read(*letter(mode, age=age))
        assert refusal.value.status == 403

    @pytest.mark.parametrize("age", [300, -300])
    def test_believes_a_clock_that_is_five_minutes_off(self, door, letter, age):
        assert door.read(*letter(age=age)) == PASSED

    def test_refuses_a_delivery_that_was_kept(self, door, letter, clock):
        kept = letter()
        assert door.read(*kept) == PASSED
        clock.advance(timedelta(seconds=301))
        with pytest.raises(PushStale):
            door.read(*kept)

    def test_reads_one_delivery_twice(self, door, letter):
        twice = letter()
        assert door.read(*twice) == door.read(*twice) == PASSED

    def test_takes_64_kilobytes_and_not_one_more(self, door, letter):
        query, body = letter()
        assert door.read(query, body.ljust(MAX_BYTES)) == PASSED
        with pytest.raises(PushTooLarge) as refusal:
            door.read(query, body.ljust(MAX_BYTES + 1))
        assert refusal.value.status == 413

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"success",
            b"[]",
            b"7",
            b"null",
            b"{",
            b"\xff\xfe",
            b"<xml>",
            b"<xml><Encrypt>a</Encrypt><Encrypt>b</Encrypt></xml>",
            b'{"Encrypt": 7}',
            b'{"Encrypt": {"a": 1}}',
            b"[" * 60_000,
            b'{"a":' * 12_000,
            b"<a>" * 20_000,
            b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><Encrypt>&e;</Encrypt></xml>',
        ],
        ids=range(15),
    )
    def test_refuses_at_once_what_it_cannot_read(self, door, letter, body):
        started = time.perf_counter()
        with pytest.raises(PushMalformed) as refusal:
            door.read(letter()[0], body)
        assert refusal.value.status == 400
        assert time.perf_counter() - started < 0.2

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "{}",
            "[]",
            "<xml/>",
            '{"MsgType": "event"}',
            '{"MsgType": "event", "Event": "wxa_media_check"}',
            "<xml><MsgType><a>event</a></MsgType></xml>",
            '<!DOCTYPE x [<!ENTITY a "aa">]><xml><MsgType>&a;</MsgType></xml>',
            "<a>" * 15_000,
        ],
        ids=range(9),
    )
    def test_refuses_a_sealed_message_without_sense(self, door, sealed_text, text, events):
        with pytest.raises(PushMalformed):
            door.read(*sealed_text(text))

    @pytest.mark.parametrize("sealed", ["", "AAAA", "?", "签", "A" * 64], ids=ascii)
    def test_refuses_a_signed_envelope_without_a_letter(self, door, clock, sealed, events):
        stamp = str(int(clock.now().timestamp()))
        query = {"timestamp": stamp, "nonce": "n", "msg_signature": sign(PUSH_TOKEN, stamp, "n", sealed)}
        with pytest.raises((PushMalformed, PushForged)):
            door.read(query, json.dumps({"Encrypt": sealed}).encode())

    def test_tells_nobody_its_keys_or_what_was_pushed(self, door, letter, mini, events):
        heard = [repr(door), str(vars(PushForged()))]
        for query, body in [letter(), letter(token="guessed"), letter(key="B" * 43), letter(age=999), ({}, b"canary")]:
            try:
                heard.append(repr(door.read(query, body)))
            except (PushForged, PushStale, PushMalformed) as refusal:
                heard += [str(refusal), repr(refusal), str(refusal.facts), repr(refusal.__cause__)]
        said = "\n".join([*heard, str(events)])
        assert [canary for canary in (PUSH_TOKEN, AES_KEY, "canary", 'o1"') if canary in said] == []
