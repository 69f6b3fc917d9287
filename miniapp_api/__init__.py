"""The mini-program's API: speaks JSON for scientists, event staff and organizers on the phone."""

from miniapp_api import (  # noqa: F401 - importing a module puts its routes on the door
    channel_consent,
    check_in,
    claim,
    consent,
    correction,
    desk,
    enrolment,
    event,
    greeting,
    invitation,
    job,
    link,
    log_in,
    membership,
    message,
    moderation,
    phone,
    placement,
    point,
    reference,
    registration,
    roster,
    sign_in_code,
    signals,
    suggestion,
    suspension,
    take_down,
    team,
    upload,
    walk_in,
    withdrawal,
    word_list,
)
from miniapp_api.door import door

__all__ = ["door"]
