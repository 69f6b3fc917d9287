"""Verdicts on pictures and sounds, as WeChat pushes them."""

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from kit.ids import uuid7
from models.fields import UtcDatetimeField


class Migration(migrations.Migration):
    dependencies = [("models", "0004_append_only")]

    initial = False

    operations = [
        ops.CreateModel(
            name='MediaVerdict',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('trace_id', fields.CharField(unique=True, max_length=80)),
                ('suggest', fields.CharField(null=True, max_length=12)),
                ('label', fields.IntField(null=True)),
                ('errcode', fields.IntField(null=True)),
                ('heard_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'media_verdict', 'app': 'models', 'indexes': [Index(fields=['heard_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
