"""Messages in people's inboxes, the reminders that go with them, and the consents to reminders."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from kit.ids import uuid7
from models.fields import SealedTextField, UtcDatetimeField
from models.message import Delivery, MessageKind, ReminderKind


class Migration(migrations.Migration):
    dependencies = [("models", "0009_media_check_checks")]

    initial = False

    operations = [
        ops.CreateModel(
            name='Message',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('person', fields.ForeignKeyField('models.Person', source_field='person_id', db_constraint=True, to_field='id', on_delete=OnDelete.RESTRICT)),
                ('event', fields.ForeignKeyField('models.Event', source_field='event_id', null=True, db_constraint=True, to_field='id', on_delete=OnDelete.RESTRICT)),
                ('kind', fields.CharEnumField(enum_type=MessageKind, max_length=24)),
                ('key', fields.CharField(max_length=120)),
                ('title', fields.CharField(max_length=40)),
                ('words', SealedTextField()),
                ('page', fields.CharField(max_length=120)),
                ('at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('read_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('delivery', fields.CharEnumField(enum_type=Delivery, max_length=12)),
                ('reminder', fields.CharEnumField(enum_type=ReminderKind, max_length=8)),
                ('values', SealedTextField()),
                ('send_after', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('send_until', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('claimed_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('settled_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('slot', fields.SmallIntField(null=True)),
                ('reason', fields.CharField(null=True, max_length=40)),
            ],
            options={'table': 'message', 'app': 'models', 'indexes': [Index(fields=['person_id', 'id']), Index(fields=['event_id', 'delivery']), Index(fields=['delivery', 'claimed_at']), Index(fields=['delivery', 'send_until'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Credit',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('person', fields.ForeignKeyField('models.Person', source_field='person_id', db_constraint=True, to_field='id', on_delete=OnDelete.RESTRICT)),
                ('reminder', fields.CharEnumField(enum_type=ReminderKind, max_length=8)),
                ('is_accepted', fields.BooleanField()),
                ('given_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('spent_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('spent_by', fields.ForeignKeyField('models.Message', source_field='spent_by_id', null=True, db_constraint=True, to_field='id', on_delete=OnDelete.RESTRICT)),
                ('withdrawn_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'credit', 'app': 'models', 'indexes': [Index(fields=['person_id', 'reminder', 'id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
