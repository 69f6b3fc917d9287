"""Checks and the unique key in a step of their own: a rebuild of a SQLite table keeps only earlier steps' indexes."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint


class Migration(migrations.Migration):
    dependencies = [("models", "0008_media_checks")]

    initial = False

    operations = [
        ops.AddConstraint(
            model_name='MediaCheck',
            constraint=CheckConstraint(check="state <> 'asked' OR trace_id IS NOT NULL", name='ck_media_check_asked'),
        ),
        ops.AddConstraint(
            model_name='MediaCheck',
            constraint=CheckConstraint(check="state <> 'answered' OR suggest IS NOT NULL", name='ck_media_check_answered'),
        ),
        ops.AddConstraint(
            model_name='MediaCheck',
            constraint=UniqueConstraint(fields=('subject', 'subject_id', 'version', 'upload_id', 'piece'), name='uq_media_check'),
        ),
    ]
