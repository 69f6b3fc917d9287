"""Checks come after the tables: the ORM leaves them out of a new table without a word."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint


class Migration(migrations.Migration):
    dependencies = [("models", "0001_tables")]

    initial = False

    operations = [
        ops.AddConstraint(
            model_name='Attendance',
            constraint=CheckConstraint(check='checked_out_at IS NULL OR checked_out_at >= checked_in_at', name='ck_attendance_out_after_in'),
        ),
        ops.AddConstraint(
            model_name='Campaign',
            constraint=CheckConstraint(check='starts_on <= anchor_date AND anchor_date <= ends_on', name='ck_campaign_window'),
        ),
        ops.AddConstraint(
            model_name='Enrolment',
            constraint=CheckConstraint(check="status <> 'offered' OR offer_expires_at IS NOT NULL", name='ck_enrolment_offer_has_end'),
        ),
        ops.AddConstraint(
            model_name='Event',
            constraint=CheckConstraint(check="status <> 'published' OR (starts_at IS NOT NULL AND ends_at IS NOT NULL)", name='ck_event_published_has_time'),
        ),
        ops.AddConstraint(
            model_name='Event',
            constraint=CheckConstraint(check="status <> 'published' OR risk_level <> 'high' OR insurance_no <> ''", name='ck_event_high_risk_insured'),
        ),
        ops.AddConstraint(
            model_name='Greeting',
            constraint=CheckConstraint(check="status <> 'accepted' OR (decided_by_id IS NOT NULL AND decided_at IS NOT NULL)", name='ck_greeting_accepted_by_a_person'),
        ),
        ops.AddConstraint(
            model_name='Greeting',
            constraint=CheckConstraint(check='is_over_14 OR guardian IS NOT NULL', name='ck_greeting_guardian'),
        ),
        ops.AddConstraint(
            model_name='Point',
            constraint=CheckConstraint(check='rotation_seconds >= 10 AND grace_seconds >= 0', name='ck_point_rotation'),
        ),
        ops.AddConstraint(
            model_name='Shift',
            constraint=CheckConstraint(check='seats >= 1', name='ck_shift_seats'),
        ),
        ops.AddConstraint(
            model_name='Shift',
            constraint=CheckConstraint(check='taken >= 0 AND taken <= seats', name='ck_shift_never_oversold'),
        ),
        ops.AddConstraint(
            model_name='Shift',
            constraint=CheckConstraint(check='starts_at < ends_at', name='ck_shift_time'),
        ),
        ops.AddConstraint(
            model_name='Volunteer',
            constraint=CheckConstraint(check="status <> 'approved' OR volunteer_no IS NOT NULL", name='ck_volunteer_has_number'),
        ),
        ops.AddConstraint(
            model_name='Volunteer',
            constraint=CheckConstraint(check="status <> 'submitted' OR (name IS NOT NULL AND id_number_index IS NOT NULL)", name='ck_volunteer_complete'),
        ),
    ]
