"""Checks and keys of suggestion cases, after their table."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint


class Migration(migrations.Migration):
    dependencies = [("models", "0025_correction_checks")]

    initial = False

    operations = [
        ops.AddConstraint(
            model_name='SuggestionCase',
            constraint=CheckConstraint(check='(greeting_id IS NULL) = (words IS NOT NULL)', name='ck_suggestion_case_words_in_one_place'),
        ),
        ops.AddConstraint(
            model_name='SuggestionCase',
            constraint=CheckConstraint(check="status NOT IN ('routed', 'in_progress') OR (unit_id IS NOT NULL AND handle_by IS NOT NULL)", name='ck_suggestion_case_has_handler'),
        ),
        ops.AddConstraint(
            model_name='SuggestionCase',
            constraint=CheckConstraint(check="status NOT IN ('replied', 'rated') OR (reply IS NOT NULL AND replied_at IS NOT NULL)", name='ck_suggestion_case_has_reply'),
        ),
        ops.AddConstraint(
            model_name='SuggestionCase',
            constraint=CheckConstraint(check='rating >= 1 AND rating <= 5', name='ck_suggestion_case_rating'),
        ),
        ops.AddConstraint(
            model_name='SuggestionCase',
            constraint=CheckConstraint(check="status <> 'merged' OR merged_into_id IS NOT NULL", name='ck_suggestion_case_has_parent'),
        ),
        ops.AddConstraint(
            model_name='SuggestionCase',
            constraint=UniqueConstraint(fields=('greeting_id',), name='uq_suggestion_case_greeting'),
        ),
    ]
