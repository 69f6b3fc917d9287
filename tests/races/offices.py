"""The office of a process beside the test's own: the same secrets and lanes as the server's, and no uploads."""

from datetime import datetime

from capabilities.office import Office
from kit.clock import StandingClock
from kit.shared_memory import ProcessMemory
from models.database import is_sqlite
from models.fields import SealedTextField
from server.opening import POSTGRES_LANES, key_ring
from tests.conftest import settings_for
from tests.doubles import FakeWeChat


def office_beside(url: str, now: datetime) -> Office:
    settings = settings_for(url)
    SealedTextField.use_keys(key_ring(settings))
    return Office(
        clock=StandingClock(now),
        wechat=FakeWeChat(),
        memory=ProcessMemory(),
        public_url=settings.public_url,
        secret=settings.secret_key.get_secret_value().encode(),
        lanes=1 if is_sqlite(url) else POSTGRES_LANES,
    )
