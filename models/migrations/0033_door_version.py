"""A number on the enrolment that every judged passage raises: who judged by what they read writes only if it stands."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0032_staff_pass")]

    initial = False

    operations = [
        ops.AddField(model_name="Enrolment", name="door_version", field=fields.IntField(default=0)),
    ]
