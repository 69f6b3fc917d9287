"""The log of scans may forget which device it was, and nothing else; the check of removals, after their table."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint

# Emptied 90 days after the scan. What a scan decided, when and for whom stays as it was written.
FORGOTTEN = ("device", "gate", "clock_error_s")
KEPT = (
    "id", "event_id", "point_id", "enrolment_id", "scanned_by_id", "way", "direction", "nonce", "code_digest",
    "scanned_at", "received_at", "verdict", "happened_at", "is_admitted", "is_late", "seen", "place", "reason", "facts",
)  # fmt: skip
EMPTY = " AND ".join(f"NEW.{name} IS NULL" for name in FORGOTTEN)
REFUSED = "BEGIN SELECT RAISE(ABORT, 'scan is append-only'); END"


async def forward(apps, editor):
    if editor.client.capabilities.dialect == "sqlite":
        same = " AND ".join(f"NEW.{name} IS OLD.{name}" for name in KEPT)
        await editor.client.execute_query("DROP TRIGGER scan_no_update")
        await editor.client.execute_query(
            f"CREATE TRIGGER scan_no_update BEFORE UPDATE ON scan WHEN NOT ({EMPTY} AND {same}) {REFUSED}"
        )
        return
    others = "ARRAY[" + ", ".join(f"'{name}'" for name in FORGOTTEN) + "]"
    same = f"to_jsonb(NEW) - {others} = to_jsonb(OLD) - {others}"
    await editor.client.execute_query("DROP TRIGGER scan_append_only ON scan")
    await editor.client.execute_query(
        "CREATE TRIGGER scan_append_only BEFORE DELETE ON scan FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    await editor.client.execute_query(
        f"CREATE TRIGGER scan_only_forgets BEFORE UPDATE ON scan FOR EACH ROW WHEN (NOT ({EMPTY} AND {same})) "
        "EXECUTE FUNCTION refuse_change()"
    )


async def backward(apps, editor):
    if editor.client.capabilities.dialect == "sqlite":
        await editor.client.execute_query("DROP TRIGGER scan_no_update")
        await editor.client.execute_query(f"CREATE TRIGGER scan_no_update BEFORE UPDATE ON scan {REFUSED}")
        return
    await editor.client.execute_query("DROP TRIGGER scan_only_forgets ON scan")
    await editor.client.execute_query("DROP TRIGGER scan_append_only ON scan")
    await editor.client.execute_query(
        "CREATE TRIGGER scan_append_only BEFORE UPDATE OR DELETE ON scan "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


class Migration(migrations.Migration):
    dependencies = [("models", "0030_leaving")]

    initial = False

    operations = [
        ops.RunPython(forward, backward),
        ops.AddConstraint(
            model_name='Removal',
            constraint=CheckConstraint(check='count > 0', name='ck_removal_count'),
        ),
    ]
