"""Unique constraints as indexes of their own, so that a rebuild of a SQLite table can bring them back."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import UniqueConstraint


class Migration(migrations.Migration):
    dependencies = [("models", "0002_checks")]

    initial = False

    operations = [
        ops.AddConstraint(
            model_name='Attendance',
            constraint=UniqueConstraint(fields=('event_id', 'enrolment_id'), name='uq_attendance'),
        ),
        ops.AddConstraint(
            model_name='Enrolment',
            constraint=UniqueConstraint(fields=('event_id', 'shift_id', 'queue_no'), name='uq_enrolment_queue'),
        ),
        ops.AddConstraint(
            model_name='GreetingText',
            constraint=UniqueConstraint(fields=('greeting_id', 'version'), name='uq_greeting_text'),
        ),
        ops.AddConstraint(
            model_name='Point',
            constraint=UniqueConstraint(fields=('event_id', 'name'), name='uq_point_name'),
        ),
        ops.AddConstraint(
            model_name='Scan',
            constraint=UniqueConstraint(fields=('event_id', 'scanned_by_id', 'nonce'), name='uq_scan_nonce'),
        ),
        ops.AddConstraint(
            model_name='Volunteer',
            constraint=UniqueConstraint(fields=('person_id',), name='uq_volunteer_person'),
        ),
        # Partial unique indexes stand here as SQL, the same text for both databases: the ORM cannot make them on SQLite.
        ops.RunSQL(
            "CREATE UNIQUE INDEX uq_enrolment_live ON enrolment (event_id, person_id) "
            "WHERE status IN ('confirmed', 'waitlisted', 'offered')",
            "DROP INDEX uq_enrolment_live",
        ),
        ops.RunSQL(
            "CREATE UNIQUE INDEX uq_ticket_live ON ticket (enrolment_id) WHERE revoked_at IS NULL",
            "DROP INDEX uq_ticket_live",
        ),
        ops.RunSQL(
            "CREATE UNIQUE INDEX uq_consent_live ON consent (person_id, scope, policy_version) WHERE withdrawn_at IS NULL",
            "DROP INDEX uq_consent_live",
        ),
        ops.RunSQL(
            "CREATE UNIQUE INDEX uq_channel_consent_live ON channel_consent (greeting_id, channel) "
            "WHERE withdrawn_at IS NULL",
            "DROP INDEX uq_channel_consent_live",
        ),
    ]
