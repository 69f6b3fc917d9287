"""First answers to writes with an idempotency key."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from kit.ids import uuid7
from models.answered import AnswerState
from models.fields import SealedTextField, UtcDatetimeField


class Migration(migrations.Migration):
    dependencies = [("models", "0011_message_checks")]

    initial = False

    operations = [
        ops.CreateModel(
            name='Answered',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('person', fields.ForeignKeyField('models.Person', source_field='person_id', db_constraint=True, to_field='id', on_delete=OnDelete.RESTRICT)),
                ('key_index', fields.CharField(max_length=43)),
                ('request_index', fields.CharField(max_length=43)),
                ('state', fields.CharEnumField(enum_type=AnswerState, max_length=16)),
                ('at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('status', fields.SmallIntField(null=True)),
                ('content_type', fields.CharField(null=True, max_length=100)),
                ('body', SealedTextField(null=True)),
            ],
            options={'table': 'answered', 'app': 'models', 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='Answered',
            constraint=CheckConstraint(check="state <> 'done' OR (status IS NOT NULL AND body IS NOT NULL)", name='ck_answered_done_has_answer'),
        ),
        ops.AddConstraint(
            model_name='Answered',
            constraint=UniqueConstraint(fields=('person_id', 'key_index'), name='uq_answered_key'),
        ),
        # Last: on SQLite the check rebuilds the table, and would take an index along that stood there before.
        ops.AddIndex(model_name='Answered', index=Index(fields=['at'], name='idx_answered_at')),
    ]
