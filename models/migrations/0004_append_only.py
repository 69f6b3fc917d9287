"""The logs `scan` and `transition` take new rows and nothing else."""

from tortoise import migrations
from tortoise.migrations import operations as ops

TABLES = ("scan", "transition")


def _sqlite(table, verb):
    return (
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


async def forward(apps, editor):
    if editor.client.capabilities.dialect == "sqlite":
        for table in TABLES:
            for verb in ("UPDATE", "DELETE"):
                await editor.client.execute_query(_sqlite(table, verb))
        return
    await editor.client.execute_query(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in TABLES:
        await editor.client.execute_query(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


async def backward(apps, editor):
    if editor.client.capabilities.dialect == "sqlite":
        for table in TABLES:
            for verb in ("update", "delete"):
                await editor.client.execute_query(f"DROP TRIGGER {table}_no_{verb}")
        return
    for table in TABLES:
        await editor.client.execute_query(f"DROP TRIGGER {table}_append_only ON {table}")
    await editor.client.execute_query("DROP FUNCTION refuse_change()")


class Migration(migrations.Migration):
    dependencies = [("models", "0003_uniques")]

    initial = False

    operations = [ops.RunPython(forward, backward)]
