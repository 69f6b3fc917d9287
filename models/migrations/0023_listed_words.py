"""Our own list of words."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import UniqueConstraint

from kit.ids import uuid7
from models.fields import UtcDatetimeField
from models.listed_word import WordAction


class Migration(migrations.Migration):
    dependencies = [("models", "0022_placement_checks")]

    initial = False

    operations = [
        ops.CreateModel(
            name='ListedWord',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('word', fields.CharField(max_length=40)),
                ('folded', fields.CharField(max_length=160)),
                ('action', fields.CharEnumField(enum_type=WordAction, max_length=8)),
                ('note', fields.CharField(default='', max_length=200)),
                ('added_by', fields.ForeignKeyField('models.Person', source_field='added_by_id', db_constraint=True, to_field='id', on_delete=OnDelete.RESTRICT)),
                ('added_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('changed_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('removed_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'listed_word', 'app': 'models', 'indexes': [Index(fields=['added_by_id']), Index(fields=['changed_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='ListedWord',
            constraint=UniqueConstraint(fields=('folded',), name='uq_listed_word'),
        ),
    ]
