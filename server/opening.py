"""Open what an office works with, in order, and close it in the other order."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from capabilities.office import Office, UploadLimits, WeChat
from kit.clock import Clock
from kit.encryption import KeyRing
from kit.media.workbench import Workbench
from kit.scratch import Scratch
from kit.shared_memory import ProcessMemory, RedisMemory, SharedMemory
from kit.storage import Storage, open_storage
from kit.tidings import Tidings, open_tidings
from models.database import is_sqlite, opened, require_durable_commits
from models.fields import SealedTextField
from models.migrating import pending
from models.sole_process import serving
from server.settings import Settings
from wechat.mini_program import MiniProgram

# A batch commits in milliseconds; two on their way keep PostgreSQL busy without splitting batches too small.
POSTGRES_LANES = 2
# At worst a request waits so long for a connection, then for a statement; beyond, people at a door are better told.
PATIENCE_SECONDS = 3.0
MEGABYTE = 1024 * 1024


class SchemaBehind(Exception):
    """The database lacks migrations that this program needs."""


@asynccontextmanager
async def open_office(settings: Settings, clock: Clock, double: WeChat | None = None) -> AsyncIterator[Office]:
    """`double` stands for WeChat in tests.

    Raises `NotAlone`, `UnsafeDatabase`, `SchemaBehind`, `StorageUnusable`, `ScratchUnusable` or the driver's errors;
    nothing of a start that failed stays open: the thread of SQLite would keep the process for ever.
    """
    url = settings.database_url.get_secret_value()
    SealedTextField.use_keys(key_ring(settings))
    async with AsyncExitStack() as closing:
        await closing.enter_async_context(serving(url, has_redis=settings.redis_url is not None))
        await closing.enter_async_context(opened(url, patience_s=PATIENCE_SECONDS))
        await require_durable_commits()
        if missing := await pending(url):
            raise SchemaBehind(f"数据库结构需要更新（{'、'.join(missing)}）：请先运行 python -m scripts.migrate")
        storage, scratch = storage_of(settings), Scratch(Path(settings.upload_folder))
        closing.callback(scratch.close)
        memory = memory_of(settings)
        closing.push_async_callback(memory.close)
        client = None if double else wechat_of(settings, clock, memory)
        if client is not None:
            closing.push_async_callback(client.close)
        tidings = await closing.enter_async_context(open_tidings(redis_url_of(settings)))
        office = office_of(settings, clock, double or client or _no_wechat(), memory, storage, scratch, tidings)
        closing.push_async_callback(office.finish)
        yield office


def key_ring(settings: Settings) -> KeyRing:
    previous = settings.previous_data_key
    return KeyRing(
        settings.data_key.get_secret_value().encode(),
        previous.get_secret_value().encode() if previous else None,
        index_secret=settings.index_key.get_secret_value().encode(),
    )


def office_of(
    settings: Settings,
    clock: Clock,
    wechat: WeChat,
    memory: SharedMemory,
    storage: Storage,
    scratch: Scratch,
    tidings: Tidings,
) -> Office:
    previous = settings.previous_secret_key
    return Office(
        clock=clock,
        wechat=wechat,
        memory=memory,
        public_url=settings.public_url,
        secret=settings.secret_key.get_secret_value().encode(),
        previous_secret=previous.get_secret_value().encode() if previous else None,
        lanes=1 if is_sqlite(settings.database_url.get_secret_value()) else POSTGRES_LANES,
        templates=settings.wechat_templates,
        program_version=settings.wechat_program_version,
        quiet_from=settings.quiet_from,
        quiet_until=settings.quiet_until,
        storage=storage,
        scratch_folder=scratch,
        tidings=tidings,
        workbench=Workbench(hands=settings.media_workers),
        upload_limits=UploadLimits(
            settings.upload_files_a_day,
            settings.upload_megabytes_a_day * MEGABYTE,
            settings.upload_megabytes_unattached * MEGABYTE,
        ),
    )


def storage_of(settings: Settings) -> Storage:
    keys = {"access_key_id": settings.media_access_key, "secret_access_key": settings.media_secret_key}
    options: dict[str, object] = {name: key.get_secret_value() for name, key in keys.items() if key}
    options |= {"endpoint": settings.media_endpoint, "region": settings.media_region}
    options |= {"virtual_hosted_style_request": settings.media_virtual_hosted or None}
    return open_storage(settings.media_url, options)


def memory_of(settings: Settings) -> SharedMemory:
    url = redis_url_of(settings)
    return RedisMemory(url) if url else ProcessMemory()


def redis_url_of(settings: Settings) -> str | None:
    return settings.redis_url.get_secret_value() if settings.redis_url else None


def wechat_of(settings: Settings, clock: Clock, memory: SharedMemory) -> MiniProgram:
    secret = settings.wechat_app_secret.get_secret_value()
    return MiniProgram(settings.wechat_app_id, secret, settings.wechat_api_base, clock, memory)


def _no_wechat() -> WeChat:
    raise RuntimeError("no client for WeChat")
