"""Short links and the pictures of their mini-program codes."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from kit.ids import uuid7
from models.fields import UtcDatetimeField
from models.link import LinkKind, LinkState
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [("models", "0025_suggestion_case_checks")]

    initial = False

    operations = [
        ops.CreateModel(
            name='Link',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('code', fields.CharField(unique=True, max_length=32)),
                ('kind', fields.CharEnumField(enum_type=LinkKind, max_length=8)),
                ('target', fields.CharField(max_length=100)),
                ('page', fields.CharField(max_length=100)),
                ('state', fields.CharEnumField(default=LinkState.WAITING, enum_type=LinkState, max_length=12)),
                ('picture', fields.BinaryField(null=True)),
                ('picture_hash', fields.CharField(null=True, max_length=64)),
                ('fault', fields.CharField(null=True, max_length=40)),
                ('orders', fields.IntField(default=0)),
                ('held_until', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('created_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('drawn_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'link', 'app': 'models', 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
