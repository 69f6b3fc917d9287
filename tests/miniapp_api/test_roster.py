"""The roster over the door."""

from uuid import uuid4

import httpx

from capabilities.enrolment import enrol
from capabilities.office import Office
from tests.cast import Cast
from tests.stage import code_of, published, shift_of


class TestRoster:
    async def test_gives_a_phone_what_it_judges_by(self, office: Office, cast: Cast, base_url: str) -> None:
        found = await published()
        for name in ("巴特尔", "欧阳修"):
            await enrol(office, await (await cast.volunteer(name)).caller(), shift_of(found).id)
        async with (await cast.staff(found)).client(base_url) as staff:
            answer = await staff.get(f"/events/{found.id}/roster")
            changes = (await staff.get(f"/events/{found.id}/roster?since={answer.json()['version']}")).json()
            whole = (await staff.get(f"/events/{found.id}/roster?since=x")).json()
        told = answer.json()
        statuses = [told["statuses"][entry[2]] for entry in told["entries"]]
        assert (answer.status_code, told["is_full"], statuses) == (200, True, ["confirmed", "waitlisted"])
        assert [entry[3] for entry in told["entries"]] == ["巴**", "欧**"]
        assert [(point["name"], point["is_entrance"], point["policy"]) for point in told["points"]] == [
            ("主入口", True, "once")
        ]
        assert (told["event"]["status"], told["event"]["opens_before_minutes"]) == ("published", 30)
        assert "巴特尔" not in answer.text
        assert "13800000000" not in answer.text
        assert (changes["is_full"], whole["is_full"], len(whole["entries"])) == (False, True, 2)

    async def test_lists_masked_names_for_people(self, office: Office, cast: Cast, base_url: str) -> None:
        found = await published()
        for name in ("巴特尔", "欧阳修"):
            await enrol(office, await (await cast.volunteer(name)).caller(), shift_of(found).id)
        async with (await cast.staff(found)).client(base_url) as staff:
            answer = await staff.get(f"/events/{found.id}/enrolments")
        told = [(line["name_masked"], line["status"], line["queue_no"]) for line in answer.json()]
        assert (answer.status_code, told) == (200, [("巴**", "confirmed", 1), ("欧**", "waitlisted", 2)])
        assert "巴特尔" not in answer.text
        assert "13800000000" not in answer.text

    async def test_counts_for_staff(self, office: Office, cast: Cast, base_url: str) -> None:
        found = await published()
        await enrol(office, await (await cast.volunteer()).caller(), shift_of(found).id)
        async with (await cast.staff(found)).client(base_url) as staff:
            answer = await staff.get(f"/events/{found.id}/counts")
        nobody = {str(point.id): 0 for point in found.points}
        told = {"enrolments": {"confirmed": 1}, "ways": {}, "checked_out": 0, "scans": {}, "present": nobody}
        assert answer.json() == told

    async def test_is_not_for_strangers(self, cast: Cast, base_url: str, anyone: httpx.AsyncClient) -> None:
        found, elsewhere = await published(), await published()
        for part in ("roster", "enrolments", "counts"):
            assert code_of(await anyone.get(f"/events/{found.id}/{part}")) == (401, "Unauthenticated")
            for who in (await cast.volunteer(), await cast.staff(elsewhere)):
                async with who.client(base_url) as client:
                    assert code_of(await client.get(f"/events/{found.id}/{part}")) == (403, "NotYourEvent")
                    assert code_of(await client.get(f"/events/{uuid4()}/{part}")) == (404, "NoSuchEvent")
