"""Teams, who belongs to them, the codes that invite into them, and why a unit has none."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from kit.ids import uuid7
from models.fields import UtcDatetimeField
from models.team import MembershipStatus, TeamLevel, TeamRole, TeamStatus
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [("models", "0018_people")]

    initial = False

    operations = [
        ops.CreateModel(
            name='Team',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('unit', fields.ForeignKeyField('models.Unit', source_field='unit_id', db_constraint=True, to_field='id', related_name='teams', on_delete=OnDelete.RESTRICT)),
                ('parent', fields.ForeignKeyField('models.Team', source_field='parent_id', null=True, db_constraint=True, to_field='id', related_name='teams_below', on_delete=OnDelete.RESTRICT)),
                ('name', fields.CharField(max_length=40)),
                ('name_key', fields.CharField(max_length=40)),
                ('level', fields.CharEnumField(enum_type=TeamLevel, max_length=12)),
                ('trade', fields.CharField(max_length=16)),
                ('status', fields.CharEnumField(enum_type=TeamStatus, max_length=12)),
                ('leader', fields.ForeignKeyField('models.Person', source_field='leader_id', null=True, db_constraint=True, to_field='id', related_name='teams_named_to_lead', on_delete=OnDelete.RESTRICT)),
                ('founded_on', fields.DateField(null=True)),
                ('flag_given_on', fields.DateField(null=True)),
                ('flag_given_by', fields.CharField(null=True, max_length=60)),
                ('successor', fields.ForeignKeyField('models.Team', source_field='successor_id', null=True, db_constraint=True, to_field='id', related_name='teams_taken_in', on_delete=OnDelete.RESTRICT)),
                ('reason', fields.CharField(null=True, max_length=300)),
                ('created_by', fields.ForeignKeyField('models.Person', source_field='created_by_id', null=True, db_constraint=True, to_field='id', related_name='teams_drafted', on_delete=OnDelete.RESTRICT)),
                ('created_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('decided_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('ended_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('version', fields.IntField(default=1)),
            ],
            options={'table': 'team', 'app': 'models', 'indexes': [Index(fields=['unit_id']), Index(fields=['parent_id']), Index(fields=['leader_id']), Index(fields=['successor_id']), Index(fields=['created_by_id']), Index(fields=['status'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Membership',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('team', fields.ForeignKeyField('models.Team', source_field='team_id', db_constraint=True, to_field='id', related_name='memberships', on_delete=OnDelete.RESTRICT)),
                ('person', fields.ForeignKeyField('models.Person', source_field='person_id', db_constraint=True, to_field='id', related_name='memberships', on_delete=OnDelete.RESTRICT)),
                ('role', fields.CharEnumField(default=TeamRole.MEMBER, enum_type=TeamRole, max_length=12)),
                ('status', fields.CharEnumField(enum_type=MembershipStatus, max_length=12)),
                ('slot', fields.SmallIntField(null=True)),
                ('applied_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('joined_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('ended_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('reason', fields.CharField(null=True, max_length=300)),
                ('version', fields.IntField(default=1)),
            ],
            options={'table': 'membership', 'app': 'models', 'indexes': [Index(fields=['team_id', 'status', 'id']), Index(fields=['person_id', 'id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='TeamGap',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('unit', fields.ForeignKeyField('models.Unit', source_field='unit_id', db_constraint=True, to_field='id', related_name='team_gaps', on_delete=OnDelete.RESTRICT)),
                ('reason', fields.CharField(max_length=300)),
                ('stated_by', fields.ForeignKeyField('models.Person', source_field='stated_by_id', db_constraint=True, to_field='id', related_name='team_gaps_stated', on_delete=OnDelete.RESTRICT)),
                ('stated_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'team_gap', 'app': 'models', 'indexes': [Index(fields=['stated_by_id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='TeamInvitation',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('team', fields.ForeignKeyField('models.Team', source_field='team_id', db_constraint=True, to_field='id', related_name='invitations', on_delete=OnDelete.RESTRICT)),
                ('made_by', fields.ForeignKeyField('models.Person', source_field='made_by_id', db_constraint=True, to_field='id', related_name='team_invitations_made', on_delete=OnDelete.RESTRICT)),
                ('made_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('expires_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('max_uses', fields.IntField(null=True)),
                ('uses', fields.IntField(default=0)),
                ('revoked_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'team_invitation', 'app': 'models', 'indexes': [Index(fields=['team_id', 'id']), Index(fields=['made_by_id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
