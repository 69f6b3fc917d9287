"""People may restrict and erase what is kept of them, and what was removed is written down without them."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from kit.ids import uuid7
from models.fields import UtcDatetimeField
from models.removal import RemovedBy
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("models", "0029_claim_checks")]

    initial = False

    operations = [
        ops.CreateModel(
            name='Removal',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('rule', fields.CharField(max_length=40)),
                ('place', fields.CharField(max_length=30)),
                ('count', fields.IntField()),
                ('oldest', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('newest', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('by', fields.CharEnumField(enum_type=RemovedBy, max_length=8)),
                ('at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'removal', 'app': 'models', 'indexes': [Index(fields=['rule', 'at']), Index(fields=['at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Person',
            name='restricted_at',
            field=UtcDatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
    ]
