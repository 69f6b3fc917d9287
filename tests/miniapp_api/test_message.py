"""The inbox and the consents to reminders, as the mini-program sees them."""

from capabilities.office import Office
from models.message import MessageKind
from tests.cast import Cast
from tests.reminders import TEMPLATES, tell
from tests.stage import code_of, published


class TestInbox:
    async def test_is_shown_page_by_page_with_what_is_unread(self, cast: Cast, base_url: str) -> None:
        someone = await cast.volunteer()
        for key in ("1", "2", "3"):
            await tell(someone, key)
        async with someone.client(base_url) as client:
            first = (await client.get("/me/messages", params={"limit": 2})).json()
            assert (len(first["items"]), first["unread"]) == (2, 3)
            rest = (await client.get("/me/messages", params={"limit": 2, "cursor": first["next_cursor"]})).json()
            assert (len(rest["items"]), rest["next_cursor"]) == (1, None)
            newest = first["items"][0]
            assert (newest["kind"], newest["words"], newest["delivery"], newest["read_at"]) == (
                "appeal_decided",
                "您的申诉已支持。",
                "inbox_only",
                None,
            )
            assert (await client.post(f"/me/messages/{newest['id']}/reading")).json() == {"unread": 2}
            assert (await client.post("/me/messages/reading", json={"up_to": newest["id"]})).json() == {"unread": 0}
            assert code_of(await client.get("/me/messages", params={"cursor": "x"})) == (422, "BadCursor")


class TestReminders:
    async def test_count_what_was_allowed(self, cast: Cast, base_url: str, office: Office) -> None:
        office.templates = TEMPLATES
        someone = await cast.visitor()
        async with someone.client(base_url) as client:
            answer = await client.post("/me/reminders", json={"accepted": ["event"], "rejected": ["hours"]})
            assert answer.status_code == 200
            shown = {each["kind"]: each for each in (await client.get("/me/reminders")).json()}
            assert (shown["event"]["left"], shown["event"]["template_id"]) == (1, "template-event")
            assert (shown["hours"]["left"], bool(shown["hours"]["rejected_at"])) == (0, True)
            assert code_of(await client.post("/me/reminders", json={"accepted": ["unheard-of"]}))[0] == 422
            four = {"accepted": ["event", "hours", "result", "place"]}
            assert code_of(await client.post("/me/reminders", json=four))[0] == 422


class TestCounts:
    async def test_tell_an_organizer_what_became_of_the_messages(self, cast: Cast, base_url: str) -> None:
        what, someone = await published(), await cast.volunteer()
        await tell(someone, "1", MessageKind.EVENT_CANCELLED, what.id)
        async with (await cast.organizer(what.unit.code)).client(base_url) as client:
            answer = await client.get(f"/events/{what.id}/messages")
        assert answer.json() == [{"kind": "event_cancelled", "delivery": "inbox_only", "count": 1}]
