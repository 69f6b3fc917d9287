"""The codes: what they say, how long, and that nobody else can make one."""

import asyncio
import base64
import dataclasses
import hashlib
import hmac
import struct
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from capabilities.caller import NotYourEvent
from capabilities.enrolment import EnrolmentNotLive, NoSuchEnrolment, cancel, enrol
from capabilities.office import Office
from capabilities.sign_in_code import (
    NoSuchPoint,
    PersonalCode,
    VenueCode,
    is_fresh_personal_code,
    is_fresh_venue_code,
    my_ticket,
    open_personal_code,
    open_venue_code,
    personal_code,
    revoke_ticket,
    show_venue_code,
    ticket_key,
    venue_code,
)
from kit.clock import StandingClock
from models.campaign import Campaign
from models.enrolment import Enrolment, Ticket
from models.event import Event, Point
from tests.cast import Cast, Someone
from tests.stage import NINE, SECOND, door_of, published, refused, shift_of

A_MOMENT = timedelta(microseconds=1)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def code_of_a_phone(ticket_id: UUID, key: str, seconds: int) -> str:
    """What the mini-program does with the key that it fetched, in the words of the contract and no code of ours."""
    opened = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
    body = ticket_id.bytes + struct.pack(">I", seconds // 30)
    proof = hmac.new(opened, body, hashlib.sha256).digest()[:16]
    return "LZ1." + base64.urlsafe_b64encode(body + proof).decode().rstrip("=")


def with_one_character_changed(text: str, first: int) -> list[str]:
    """Every text that differs from this one in one character at or behind `first`."""
    places = range(first, len(text))
    return [text[:at] + other + text[at + 1 :] for at in places for other in ALPHABET if other != text[at]]


@pytest.fixture
async def point(campaign: Campaign) -> Point:
    """Rotates every thirty seconds, with thirty seconds of grace."""
    return door_of(await published())


class TestVenueCode:
    def test_stays_the_same_within_its_slot(self, office: Office, point: Point) -> None:
        first, last = venue_code(office, point, NINE), venue_code(office, point, NINE + 30 * SECOND - A_MOMENT)
        assert first.text == last.text
        assert (first.valid_until, first.period_seconds) == (NINE + 30 * SECOND, 30)

    def test_rotates_with_the_slot(self, office: Office, point: Point) -> None:
        codes = {venue_code(office, point, NINE + 30 * number * SECOND).text for number in range(20)}
        assert len(codes) == 20

    async def test_is_another_at_each_door(self, office: Office, point: Point) -> None:
        other = door_of(await published())
        assert venue_code(office, point, NINE).text != venue_code(office, other, NINE).text

    def test_never_rotates_in_print(self, office: Office, point: Point) -> None:
        point.rotates = False
        codes = {venue_code(office, point, NINE + days * timedelta(days=1)).text for days in range(3)}
        assert len(codes) == 1
        assert venue_code(office, point, NINE).valid_until == NINE + timedelta(hours=3)

    def test_says_nothing_but_point_and_slot(self, office: Office, point: Point) -> None:
        """16 bytes of the point, 4 of the slot, 16 of proof: no room for a person."""
        seal = venue_code(office, point, NINE).text.removeprefix(office.public_url + "/c/")
        raw = base64.urlsafe_b64decode(seal + "=" * (-len(seal) % 4))
        assert raw[:-16] == point.id.bytes + struct.pack(">I", int(NINE.timestamp()) // 30)
        assert len(raw) == 36

    def test_fits_a_code_that_a_phone_reads_from_afar(self, office: Office, point: Point) -> None:
        assert len(venue_code(office, point, NINE).text) - len(office.public_url) == 51


class TestOpenVenueCode:
    def test_opens_what_was_shown(self, office: Office, point: Point) -> None:
        opened = open_venue_code(office, venue_code(office, point, NINE).text)
        assert opened == VenueCode(point.id, int(NINE.timestamp()) // 30)

    def test_does_not_care_by_which_address_we_are_reached(self, office: Office, point: Point) -> None:
        seal = venue_code(office, point, NINE).text.removeprefix(office.public_url)
        opened = {open_venue_code(office, text) for text in (seal, f"https://kexie.example{seal}", f" {seal}\n")}
        assert opened == {VenueCode(point.id, int(NINE.timestamp()) // 30)}

    def test_refuses_one_changed_character_anywhere(self, office: Office, point: Point) -> None:
        text = venue_code(office, point, NINE).text
        changed = with_one_character_changed(text, text.rindex("/") + 1)
        assert len(changed) == 48 * 63
        assert {open_venue_code(office, each) for each in changed} == {None}

    @pytest.mark.parametrize("other", [b"x" * 40, b"s" * 39])
    def test_refuses_what_another_secret_made(self, office: Office, point: Point, other: bytes) -> None:
        forged = dataclasses.replace(office, secret=other)
        assert open_venue_code(office, venue_code(forged, point, NINE).text) is None

    def test_opens_what_the_previous_secret_made(self, office: Office, point: Point) -> None:
        rotated = dataclasses.replace(office, secret=b"n" * 40, previous_secret=office.secret)
        assert open_venue_code(rotated, venue_code(office, point, NINE).text) is not None

    def test_refuses_a_personal_code(self, office: Office, point: Point) -> None:
        personal = personal_code(point.id, ticket_key(office, point.id), NINE)
        assert open_venue_code(office, personal) is None
        assert open_venue_code(office, "/c/" + personal.removeprefix("LZ1.")) is None

    @pytest.mark.parametrize("text", ["", "/c/", "https://example.com/", "礼赞共和国", "/c/" + "A" * 48, "x" * 300])
    def test_refuses_what_is_no_code(self, office: Office, text: str) -> None:
        assert open_venue_code(office, text) is None


class TestIsFreshVenueCode:
    @pytest.mark.parametrize(
        ("after_start", "expected"),
        [
            (-A_MOMENT, False),
            (0 * SECOND, True),
            (30 * SECOND, True),
            (60 * SECOND - A_MOMENT, True),
            (60 * SECOND, False),
            (61 * SECOND, False),
            (timedelta(days=1), False),
        ],
    )
    def test_lasts_a_slot_and_its_grace(self, point: Point, after_start: timedelta, expected: bool) -> None:
        code = VenueCode(point.id, int(NINE.timestamp()) // 30)
        assert is_fresh_venue_code(code, point, NINE + after_start) is expected

    def test_has_the_points_own_measure(self, point: Point) -> None:
        point.rotation_seconds, point.grace_seconds = 60, 0
        code = VenueCode(point.id, int(NINE.timestamp()) // 60)
        assert is_fresh_venue_code(code, point, NINE + 60 * SECOND - A_MOMENT)
        assert not is_fresh_venue_code(code, point, NINE + 60 * SECOND)

    def test_lasts_for_ever_in_print(self, point: Point) -> None:
        point.rotates = False
        assert is_fresh_venue_code(VenueCode(point.id, 0), point, NINE + timedelta(days=400))

    def test_ends_the_print_when_the_point_rotates_again(self, point: Point) -> None:
        assert not is_fresh_venue_code(VenueCode(point.id, 0), point, NINE)

    def test_takes_no_rotating_code_for_print(self, point: Point) -> None:
        point.rotates = False
        assert not is_fresh_venue_code(VenueCode(point.id, int(NINE.timestamp()) // 30), point, NINE)


class TestPersonalCode:
    @pytest.mark.parametrize("seconds", [0, 29, 30, 1_559_178_000, 1_559_178_029, 4_000_000_000])
    def test_is_what_the_phone_makes_by_itself(self, office: Office, campaign: Campaign, seconds: int) -> None:
        ticket_id = uuid4()
        key = ticket_key(office, ticket_id)
        at = datetime.fromtimestamp(seconds, UTC)
        phones = code_of_a_phone(ticket_id, base64.urlsafe_b64encode(key).decode().rstrip("="), seconds)
        assert personal_code(ticket_id, key, at) == phones

    def test_opens_as_its_ticket(self, office: Office) -> None:
        ticket_id = uuid4()
        text = personal_code(ticket_id, ticket_key(office, ticket_id), NINE + 29 * SECOND)
        assert open_personal_code(office, f" {text} ") == PersonalCode(ticket_id, NINE)

    def test_refuses_one_changed_character_anywhere(self, office: Office) -> None:
        ticket_id = uuid4()
        changed = with_one_character_changed(personal_code(ticket_id, ticket_key(office, ticket_id), NINE), 0)
        assert len(changed) == 52 * 63 + 1  # the dot of the prefix is in no alphabet of ours
        assert {open_personal_code(office, each) for each in changed} == {None}

    def test_refuses_the_key_of_another_ticket(self, office: Office) -> None:
        assert open_personal_code(office, personal_code(uuid4(), ticket_key(office, uuid4()), NINE)) is None

    def test_opens_under_the_previous_secret(self, office: Office) -> None:
        """A phone that fetched its key before the secret was changed and has no network since."""
        ticket_id = uuid4()
        rotated = dataclasses.replace(office, secret=b"n" * 40, previous_secret=office.secret)
        assert open_personal_code(rotated, personal_code(ticket_id, ticket_key(office, ticket_id), NINE))

    @pytest.mark.parametrize("text", ["", "LZ1.", "LZ2.AAAA", "LZ1." + "A" * 48, "巴特尔"])
    def test_refuses_what_is_no_code(self, office: Office, text: str) -> None:
        assert open_personal_code(office, text) is None

    @pytest.mark.parametrize(
        ("after_start", "expected"),
        [
            (-60 * SECOND - A_MOMENT, False),
            (-60 * SECOND, True),
            (0 * SECOND, True),
            (90 * SECOND - A_MOMENT, True),
            (90 * SECOND, False),
        ],
    )
    def test_forgives_a_clock_that_is_a_minute_off(self, after_start: timedelta, expected: bool) -> None:
        assert is_fresh_personal_code(PersonalCode(uuid4(), NINE), NINE + after_start) is expected


class TestShowVenueCode:
    async def test_is_for_staff_and_organizers(self, office: Office, cast: Cast, event: Event) -> None:
        point = door_of(event)
        for who in (await cast.staff(event), await cast.organizer("1501X1"), await cast.city_admin()):
            _, shown = await show_venue_code(office, await who.caller(), point.id)
            assert shown == venue_code(office, point, office.now())

    async def test_is_for_nobody_else(self, office: Office, cast: Cast, event: Event) -> None:
        elsewhere = await published()
        for who in (await cast.volunteer(), await cast.staff(elsewhere), await cast.organizer("150105")):
            await refused(NotYourEvent, show_venue_code(office, await who.caller(), door_of(event).id))

    async def test_does_not_know_a_point_that_is_not_there(self, office: Office, cast: Cast) -> None:
        await refused(NoSuchPoint, show_venue_code(office, await (await cast.city_admin()).caller(), uuid4()))


@pytest.fixture
async def bataar(cast: Cast) -> Someone:
    return await cast.volunteer("巴特尔")


@pytest.fixture
async def enrolment(office: Office, bataar: Someone, event: Event) -> Enrolment:
    return (await enrol(office, await bataar.caller(), shift_of(event).id)).enrolment


class TestMyTicket:
    async def test_lets_the_phone_go_on_by_itself(
        self, office: Office, bataar: Someone, enrolment: Enrolment, clock: StandingClock
    ) -> None:
        given = await my_ticket(office, await bataar.caller(), enrolment.id)
        assert given.code == code_of_a_phone(given.ticket.id, given.key, int(office.now().timestamp()))
        clock.advance(timedelta(hours=2))
        later = code_of_a_phone(given.ticket.id, given.key, int(office.now().timestamp()))
        opened = open_personal_code(office, later)
        assert opened is not None
        assert is_fresh_personal_code(opened, office.now())

    async def test_is_one_however_often_it_is_asked_for(
        self, office: Office, bataar: Someone, enrolment: Enrolment
    ) -> None:
        first, second = [await my_ticket(office, await bataar.caller(), enrolment.id) for _ in range(2)]
        assert (first.ticket.id, first.key) == (second.ticket.id, second.key)

    async def test_is_one_for_two_first_calls(self, office: Office, bataar: Someone, enrolment: Enrolment) -> None:
        who = await bataar.caller()
        given = await asyncio.gather(*(my_ticket(office, who, enrolment.id) for _ in range(8)))
        assert len({each.ticket.id for each in given}) == 1
        assert await Ticket.all().count() == 1

    async def test_holds_nothing_of_the_person(self, office: Office, bataar: Someone, enrolment: Enrolment) -> None:
        given = await my_ticket(office, await bataar.caller(), enrolment.id)
        raw = base64.urlsafe_b64decode(given.code.removeprefix("LZ1.") + "=" * 4)
        for personal in (bataar.id.bytes, enrolment.id.bytes, "巴特尔".encode()):
            assert personal not in raw

    async def test_is_the_persons_own(self, office: Office, cast: Cast, enrolment: Enrolment) -> None:
        for who in (await cast.volunteer(), await cast.city_admin()):
            await refused(NoSuchEnrolment, my_ticket(office, await who.caller(), enrolment.id))

    async def test_is_for_live_enrolments(self, office: Office, bataar: Someone, enrolment: Enrolment) -> None:
        await cancel(office, await bataar.caller(), enrolment.id)
        await refused(EnrolmentNotLive, my_ticket(office, await bataar.caller(), enrolment.id))


class TestRevokeTicket:
    async def test_makes_room_for_a_new_one(self, office: Office, bataar: Someone, enrolment: Enrolment) -> None:
        who = await bataar.caller()
        lost = await my_ticket(office, who, enrolment.id)
        await revoke_ticket(office, who, enrolment.id)
        found = await my_ticket(office, who, enrolment.id)
        assert (found.ticket.id, found.key) != (lost.ticket.id, lost.key)
        assert (await Ticket.get(id=lost.ticket.id)).revoked_at == office.now()
        assert (await Ticket.get(id=found.ticket.id)).revoked_at is None

    async def test_is_the_persons_own(self, office: Office, cast: Cast, bataar: Someone, enrolment: Enrolment) -> None:
        await my_ticket(office, await bataar.caller(), enrolment.id)
        stranger = await (await cast.volunteer()).caller()
        await refused(NoSuchEnrolment, revoke_ticket(office, stranger, enrolment.id))
