"""Which work each job stands for."""

from collections.abc import Mapping
from functools import partial

from capabilities import event, greeting, leaving, link, machine_check, message, retention, upload
from capabilities.job import Work
from models.link import DRAW

WORKS: Mapping[str, Work] = {
    machine_check.ASK: partial(machine_check.ask, address_of=upload.address_of),
    machine_check.WEIGH: machine_check.weigh_job,
    greeting.SETTLE: greeting.settle,
    event.TELL: event.tell_enrolled,
    message.SEND: message.send,
    DRAW: link.draw,
    leaving.SWEEP: leaving.sweep,
    retention.RETAIN: retention.retain_daily,
}
