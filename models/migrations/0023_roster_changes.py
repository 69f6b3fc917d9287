"""Find what has changed at an event since a phone last asked."""

from tortoise import migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0023_listed_words")]

    initial = False

    operations = [
        ops.AddIndex(model_name='Enrolment', index=Index(fields=['event_id', 'changed_at'], name='idx_enrolment_changed')),
        ops.AddIndex(model_name='Ticket', index=Index(fields=['event_id', 'made_at'], name='idx_ticket_made')),
        ops.AddIndex(model_name='Ticket', index=Index(fields=['event_id', 'revoked_at'], name='idx_ticket_revoked')),
        ops.AddIndex(model_name='Scan', index=Index(fields=['event_id', 'received_at'], name='idx_scan_received')),
    ]
