"""Checks in a step of their own: a rebuild of a SQLite table brings back only the indexes of earlier steps."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint


class Migration(migrations.Migration):
    dependencies = [("models", "0006_job")]

    initial = False

    operations = [
        ops.AddConstraint(
            model_name='Job',
            constraint=CheckConstraint(check="status <> 'running' OR held_until IS NOT NULL", name='ck_job_hold_ends'),
        ),
        ops.AddConstraint(
            model_name='Job',
            constraint=UniqueConstraint(fields=('once',), name='uq_job_once'),
        ),
    ]
