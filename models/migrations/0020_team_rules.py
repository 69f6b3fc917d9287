"""What guards teams against races and half-told endings; after the tables, because each check rebuilds one on SQLite."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint


class Migration(migrations.Migration):
    dependencies = [("models", "0019_teams")]

    initial = False

    operations = [
        ops.AddConstraint(
            model_name='Team',
            constraint=CheckConstraint(check="status NOT IN ('submitted', 'active') OR leader_id IS NOT NULL", name='ck_team_leader_named'),
        ),
        ops.AddConstraint(
            model_name='Team',
            constraint=CheckConstraint(check="status <> 'active' OR founded_on IS NOT NULL", name='ck_team_active_founded'),
        ),
        ops.AddConstraint(
            model_name='Team',
            constraint=CheckConstraint(check="(status = 'merged') = (successor_id IS NOT NULL)", name='ck_team_merged_into_another'),
        ),
        ops.AddConstraint(
            model_name='Team',
            constraint=CheckConstraint(check='successor_id <> id AND parent_id <> id', name='ck_team_not_its_own'),
        ),
        ops.AddConstraint(
            model_name='Team',
            constraint=CheckConstraint(check="status NOT IN ('returned', 'merged', 'dissolved') OR reason IS NOT NULL", name='ck_team_ended_with_reason'),
        ),
        ops.AddConstraint(
            model_name='Team',
            constraint=CheckConstraint(check='flag_given_on >= founded_on', name='ck_team_flag_after_founding'),
        ),
        ops.AddConstraint(
            model_name='Membership',
            constraint=CheckConstraint(check="(status = 'active') = (slot IS NOT NULL)", name='ck_membership_slot'),
        ),
        ops.AddConstraint(
            model_name='Membership',
            constraint=CheckConstraint(check='slot >= 1 AND slot <= 5', name='ck_membership_five_at_most'),
        ),
        ops.AddConstraint(
            model_name='Membership',
            constraint=CheckConstraint(check="status <> 'active' OR joined_at IS NOT NULL", name='ck_membership_joined'),
        ),
        ops.AddConstraint(
            model_name='Membership',
            constraint=CheckConstraint(check="status NOT IN ('rejected', 'removed', 'ended') OR reason IS NOT NULL", name='ck_membership_reason'),
        ),
        ops.AddConstraint(
            model_name='TeamInvitation',
            constraint=CheckConstraint(check='uses >= 0 AND (max_uses IS NULL OR uses <= max_uses)', name='ck_team_invitation_uses'),
        ),
        ops.AddConstraint(
            model_name='TeamGap',
            constraint=UniqueConstraint(fields=('unit_id',), name='uq_team_gap_unit'),
        ),
        ops.RunSQL(
            "CREATE UNIQUE INDEX uq_team_name_live ON team (name_key) WHERE status IN ('submitted', 'active')",
            "DROP INDEX uq_team_name_live",
        ),
        ops.RunSQL(
            "CREATE UNIQUE INDEX uq_membership_live ON membership (team_id, person_id) "
            "WHERE status IN ('applied', 'invited', 'active')",
            "DROP INDEX uq_membership_live",
        ),
        ops.RunSQL(
            "CREATE UNIQUE INDEX uq_membership_leader ON membership (team_id) "
            "WHERE role = 'leader' AND status = 'active'",
            "DROP INDEX uq_membership_leader",
        ),
        ops.RunSQL(
            "CREATE UNIQUE INDEX uq_membership_slot ON membership (person_id, slot) WHERE slot IS NOT NULL",
            "DROP INDEX uq_membership_slot",
        ),
    ]
