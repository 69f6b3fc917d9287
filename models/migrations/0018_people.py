"""People at full depth: a phone that WeChat vouches for, a guardian, an appeal, a suspension's end, an event's age."""

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint

from models.fields import SealedTextField, UtcDatetimeField


class Migration(migrations.Migration):
    dependencies = [("models", "0017_upload_checks")]

    initial = False

    operations = [
        ops.AddField(model_name='Person', name='phone', field=SealedTextField(null=True)),
        ops.AddField(model_name='Person', name='phone_index', field=fields.CharField(null=True, max_length=43)),
        ops.AddField(model_name='Person', name='phone_verified_at', field=UtcDatetimeField(null=True)),
        ops.AddIndex(model_name='Person', index=Index(fields=['phone_index'])),
        ops.AddField(model_name='Volunteer', name='guardian', field=SealedTextField(null=True)),
        ops.AddField(model_name='Volunteer', name='appeal', field=SealedTextField(null=True)),
        ops.AddField(model_name='Volunteer', name='appealed_at', field=UtcDatetimeField(null=True)),
        ops.AddField(model_name='Volunteer', name='suspended_until', field=UtcDatetimeField(null=True)),
        ops.AddConstraint(
            model_name='Volunteer',
            constraint=CheckConstraint(check="status <> 'suspended' OR suspended_until IS NOT NULL", name='ck_volunteer_suspension_ends'),
        ),
        ops.AddField(model_name='Event', name='min_age', field=fields.SmallIntField(default=18, db_default=18)),
        ops.AddConstraint(
            model_name='Event',
            constraint=CheckConstraint(check='min_age BETWEEN 14 AND 70', name='ck_event_min_age'),
        ),
    ]
