"""Checks and keys of placements, after their tables: a rebuild of a SQLite table brings back only earlier indexes."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint


class Migration(migrations.Migration):
    dependencies = [("models", "0021_placements")]

    initial = False

    operations = [
        ops.AddConstraint(
            model_name='TakeDown',
            constraint=CheckConstraint(check="state = 'to_do' OR (settled_at IS NOT NULL AND how IS NOT NULL)", name='ck_take_down_settled'),
        ),
        ops.AddConstraint(
            model_name='Greeting',
            constraint=CheckConstraint(check="status NOT IN ('selected', 'published') OR (decided_by_id IS NOT NULL AND decided_at IS NOT NULL)", name='ck_greeting_chosen_after_acceptance'),
        ),
        ops.AddConstraint(
            model_name='Copy',
            constraint=UniqueConstraint(fields=('placement_id', 'greeting_id'), name='uq_copy'),
        ),
        ops.AddConstraint(
            model_name='TakeDown',
            constraint=UniqueConstraint(fields=('copy_id',), name='uq_take_down_copy'),
        ),
        ops.RunSQL(
            "CREATE UNIQUE INDEX uq_selection_live ON selection (greeting_id, channel) WHERE ended_at IS NULL",
            "DROP INDEX uq_selection_live",
        ),
    ]
