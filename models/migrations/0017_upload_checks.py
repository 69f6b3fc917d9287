"""Checks and the unique key of uploads in a step of their own: the ORM leaves them out of a new table."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint


class Migration(migrations.Migration):
    dependencies = [("models", "0016_uploads")]

    initial = False

    operations = [
        ops.AddConstraint(
            model_name='Upload',
            constraint=CheckConstraint(check="status <> 'attached' OR greeting_id IS NOT NULL", name='ck_upload_attached'),
        ),
        ops.AddConstraint(
            model_name='Upload',
            constraint=CheckConstraint(check="status NOT IN ('arriving', 'stored') OR greeting_id IS NULL", name='ck_upload_unattached'),
        ),
        ops.AddConstraint(
            model_name='Upload',
            constraint=CheckConstraint(check="status <> 'removed' OR removed_at IS NOT NULL", name='ck_upload_removed'),
        ),
        ops.AddConstraint(
            model_name='Upload',
            constraint=CheckConstraint(check='bytes >= 0', name='ck_upload_bytes'),
        ),
        ops.AddConstraint(
            model_name='UploadAllowance',
            constraint=CheckConstraint(check='files >= 0 AND bytes >= 0 AND held_bytes >= 0', name='ck_upload_allowance'),
        ),
        ops.AddConstraint(
            model_name='UploadAllowance',
            constraint=UniqueConstraint(fields=('person_id',), name='uq_upload_allowance'),
        ),
    ]
