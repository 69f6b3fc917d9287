"""Machine check (机审) of pictures and sounds: WeChat is asked, and tells its verdict later by a push."""

from capabilities.machine_check.ask import ASK, abandon, ask, order
from capabilities.machine_check.parts import AddressOf, Part
from capabilities.machine_check.verdicts import (
    GIVEN_UP_AFTER,
    NEVER_CAME,
    WEIGH,
    forget_verdicts,
    give_up_media_checks,
    hear,
    weigh_job,
)

__all__ = [
    "ASK",
    "GIVEN_UP_AFTER",
    "NEVER_CAME",
    "WEIGH",
    "AddressOf",
    "Part",
    "abandon",
    "ask",
    "forget_verdicts",
    "give_up_media_checks",
    "hear",
    "order",
    "weigh_job",
]
