"""The statements by which seats are given, in the words of either database.

Written so that each look-up can go by one index only, whatever the planner believes of the sizes: which states are
meant is a parameter, because a state that stands in the text lets it take a partial index and read the whole of it.
"""

# In the order of their ids, so that no two lanes and processes cross; the shifts before the registrations, as
# everywhere.
LOCK_SHIFTS = "SELECT id FROM shift WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE"
# The order is dressed up, or else a small table would be read whole in it.
LOCK_REGISTRATIONS = """
SELECT person_id, status, suspended_until, birth_date FROM volunteer WHERE person_id = ANY($1::uuid[])
ORDER BY COALESCE(id, person_id) FOR NO KEY UPDATE
"""
REGISTRATIONS = """
SELECT person_id, status, suspended_until, birth_date FROM volunteer
WHERE person_id IN (SELECT value FROM json_each(?))
"""
_SHIFTS = """
SELECT s.id, s.starts_at, s.ends_at, s.seats, s.taken, s.queue_tail,
  ev.id AS event_id, ev.status, ev.min_age, ev.enrolment_opens_at, ev.enrolment_closes_at, ev.allows_walk_ins,
  (SELECT count(*) FROM enrolment w
    WHERE w.event_id = s.event_id AND w.shift_id = s.id AND w.status = {waits}) AS waiting
FROM shift s JOIN event ev ON ev.id = s.event_id WHERE {given}
"""
SHIFTS_POSTGRES = _SHIFTS.format(given="s.id = ANY($1::uuid[])", waits="$2")
SHIFTS_SQLITE = _SHIFTS.format(given="s.id IN (SELECT value FROM json_each(?2))", waits="?1")
STANDING_POSTGRES = """
SELECT e.event_id, e.person_id, e.id FROM unnest($1::uuid[]) AS g(person_id) CROSS JOIN LATERAL (
  SELECT x.event_id, x.person_id, x.id FROM enrolment x
  WHERE x.person_id = g.person_id AND x.status = ANY($3::text[]) AND (x.event_id = ANY($2::uuid[])) IS TRUE OFFSET 0
) AS e
"""
STANDING_SQLITE = """
SELECT e.event_id, e.person_id, e.id FROM enrolment e
WHERE e.person_id IN (SELECT value FROM json_each(?)) AND +e.event_id IN (SELECT value FROM json_each(?))
  AND +e.status IN (SELECT value FROM json_each(?))
"""
WRITE_POSTGRES = """
WITH counted AS (
  UPDATE shift s SET taken = c.taken, queue_tail = c.queue_tail
  FROM json_to_recordset($2::text::json) AS c(id uuid, taken int, queue_tail int) WHERE s.id = c.id
)
INSERT INTO enrolment (id, event_id, shift_id, person_id, status, queue_no, enrolled_at, changed_at, door_version)
SELECT g.id, g.event_id, g.shift_id, g.person_id, g.status, g.queue_no, g.enrolled_at, g.enrolled_at, 0
FROM json_to_recordset($1::text::json) AS g(
  id uuid, event_id uuid, shift_id uuid, person_id uuid, status text, queue_no int, enrolled_at timestamptz
)
"""
ENROL_SQLITE = """
INSERT INTO enrolment (id, event_id, shift_id, person_id, status, queue_no, enrolled_at, changed_at, door_version)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 6, 0
FROM json_each(?)
"""
COUNT_SQLITE = """
UPDATE shift SET taken = c.value ->> 1, queue_tail = c.value ->> 2 FROM json_each(?) AS c
WHERE shift.id = c.value ->> 0
"""
