"""Hall screens: a pass that is bound to one point, and whether the wall is shown beside the code."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0034_door_indexes")]

    initial = False

    operations = [
        ops.AddField(
            model_name='StaffPass',
            name='point',
            field=fields.ForeignKeyField('models.Point', source_field='point_id', null=True, db_constraint=True, to_field='id', on_delete=OnDelete.RESTRICT),
        ),
        ops.AddField(model_name='StaffPass', name='shows_wall', field=fields.BooleanField(default=False, db_default=False)),
        ops.AddIndex(model_name='StaffPass', index=Index(fields=['point_id'], name='idx_staff_pass_point')),
    ]
