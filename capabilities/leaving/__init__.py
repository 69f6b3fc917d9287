"""Leaving (离开): withdraw a consent, or erase oneself; what rests on the person stops, what the law keeps stays."""

from capabilities.closing import SWEEP, SWEEP_AFTER
from capabilities.leaving.erase import STEPS, FilesStillThere, Line, Receipt, Step, erase, sweep
from capabilities.leaving.giving_back import Leaver
from capabilities.leaving.refusals import ChangedMeanwhile, LastCityAdmin, NoSuchConsent, NotAgreed
from capabilities.leaving.withdraw import Kept, Withdrawn, withdraw_consent

__all__ = [
    "STEPS",
    "SWEEP",
    "SWEEP_AFTER",
    "ChangedMeanwhile",
    "FilesStillThere",
    "Kept",
    "LastCityAdmin",
    "Leaver",
    "Line",
    "NoSuchConsent",
    "NotAgreed",
    "Receipt",
    "Step",
    "Withdrawn",
    "erase",
    "sweep",
    "withdraw_consent",
]
