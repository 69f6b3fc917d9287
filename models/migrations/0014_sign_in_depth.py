"""Points with rules of their own, late scans, conflicts, annulments, devices."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from kit.ids import uuid7
from models.conflict import ConflictKind
from models.event import PointPolicy
from models.fields import UtcDatetimeField
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("models", "0013_moderation_depth")]

    initial = False

    operations = [
        ops.CreateModel(
            name='Annulment',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('event_id', fields.UUIDField()),
                ('scan_id', fields.UUIDField()),
                ('enrolment_id', fields.UUIDField()),
                ('annulled_by_id', fields.UUIDField()),
                ('reason', fields.CharField(max_length=300)),
                ('annulled_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'annulment', 'app': 'models', 'indexes': [Index(fields=['event_id', 'enrolment_id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Conflict',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('event', fields.ForeignKeyField('models.Event', source_field='event_id', db_constraint=True, to_field='id', on_delete=OnDelete.RESTRICT)),
                ('enrolment', fields.ForeignKeyField('models.Enrolment', source_field='enrolment_id', db_constraint=True, to_field='id', on_delete=OnDelete.RESTRICT)),
                ('kind', fields.CharEnumField(enum_type=ConflictKind, max_length=12)),
                ('found_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('decided_by_id', fields.UUIDField(null=True)),
                ('decided_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('reason', fields.CharField(null=True, max_length=300)),
            ],
            options={'table': 'conflict', 'app': 'models', 'indexes': [Index(fields=['event_id', 'decided_at']), Index(fields=['enrolment_id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Device',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('event', fields.ForeignKeyField('models.Event', source_field='event_id', db_constraint=True, to_field='id', on_delete=OnDelete.RESTRICT)),
                ('person_id', fields.UUIDField()),
                ('code', fields.CharField(max_length=64)),
                ('label', fields.CharField(default='', max_length=30)),
                ('clock_error_s', fields.IntField(null=True)),
                ('roster_loaded_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('roster_size', fields.IntField(null=True)),
                ('test_code_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('waiting_scans', fields.IntField(default=0)),
                ('heard_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'device', 'app': 'models', 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Event',
            name='allows_re_entry',
            field=fields.BooleanField(default=False),
        ),
        ops.AddField(
            model_name='Event',
            name='allows_walk_ins',
            field=fields.BooleanField(default=False),
        ),
        ops.AddField(
            model_name='Point',
            name='is_entrance',
            field=fields.BooleanField(default=True),
        ),
        ops.AddField(
            model_name='Point',
            name='latitude',
            field=fields.FloatField(null=True),
        ),
        ops.AddField(
            model_name='Point',
            name='leaves_others',
            field=fields.BooleanField(default=False),
        ),
        ops.AddField(
            model_name='Point',
            name='longitude',
            field=fields.FloatField(null=True),
        ),
        ops.AddField(
            model_name='Point',
            name='policy',
            field=fields.CharEnumField(default=PointPolicy.ONCE, enum_type=PointPolicy, max_length=5),
        ),
        ops.AddField(
            model_name='Point',
            name='radius_m',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='Scan',
            name='clock_error_s',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='Scan',
            name='device',
            field=fields.CharField(null=True, max_length=64),
        ),
        ops.AddField(
            model_name='Scan',
            name='gate',
            field=fields.CharField(null=True, max_length=30),
        ),
        ops.AddField(
            model_name='Scan',
            name='happened_at',
            field=UtcDatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Scan',
            name='is_admitted',
            field=fields.BooleanField(null=True),
        ),
        ops.AddField(
            model_name='Scan',
            name='is_late',
            field=fields.BooleanField(default=False),
        ),
        ops.AddField(
            model_name='Scan',
            name='place',
            field=fields.CharField(null=True, max_length=8),
        ),
        ops.AddField(
            model_name='Scan',
            name='reason',
            field=fields.CharField(null=True, max_length=300),
        ),
        ops.AddField(
            model_name='Scan',
            name='seen',
            field=fields.CharField(null=True, max_length=24),
        ),
    ]
