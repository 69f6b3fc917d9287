"""Checks in a step of their own, and the log of annulments takes new rows only."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint


async def close_log(apps, editor):
    """`refuse_change` of PostgreSQL stands since the first logs."""
    if editor.client.capabilities.dialect == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            await editor.client.execute_query(
                f"CREATE TRIGGER annulment_no_{verb.lower()} BEFORE {verb} ON annulment "
                "BEGIN SELECT RAISE(ABORT, 'annulment is append-only'); END"
            )
        return
    await editor.client.execute_query(
        "CREATE TRIGGER annulment_append_only BEFORE UPDATE OR DELETE ON annulment "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


async def open_log(apps, editor):
    if editor.client.capabilities.dialect == "sqlite":
        for verb in ("update", "delete"):
            await editor.client.execute_query(f"DROP TRIGGER annulment_no_{verb}")
        return
    await editor.client.execute_query("DROP TRIGGER annulment_append_only ON annulment")


class Migration(migrations.Migration):
    dependencies = [("models", "0014_sign_in_depth")]

    initial = False

    operations = [
        ops.AddConstraint(
            model_name='Conflict',
            constraint=CheckConstraint(check='decided_at IS NULL OR (decided_by_id IS NOT NULL AND reason IS NOT NULL)', name='ck_conflict_decided_with_reason'),
        ),
        ops.AddConstraint(
            model_name='Point',
            constraint=CheckConstraint(check='(latitude IS NULL) = (longitude IS NULL) AND (latitude IS NULL) = (radius_m IS NULL)', name='ck_point_place_is_whole'),
        ),
        ops.AddConstraint(
            model_name='Annulment',
            constraint=UniqueConstraint(fields=('scan_id',), name='uq_annulment_scan'),
        ),
        ops.AddConstraint(
            model_name='Conflict',
            constraint=UniqueConstraint(fields=('event_id', 'enrolment_id', 'kind'), name='uq_conflict'),
        ),
        ops.AddConstraint(
            model_name='Device',
            constraint=UniqueConstraint(fields=('event_id', 'person_id', 'code'), name='uq_device'),
        ),
        ops.RunPython(close_log, open_log),
    ]
