"""Field types of this schema: one time, one key, text that is sealed at rest."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from tortoise import Model, fields
from tortoise.exceptions import ConfigurationError, FieldError

from kit.encryption import KeyRing
from kit.ids import uuid7


class UtcDatetimeField(fields.DatetimeField[datetime]):
    """A moment. Naive times are refused; what is stored is UTC, because SQLite compares times as text."""

    def to_db_value(self, value: Any, instance: type[Model] | Model) -> Any:
        return super().to_db_value(self._in_utc(value), instance)

    def to_python_value(self, value: Any) -> Any:
        # The base class takes a naive time for UTC here, before it would ever come to `to_db_value`.
        return super().to_python_value(self._in_utc(value))

    def _in_utc(self, value: Any) -> Any:
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        if isinstance(value, int | float) or (isinstance(value, datetime) and value.tzinfo is None):
            raise FieldError(f"{self.model_field_name} needs a time with a zone")
        return value.astimezone(UTC) if isinstance(value, datetime) else value


def key_field() -> Any:
    """The primary key of every table: UUID version 7."""
    return fields.UUIDField(primary_key=True, default=uuid7)


class SealedTextField(fields.BinaryField[Any]):
    """Text that is encrypted in the database and plain in Python (AES-256-GCM, bound to table and column).

    It cannot be searched; a blind index beside it can. What the database holds is bytes and what Python holds is
    text, so one is never taken for the other. The keys are handed over once at start-up by `use_keys`, because the
    ORM builds fields long before there are settings.
    """

    _keys: KeyRing | None = None

    @classmethod
    def use_keys(cls, keys: KeyRing) -> None:
        SealedTextField._keys = keys

    @classmethod
    def keys(cls) -> KeyRing:
        if SealedTextField._keys is None:
            raise ConfigurationError("no data keys: call SealedTextField.use_keys first")
        return SealedTextField._keys

    @property
    def place(self) -> str:
        return f"{self.model._meta.db_table}.{self.model_field_name}"

    def to_db_value(self, value: Any, instance: type[Model] | Model) -> Any:
        return None if value is None else self.keys().encrypt(str(value), place=self.place)

    def to_python_value(self, value: Any) -> Any:
        return self.keys().decrypt(bytes(value), place=self.place) if isinstance(value, bytes | memoryview) else value


def key_of(value: UUID | str) -> UUID:
    """A key that came past the ORM: SQLite has it as text."""
    return UUID(value) if isinstance(value, str) else value


def moment_of(value: datetime | str) -> datetime:
    """A moment that came past the ORM, in UTC: SQLite has it as text."""
    return datetime.fromisoformat(value).astimezone(UTC) if isinstance(value, str) else value


def maybe_moment_of(value: datetime | str | None) -> datetime | None:
    return None if value is None else moment_of(value)


def blind(text: str, *, kind: str) -> str:
    """The blind index of `text`; equal for equal text of one kind."""
    return SealedTextField.keys().blind(text, kind=kind)
