"""Pictures and sounds that WeChat is asked about."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from kit.ids import uuid7
from models.fields import UtcDatetimeField
from models.media_check import MediaCheckState, MediaPieceKind


class Migration(migrations.Migration):
    dependencies = [("models", "0007_job_checks")]

    initial = False

    operations = [
        ops.CreateModel(
            name='MediaCheck',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('subject', fields.CharField(max_length=20)),
                ('subject_id', fields.UUIDField()),
                ('version', fields.IntField()),
                ('upload_id', fields.UUIDField()),
                ('piece', fields.CharField(max_length=24)),
                ('kind', fields.CharEnumField(enum_type=MediaPieceKind, max_length=8)),
                ('person', fields.ForeignKeyField('models.Person', source_field='person_id', db_constraint=True, to_field='id', on_delete=OnDelete.RESTRICT)),
                ('state', fields.CharEnumField(enum_type=MediaCheckState, max_length=12)),
                ('trace_id', fields.CharField(null=True, unique=True, max_length=80)),
                ('suggest', fields.CharField(null=True, max_length=12)),
                ('label', fields.IntField(null=True)),
                ('fault', fields.CharField(null=True, max_length=40)),
                ('ordered_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('asked_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('answered_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'media_check', 'app': 'models', 'indexes': [Index(fields=['person_id']), Index(fields=['state', 'ordered_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
