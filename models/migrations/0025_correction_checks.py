"""Checks of corrections, and one open one per registration, in a step of their own: a rebuild keeps earlier indexes."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint


class Migration(migrations.Migration):
    dependencies = [("models", "0024_suggestion_cases")]

    initial = False

    operations = [
        ops.AddConstraint(
            model_name='Correction',
            constraint=CheckConstraint(check="status NOT IN ('approved', 'refused') OR decided_by_id IS NOT NULL", name='ck_correction_decided_by_a_person'),
        ),
        ops.AddConstraint(
            model_name='Correction',
            constraint=CheckConstraint(check="status <> 'approved' OR before IS NOT NULL", name='ck_correction_keeps_what_was'),
        ),
        ops.RunSQL(
            "CREATE UNIQUE INDEX uq_correction_open ON correction (volunteer_id) WHERE status = 'open'",
            "DROP INDEX uq_correction_open",
        ),
    ]
