"""Corrections of approved registrations, with what stood before and what stands after."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from kit.ids import uuid7
from models.correction import CorrectionStatus
from models.fields import SealedTextField, UtcDatetimeField


class Migration(migrations.Migration):
    dependencies = [("models", "0023_roster_changes")]

    initial = False

    operations = [
        ops.CreateModel(
            name='Correction',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('volunteer', fields.ForeignKeyField('models.Volunteer', source_field='volunteer_id', db_constraint=True, to_field='id', related_name='corrections', on_delete=OnDelete.RESTRICT)),
                ('status', fields.CharEnumField(enum_type=CorrectionStatus, max_length=8)),
                ('after', SealedTextField()),
                ('before', SealedTextField(null=True)),
                ('reason', SealedTextField()),
                ('asked_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('decided_by', fields.ForeignKeyField('models.Person', source_field='decided_by_id', null=True, db_constraint=True, to_field='id', related_name='corrections_decided', on_delete=OnDelete.RESTRICT)),
                ('decided_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('decision_reason', fields.CharField(null=True, max_length=300)),
            ],
            options={'table': 'correction', 'app': 'models', 'indexes': [Index(fields=['volunteer_id', 'id']), Index(fields=['decided_by_id']), Index(fields=['status', 'id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
