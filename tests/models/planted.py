"""Scratch migrations packages: the real ones, and one more that a test plants behind them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

REAL = sorted(file.stem for file in (Path(__file__).parents[2] / "models/migrations").glob("0*.py"))
NEXT = "0099_planted"
_SAME = 'from importlib import import_module\n\nMigration = import_module("models.migrations.{name}").Migration\n'
_NEXT = """
import os
import signal

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

{before}

class Migration(migrations.Migration):
    dependencies = [("models", "{last}")]
    {attributes}
    operations = [
        {operations}
    ]
"""


def plant(
    folder: Path, operations: str = "", *, before: str = "", attributes: str = "", real: list[str] | None = None
) -> str:
    """A package below `folder` with the real migrations, or only those in `real`, and `operations`; gives its name."""
    names = REAL if real is None else real
    package = folder / f"planted_{uuid4().hex}"
    package.mkdir()
    (package / "__init__.py").touch()
    for name in names:
        (package / f"{name}.py").write_text(_SAME.format(name=name))
    if operations:
        text = _NEXT.format(before=before, last=names[-1], attributes=attributes, operations=operations)
        (package / f"{NEXT}.py").write_text(text)
    return package.name


@contextmanager
def importable(folder: Path) -> Iterator[None]:
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
