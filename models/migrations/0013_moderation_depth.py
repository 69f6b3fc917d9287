"""Greetings wait in order of their risk, are held by one moderator at a time, and may be appealed once."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from models.fields import UtcDatetimeField
from models.greeting import Rank


def person(name, related_name):
    return fields.ForeignKeyField(
        'models.Person', source_field=f'{name}_id', null=True, db_constraint=True, to_field='id',
        related_name=related_name, on_delete=OnDelete.RESTRICT,
    )


class Migration(migrations.Migration):
    dependencies = [("models", "0012_answered")]

    initial = False

    operations = [
        ops.AddField(model_name='Greeting', name='likeness', field=fields.CharField(null=True, max_length=64)),
        ops.AddField(model_name='Greeting', name='rank', field=fields.SmallIntField(default=Rank.PLAIN, db_default=3)),
        ops.AddField(model_name='Greeting', name='held_by', field=person('held_by', 'greetings_held')),
        ops.AddField(
            model_name='Greeting',
            name='held_until',
            field=UtcDatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(model_name='Greeting', name='appeal_words', field=fields.TextField(null=True, unique=False)),
        ops.AddField(
            model_name='Greeting',
            name='appealed_at',
            field=UtcDatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(model_name='Greeting', name='appealed_from', field=person('appealed_from', 'greetings_appealed')),
        ops.AddIndex(model_name='Greeting', index=Index(fields=['held_by_id'])),
        ops.AddIndex(model_name='Greeting', index=Index(fields=['appealed_from_id'])),
        ops.AddIndex(model_name='Greeting', index=Index(fields=['status', 'rank', 'id'])),
    ]
