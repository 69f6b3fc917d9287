"""Jobs: work that is written down with the change that causes it."""

import functools
from json import dumps, loads

from models.fields import UtcDatetimeField
from models.job import JobStatus
from kit.ids import uuid7
from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0005_media_verdicts")]

    initial = False

    operations = [
        ops.CreateModel(
            name='Job',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('work', fields.CharField(max_length=40)),
                ('about', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('once', fields.CharField(null=True, max_length=120)),
                ('status', fields.CharEnumField(enum_type=JobStatus, max_length=8)),
                ('run_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('held_until', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('tries', fields.SmallIntField(default=0)),
                ('fault', fields.CharField(null=True, max_length=60)),
                ('ordered_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('ended_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'job', 'app': 'models', 'indexes': [Index(fields=['status', 'run_at']), Index(fields=['work', 'status'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
