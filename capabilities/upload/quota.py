"""How much a person may send: counted in one row, which moves only while it stays within the bounds."""

from datetime import datetime, timedelta
from uuid import UUID

from tortoise.expressions import F

from capabilities.office import Office
from kit.clock import LOCAL
from kit.errors import TooMany
from models.upload import UploadAllowance

MEGABYTE = 1024 * 1024


class UploadQuotaReached(TooMany):
    """So many files or bytes a day, and so many bytes that are in no greeting."""

    words = "今日上传已达上限，请明天再传。"


async def require_room(office: Office, person_id: UUID) -> None:
    """Before a body is read: who has no room left is told so at once. What counts is `reserve`."""
    allowance = await UploadAllowance.get_or_none(person_id=person_id)
    if allowance is not None:
        _refuse(office, allowance, 1)


async def reserve(office: Office, person_id: UUID, size: int) -> None:
    """In the caller's transaction: take room for one file of `size` bytes. Raises `UploadQuotaReached`.

    The condition stands in the update itself, so that of two who take the last place one gets it.
    """
    today, limits = office.now().astimezone(LOCAL).date(), office.upload_limits
    await UploadAllowance.bulk_create([UploadAllowance(person_id=person_id, day=today)], ignore_conflicts=True)
    await UploadAllowance.filter(person_id=person_id, day__lt=today).update(day=today, files=0, bytes=0)
    taken = await UploadAllowance.filter(
        person_id=person_id,
        files__lt=limits.files_a_day,
        bytes__lte=limits.bytes_a_day - size,
        held_bytes__lte=limits.bytes_unattached - size,
    ).update(files=F("files") + 1, bytes=F("bytes") + size, held_bytes=F("held_bytes") + size)
    if not taken:
        _refuse(office, await UploadAllowance.get(person_id=person_id), size)
        raise UploadQuotaReached(retry_after=_until_tomorrow(office.now()))


def _refuse(office: Office, allowance: UploadAllowance, size: int) -> None:
    limits, now = office.upload_limits, office.now()
    is_today = allowance.day >= now.astimezone(LOCAL).date()
    if allowance.held_bytes + size > limits.bytes_unattached:
        words = f"未使用的文件已达 {limits.bytes_unattached // MEGABYTE} MB，请先删除一些再上传。"
        raise UploadQuotaReached(words, reached="unattached")
    if is_today and (allowance.files >= limits.files_a_day or allowance.bytes + size > limits.bytes_a_day):
        words = f"每天最多上传 {limits.files_a_day} 个文件、共 {limits.bytes_a_day // MEGABYTE} MB，请明天再传。"
        raise UploadQuotaReached(words, retry_after=_until_tomorrow(now), reached="day")


def _until_tomorrow(now: datetime) -> int:
    here = now.astimezone(LOCAL)
    midnight = (here + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return int((midnight - here).total_seconds()) + 1


async def no_longer_held(person_id: UUID, size: int) -> None:
    """In the caller's transaction: it is in a greeting now, or gone. The day's count stays."""
    await UploadAllowance.filter(person_id=person_id).update(held_bytes=F("held_bytes") - size)


async def give_back(person_id: UUID, size: int) -> None:
    """In the caller's transaction: it never came to be."""
    await no_longer_held(person_id, size)
    # Not below nought where the day has changed meanwhile and the count began anew.
    await UploadAllowance.filter(person_id=person_id, files__gte=1, bytes__gte=size).update(
        files=F("files") - 1, bytes=F("bytes") - size
    )
