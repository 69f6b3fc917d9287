"""Staff phones: a pass each, by a one-time link, for one event."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint

from kit.ids import uuid7
from models.fields import UtcDatetimeField


class Migration(migrations.Migration):
    dependencies = [("models", "0031_forgetting")]

    initial = False

    operations = [
        ops.CreateModel(
            name='StaffPass',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('event', fields.ForeignKeyField('models.Event', source_field='event_id', db_constraint=True, to_field='id', on_delete=OnDelete.RESTRICT)),
                ('label', fields.CharField(max_length=30)),
                ('made_by', fields.ForeignKeyField('models.Person', source_field='made_by_id', db_constraint=True, to_field='id', on_delete=OnDelete.RESTRICT)),
                ('made_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('link_hash', fields.CharField(unique=True, max_length=64)),
                ('link_expires_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('device', fields.CharField(null=True, max_length=64)),
                ('opened_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('token_hash', fields.CharField(null=True, unique=True, max_length=64)),
                ('taken_back_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'staff_pass', 'app': 'models', 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='StaffPass',
            constraint=CheckConstraint(check='(opened_at IS NULL) = (token_hash IS NULL) AND (opened_at IS NULL) = (device IS NULL)', name='ck_staff_pass_opened_is_whole'),
        ),
        # Last: on SQLite the check rebuilds the table, and would take an index along that stood there before.
        ops.AddIndex(model_name='StaffPass', index=Index(fields=['event_id'], name='idx_staff_pass_event')),
        ops.AddIndex(model_name='StaffPass', index=Index(fields=['made_by_id'], name='idx_staff_pass_made_by')),
    ]
