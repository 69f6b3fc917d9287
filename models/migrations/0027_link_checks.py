"""One link per target, and no drawn one without its picture; after the table, as a rebuild on SQLite wants it."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint


class Migration(migrations.Migration):
    dependencies = [("models", "0026_links")]

    initial = False

    operations = [
        ops.AddConstraint(
            model_name='Link',
            constraint=CheckConstraint(check="(state = 'drawn') = (picture IS NOT NULL AND picture_hash IS NOT NULL)", name='ck_link_picture'),
        ),
        ops.AddConstraint(
            model_name='Link',
            constraint=UniqueConstraint(fields=('kind', 'target'), name='uq_link_target'),
        ),
    ]
