"""Where greetings may be shown until when, and where they went."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from kit.ids import uuid7
from models.fields import SealedTextField, UtcDatetimeField
from models.greeting import Byline, Channel
from models.placement import TakeDownReason, TakeDownState
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("models", "0020_team_rules")]

    initial = False

    operations = [
        ops.CreateModel(
            name='Placement',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('channel', fields.CharEnumField(enum_type=Channel, max_length=12)),
                ('outlet', fields.CharField(max_length=60)),
                ('title', fields.CharField(max_length=120)),
                ('link', fields.CharField(default='', max_length=300)),
                ('published_on', fields.DateField()),
                ('needs_person', fields.BooleanField()),
                ('placed_by', fields.ForeignKeyField('models.Person', source_field='placed_by_id', db_constraint=True, to_field='id', on_delete=OnDelete.RESTRICT)),
                ('placed_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'placement', 'app': 'models', 'indexes': [Index(fields=['placed_by_id']), Index(fields=['channel', 'id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Copy',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('placement', fields.ForeignKeyField('models.Placement', source_field='placement_id', db_constraint=True, to_field='id', related_name='copies', on_delete=OnDelete.RESTRICT)),
                ('greeting', fields.ForeignKeyField('models.Greeting', source_field='greeting_id', db_constraint=True, to_field='id', related_name='copies', on_delete=OnDelete.RESTRICT)),
                ('consent', fields.ForeignKeyField('models.ChannelConsent', source_field='consent_id', db_constraint=True, to_field='id', on_delete=OnDelete.RESTRICT)),
                ('version', fields.IntField()),
            ],
            options={'table': 'greeting_copy', 'app': 'models', 'indexes': [Index(fields=['greeting_id']), Index(fields=['consent_id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Selection',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('greeting', fields.ForeignKeyField('models.Greeting', source_field='greeting_id', db_constraint=True, to_field='id', related_name='selections', on_delete=OnDelete.RESTRICT)),
                ('channel', fields.CharEnumField(enum_type=Channel, max_length=12)),
                ('version', fields.IntField()),
                ('selected_by', fields.ForeignKeyField('models.Person', source_field='selected_by_id', db_constraint=True, to_field='id', on_delete=OnDelete.RESTRICT)),
                ('selected_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('ended_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'selection', 'app': 'models', 'indexes': [Index(fields=['greeting_id', 'channel']), Index(fields=['selected_by_id']), Index(fields=['channel', 'id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='TakeDown',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('copy', fields.ForeignKeyField('models.Copy', source_field='copy_id', db_constraint=True, to_field='id', related_name='take_downs', on_delete=OnDelete.RESTRICT)),
                ('reason', fields.CharEnumField(enum_type=TakeDownReason, max_length=24)),
                ('state', fields.CharEnumField(enum_type=TakeDownState, max_length=10)),
                ('due_on', fields.DateField()),
                ('ordered_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('how', fields.CharField(null=True, max_length=300)),
                ('settled_by', fields.ForeignKeyField('models.Person', source_field='settled_by_id', null=True, db_constraint=True, to_field='id', on_delete=OnDelete.RESTRICT)),
                ('settled_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'take_down', 'app': 'models', 'indexes': [Index(fields=['settled_by_id']), Index(fields=['state', 'due_on', 'id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='ChannelConsent',
            name='show_name',
            field=fields.CharEnumField(null=True, enum_type=Byline, max_length=12),
        ),
        ops.AddField(
            model_name='ChannelConsent',
            name='shown_name',
            field=SealedTextField(null=True),
        ),
        ops.AddField(
            model_name='ChannelConsent',
            name='text_version',
            field=fields.CharField(null=True, max_length=20),
        ),
        ops.AddField(
            model_name='ChannelConsent',
            name='until',
            field=fields.DateField(null=True),
        ),
        ops.AddIndex(
            model_name='ChannelConsent',
            index=Index(fields=['until', 'id']),
        ),
    ]
