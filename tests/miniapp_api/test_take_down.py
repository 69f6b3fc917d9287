"""What must go, over the door: the writer is told, an organizer settles it."""

from capabilities.office import Office
from models.greeting import Channel
from tests.cast import Cast
from tests.published import accepted, placed, words
from tests.stage import code_of


class TestTakeDown:
    async def test_is_told_settled_and_told_again(self, office: Office, cast: Cast, base_url: str) -> None:
        writer = await cast.scientist()
        row = await accepted(office, cast, writer, words(channels=[Channel.WALL, Channel.TV]))
        await placed(office, await cast.city_admin(), row)
        async with writer.client(base_url) as own, (await cast.organizer()).client(base_url) as organizer:
            before = (await own.get(f"/greetings/{row.id}/copies")).json()
            assert [(each["channel"], each["state"]) for each in before] == [("wall", "live"), ("tv", "live")]
            told = (await own.delete(f"/greetings/{row.id}")).json()["copies"]
            assert [(each["channel"], each["state"], each["due_on"]) for each in told] == [
                ("wall", "done", None),
                ("tv", "to_do", "2019-06-04"),
            ]
            (task,) = (await organizer.get("/take-downs", params={"state": "to_do"})).json()["items"]
            assert (task["outlet"], task["reason"]) == ("呼和浩特电视台", "greeting_withdrawn")
            path, outcome = f"/take-downs/{task['id']}/outcome", {"state": "impossible", "how": "已播出，不再重播"}
            assert (await organizer.post(path, json=outcome)).status_code == 200
            assert code_of(await organizer.post(path, json=outcome)) == (409, "TakeDownSettled")
            after = (await own.get(f"/greetings/{row.id}/copies")).json()[1]
            assert (after["state"], after["how"], after["due_on"]) == ("impossible", "已播出，不再重播", None)
