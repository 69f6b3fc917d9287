"""Checks of messages in a step of their own: a rebuild of a SQLite table brings back only indexes of earlier steps."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint


class Migration(migrations.Migration):
    dependencies = [("models", "0010_messages")]

    initial = False

    operations = [
        ops.AddConstraint(
            model_name='Message',
            constraint=CheckConstraint(check='slot IN (1, 2)', name='ck_message_two_per_event'),
        ),
        ops.AddConstraint(
            model_name='Message',
            constraint=CheckConstraint(check="delivery <> 'waiting' OR send_until IS NOT NULL", name='ck_message_waits_in_bounds'),
        ),
        ops.AddConstraint(
            model_name='Message',
            constraint=CheckConstraint(check="delivery <> 'sending' OR claimed_at IS NOT NULL", name='ck_message_claimed'),
        ),
        ops.AddConstraint(
            model_name='Credit',
            constraint=CheckConstraint(check='(spent_at IS NULL) = (spent_by_id IS NULL)', name='ck_credit_spent_by_message'),
        ),
        ops.AddConstraint(
            model_name='Credit',
            constraint=CheckConstraint(check='is_accepted OR spent_by_id IS NULL', name='ck_credit_accepted'),
        ),
        ops.AddConstraint(
            model_name='Message',
            constraint=UniqueConstraint(fields=('person_id', 'key'), name='uq_message_once'),
        ),
        ops.AddConstraint(
            model_name='Message',
            constraint=UniqueConstraint(fields=('person_id', 'event_id', 'slot'), name='uq_message_slot'),
        ),
        ops.AddConstraint(
            model_name='Credit',
            constraint=UniqueConstraint(fields=('spent_by_id',), name='uq_credit_one_message'),
        ),
    ]
