"""Correcting over the door: the reviewer compares masked, the person is told."""

from tests.cast import Cast
from tests.stage import code_of

CANARIES = ("乌兰图雅", "13912345678", "1980-01-01")


class TestCorrections:
    async def test_go_from_the_person_to_the_reviewer_and_back(self, cast: Cast, base_url: str) -> None:
        someone = await cast.volunteer("乌兰图", unit_code="150105")
        unit = (await cast.organizer("150105")).client(base_url)
        async with unit, someone.client(base_url) as client:
            form = {"name": "乌兰图雅", "phone": "13912345678", "workplace": "市气象局", "reason": "登记有误"}
            answer = (await client.post("/me/volunteer/corrections", json=form)).json()
            assert answer["applied"] == ["workplace"]
            listed = await unit.get("/corrections")
            assert [canary for canary in CANARIES if canary in listed.text] == []
            (line,) = listed.json()["items"]
            assert line["changes"] == [
                {"field": "name", "before": "乌**", "after": "乌***"},
                {"field": "phone", "before": "138****0000", "after": "139****5678"},
            ]
            one = (await unit.get(f"/corrections/{line['id']}")).json()
            assert one["changes"][0] == {"field": "name", "before": "乌兰图", "after": "乌兰图雅"}
            path, body = f"/corrections/{line['id']}/decision", {"decision": "approved", "version": one["version"]}
            stale = await unit.post(path, json=body | {"version": one["version"] - 1})
            assert code_of(stale) == (409, "AlreadyDecided")
            assert (await unit.post(path, json=body)).json()["status"] == "approved"
            (mine,) = (await client.get("/me/volunteer/corrections")).json()
            assert (mine["status"], mine["changes"][0]["before"]) == ("approved", "乌兰图")
            seen = (await client.get("/me/volunteer")).json()
            assert (seen["name"], seen["phone_verified_at"], seen["workplace"]) == ("乌兰图雅", None, "市气象局")

    async def test_take_the_fields_of_the_form_and_no_other(self, cast: Cast, base_url: str) -> None:
        async with (await cast.volunteer()).client(base_url) as client:
            for body in ({"volunteer_no": "V1"}, {"status": "approved"}, {"submit": True}, {"reason": "x" * 301}):
                answer = await client.post("/me/volunteer/corrections", json=body)
                assert answer.status_code == 422
