"""Claims of ID numbers that another registration holds."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from kit.ids import uuid7
from models.claim import ClaimStatus
from models.fields import SealedTextField, UtcDatetimeField


class Migration(migrations.Migration):
    dependencies = [("models", "0027_link_checks")]

    initial = False

    operations = [
        ops.CreateModel(
            name='Claim',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('person', fields.ForeignKeyField('models.Person', source_field='person_id', db_constraint=True, to_field='id', related_name='claims', on_delete=OnDelete.RESTRICT)),
                ('volunteer', fields.ForeignKeyField('models.Volunteer', source_field='volunteer_id', db_constraint=True, to_field='id', related_name='claims', on_delete=OnDelete.RESTRICT)),
                ('unit', fields.ForeignKeyField('models.Unit', source_field='unit_id', db_constraint=True, to_field='id', on_delete=OnDelete.RESTRICT)),
                ('id_number_index', fields.CharField(max_length=43)),
                ('attempt', fields.SmallIntField()),
                ('status', fields.CharEnumField(enum_type=ClaimStatus, max_length=12)),
                ('statement', SealedTextField()),
                ('made_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('decided_by', fields.ForeignKeyField('models.Person', source_field='decided_by_id', null=True, db_constraint=True, to_field='id', related_name='claims_decided', on_delete=OnDelete.RESTRICT)),
                ('decided_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('reason', fields.CharField(null=True, max_length=300)),
            ],
            options={'table': 'claim', 'app': 'models', 'indexes': [Index(fields=['volunteer_id']), Index(fields=['unit_id']), Index(fields=['decided_by_id']), Index(fields=['status', 'id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
