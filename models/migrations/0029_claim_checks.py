"""Checks and unique keys of claims, in a step of their own: a rebuild of a SQLite table keeps only earlier indexes."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint


class Migration(migrations.Migration):
    dependencies = [("models", "0028_claims")]

    initial = False

    operations = [
        ops.AddConstraint(
            model_name='Claim',
            constraint=CheckConstraint(check='attempt IN (1, 2)', name='ck_claim_one_appeal'),
        ),
        ops.AddConstraint(
            model_name='Claim',
            constraint=CheckConstraint(check="status = 'open' OR (decided_by_id IS NOT NULL AND reason IS NOT NULL)", name='ck_claim_decided_by_a_person'),
        ),
        ops.AddConstraint(
            model_name='Claim',
            constraint=UniqueConstraint(fields=('person_id', 'id_number_index', 'attempt'), name='uq_claim_attempt'),
        ),
        ops.RunSQL(
            "CREATE UNIQUE INDEX uq_claim_open ON claim (person_id) WHERE status = 'open'",
            "DROP INDEX uq_claim_open",
        ),
    ]
