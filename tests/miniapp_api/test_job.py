"""Background work over HTTP."""

from capabilities.office import Office
from models.job import Job, JobStatus
from tests.cast import Cast
from tests.stage import code_of


class TestJobs:
    async def test_are_listed_counted_and_ordered_again(self, office: Office, cast: Cast, base_url: str) -> None:
        now = office.now()
        row = await Job.create(
            work="bell.ring", about={"n": 1}, status=JobStatus.FAILED, run_at=now, tries=12, ordered_at=now, fault="X"
        )
        async with (await cast.city_admin()).client(base_url) as client:
            listed = (await client.get("/jobs", params={"status": "failed"})).json()
            assert [(each["id"], each["fault"]) for each in listed["items"]] == [(str(row.id), "X")]
            # What the job is about stays inside.
            assert "about" not in listed["items"][0]
            assert (await client.get("/jobs/counts")).json() == [{"work": "bell.ring", "status": "failed", "count": 1}]
            again = await client.post(f"/jobs/{row.id}/repetition", json={})
            assert (again.status_code, again.json()["status"]) == (200, "waiting")
            assert code_of(await client.post(f"/jobs/{row.id}/repetition")) == (409, "JobNotOver")

    async def test_are_not_for_volunteers(self, cast: Cast, base_url: str) -> None:
        async with (await cast.volunteer()).client(base_url) as client:
            assert code_of(await client.get("/jobs")) == (403, "RoleNeeded")
