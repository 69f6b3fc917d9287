"""One unique key finds a scanner's nonce, where an index beside it did; the planner has no other to mistake for it."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import UniqueConstraint


class Migration(migrations.Migration):
    dependencies = [("models", "0035_screens")]

    initial = False

    operations = [
        ops.RemoveConstraint(model_name='Scan', name='uq_scan_nonce'),
        ops.AddConstraint(
            model_name='Scan',
            constraint=UniqueConstraint(fields=('scanned_by_id', 'nonce', 'event_id'), name='uq_scan_nonce'),
        ),
        ops.RemoveIndex(model_name='Scan', fields=['scanned_by_id', 'nonce']),
    ]
