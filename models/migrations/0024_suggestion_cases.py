"""Suggestions on their way: handler, clocks, reply, rating."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from kit.ids import uuid7
from models.fields import UtcDatetimeField
from models.suggestion_case import CaseResult, CaseSource, CaseStatus
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("models", "0024_corrections")]

    initial = False

    operations = [
        ops.CreateModel(
            name='SuggestionCase',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('campaign', fields.ForeignKeyField('models.Campaign', source_field='campaign_id', db_constraint=True, to_field='id', on_delete=OnDelete.RESTRICT)),
                ('greeting', fields.ForeignKeyField('models.Greeting', source_field='greeting_id', null=True, db_constraint=True, to_field='id', related_name='cases', on_delete=OnDelete.RESTRICT)),
                ('source', fields.CharEnumField(enum_type=CaseSource, max_length=8)),
                ('topic', fields.CharField(max_length=24)),
                ('words', fields.TextField(null=True, unique=False)),
                ('occasion', fields.CharField(null=True, max_length=120)),
                ('heard_on', fields.DateField(null=True)),
                ('entered_by', fields.ForeignKeyField('models.Person', source_field='entered_by_id', null=True, db_constraint=True, to_field='id', related_name='suggestions_entered', on_delete=OnDelete.RESTRICT)),
                ('is_anonymous_to_handler', fields.BooleanField(default=False)),
                ('status', fields.CharEnumField(enum_type=CaseStatus, max_length=12)),
                ('version', fields.IntField(default=1)),
                ('received_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('accept_by', fields.DateField(null=True)),
                ('accepted_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('reason_code', fields.CharField(null=True, max_length=24)),
                ('pointer', fields.CharField(null=True, max_length=300)),
                ('unit', fields.ForeignKeyField('models.Unit', source_field='unit_id', null=True, db_constraint=True, to_field='id', on_delete=OnDelete.RESTRICT)),
                ('handle_by', fields.DateField(null=True)),
                ('reply_by', fields.DateField(null=True)),
                ('extension_reason', fields.CharField(null=True, max_length=300)),
                ('result', fields.CharEnumField(null=True, enum_type=CaseResult, max_length=20)),
                ('reply', fields.TextField(null=True, unique=False)),
                ('first_reply', fields.TextField(null=True, unique=False)),
                ('replied_by', fields.ForeignKeyField('models.Person', source_field='replied_by_id', null=True, db_constraint=True, to_field='id', related_name='suggestions_replied', on_delete=OnDelete.RESTRICT)),
                ('replied_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('rating', fields.SmallIntField(null=True)),
                ('rating_words', fields.CharField(null=True, max_length=300)),
                ('is_reopened', fields.BooleanField(default=False)),
                ('reopen_reason', fields.CharField(null=True, max_length=300)),
                ('merged_into', fields.ForeignKeyField('models.SuggestionCase', source_field='merged_into_id', null=True, db_constraint=True, to_field='id', related_name='merged', on_delete=OnDelete.RESTRICT)),
                ('closed_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'suggestion_case', 'app': 'models', 'indexes': [Index(fields=['campaign_id']), Index(fields=['entered_by_id']), Index(fields=['unit_id', 'status', 'id']), Index(fields=['replied_by_id']), Index(fields=['merged_into_id']), Index(fields=['status', 'id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
