"""Uploads, and how much each person may send."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from kit.ids import uuid7
from models.fields import UtcDatetimeField
from models.upload import UploadKind, UploadStatus


class Migration(migrations.Migration):
    dependencies = [("models", "0015_sign_in_checks")]

    initial = False

    operations = [
        ops.CreateModel(
            name='Upload',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('person', fields.ForeignKeyField('models.Person', source_field='person_id', db_constraint=True, to_field='id', on_delete=OnDelete.RESTRICT)),
                ('greeting', fields.ForeignKeyField('models.Greeting', source_field='greeting_id', null=True, db_constraint=True, to_field='id', related_name='uploads', on_delete=OnDelete.RESTRICT)),
                ('kind', fields.CharEnumField(enum_type=UploadKind, max_length=8)),
                ('status', fields.CharEnumField(enum_type=UploadStatus, max_length=8)),
                ('bytes', fields.IntField()),
                ('width', fields.IntField(null=True)),
                ('height', fields.IntField(null=True)),
                ('seconds', fields.FloatField(null=True)),
                ('frames', fields.IntField(default=0)),
                ('has_sound', fields.BooleanField(default=False)),
                ('sha256', fields.CharField(max_length=64)),
                ('storage_key', fields.CharField(unique=True, max_length=64)),
                ('place', fields.IntField(default=0)),
                ('at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('removed_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('purged_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'upload', 'app': 'models', 'indexes': [Index(fields=['person_id', 'status', 'id']), Index(fields=['greeting_id', 'status']), Index(fields=['status', 'purged_at', 'at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='UploadAllowance',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('person', fields.ForeignKeyField('models.Person', source_field='person_id', db_constraint=True, to_field='id', on_delete=OnDelete.RESTRICT)),
                ('day', fields.DateField()),
                ('files', fields.IntField(default=0)),
                ('bytes', fields.BigIntField(default=0)),
                ('held_bytes', fields.BigIntField(default=0)),
            ],
            options={'table': 'upload_allowance', 'app': 'models', 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
