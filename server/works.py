"""Which work each job stands for."""

from collections.abc import Mapping

from capabilities import greeting, machine_check, message
from capabilities.job import Work

WORKS: Mapping[str, Work] = {
    machine_check.WEIGH: machine_check.weigh_job,
    greeting.SETTLE: greeting.settle,
    message.SEND: message.send,
}
