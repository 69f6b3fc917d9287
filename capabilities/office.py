"""The office: everything that the capabilities work with, put together once and handed in."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from functools import partial
from typing import Any, Protocol, TypeVar
from uuid import UUID

from kit.clock import Clock
from kit.group_commit import Group
from kit.media.workbench import Workbench
from kit.qr import Drawings
from kit.scratch import Scratch
from kit.seals import Sealer, derive
from kit.shared_memory import SharedMemory
from kit.storage import Storage, in_memory
from kit.tidings import EVERYTHING, Tidings
from models.database import afterwards
from models.message import ReminderKind
from wechat.answers import Identity, MediaKind, PhoneNumber, ProgramVersion, TextScene, TextVerdict
from wechat.reminder import ReminderTemplate

Item = TypeVar("Item")
Answer = TypeVar("Answer")
WriteBatch = Callable[["Office", Sequence[Item]], Awaitable[Sequence[Answer | BaseException]]]


class Topic(StrEnum):
    """What processes tell one another: whose rights changed, which event's doors and seats, that the wall did."""

    CALLER = "caller"
    EVENT = "event"
    WALL = "wall"


class WeChat(Protocol):
    """What is asked of WeChat, in our words."""

    async def exchange_login_code(self, code: str) -> Identity: ...

    async def exchange_phone_code(self, code: str, *, openid: str | None) -> PhoneNumber: ...

    async def check_text(
        self, content: str, *, openid: str, scene: TextScene, nickname: str | None = None
    ) -> TextVerdict: ...

    async def check_media(self, media_url: str, *, kind: MediaKind, openid: str, scene: TextScene) -> str: ...

    async def send_reminder(
        self, openid: str, *, template_id: str, page: str | None, data: Mapping[str, str]
    ) -> None: ...

    async def draw_code(
        self, scene: str, *, page: str, check_page: bool, env: ProgramVersion, width: int = 430
    ) -> bytes: ...


@dataclass(frozen=True)
class UploadLimits:
    """What one person may send; `bytes_unattached` bounds what is in no greeting."""

    files_a_day: int = 30
    bytes_a_day: int = 200 * 1024 * 1024
    bytes_unattached: int = 300 * 1024 * 1024


@dataclass
class Office:
    """`lanes` is how many batches of one kind may be on their way to the database at once: 1 on SQLite.

    A kind of reminder without a template is not sent; none is between `quiet_from` and `quiet_until`. Mini-program
    codes open the `program_version`.
    """

    clock: Clock
    wechat: WeChat
    memory: SharedMemory
    public_url: str
    secret: bytes = field(repr=False)
    previous_secret: bytes | None = field(default=None, repr=False)
    lanes: int = 1
    session_length: timedelta = timedelta(days=30)
    templates: Mapping[ReminderKind, ReminderTemplate] = field(default_factory=dict)
    quiet_from: time = time(21)
    quiet_until: time = time(8)
    program_version: ProgramVersion = "release"
    storage: Storage = field(default_factory=in_memory)
    workbench: Workbench = field(default_factory=Workbench)
    upload_limits: UploadLimits = UploadLimits()
    tidings: Tidings = field(default_factory=Tidings)
    drawings: Drawings = field(default_factory=Drawings)
    # Where files lie on their way; only what takes uploads has one.
    scratch_folder: Scratch | None = None

    def __post_init__(self) -> None:
        self.venue_seals = Sealer("venue", self.secret, self.previous_secret)
        self.team_seals = Sealer("team", self.secret, self.previous_secret)
        self.ticket_keys = [derive(each, "ticket") for each in (self.secret, self.previous_secret) if each]
        self.media_seals = Sealer("media", self.secret, self.previous_secret)
        self.session_key = derive(self.secret, "session")
        self.digits_key = derive(self.secret, "six-digits")
        # What a capability keeps between two calls in this process, under its own name.
        self.kept: dict[str, Any] = {}
        self._groups: dict[Any, Group[Any, Any]] = {}

    def now(self) -> datetime:
        return self.clock.now()

    @property
    def scratch(self) -> Scratch:
        if self.scratch_folder is None:
            raise RuntimeError("this office takes no uploads")
        return self.scratch_folder

    async def together(self, write: WriteBatch[Item, Answer], item: Item) -> Answer:
        """The answer to `item`, committed together with whatever else of its kind arrives meanwhile."""
        group = self._groups.get(write)
        if group is None:
            group = self._groups[write] = Group(partial(write, self), lanes=self.lanes)
        answer: Answer = await group.submit(item)
        return answer

    def changed(self, event_id: UUID) -> None:
        """Whoever watches this event looks again, in every process, once what is being written is committed."""
        self.announce(Topic.EVENT, str(event_id))

    def announce(self, topic: Topic, subject: str = EVERYTHING) -> None:
        """Tell all processes, once what is being written is committed."""
        afterwards(partial(self.tidings.tell, topic, subject))

    async def finish(self) -> None:
        """Write what was submitted; take nothing new."""
        for group in self._groups.values():
            await group.stop()
