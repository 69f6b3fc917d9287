"""Upload (上传) pictures, voice and video: taken in within bounds, made anew, served by sealed addresses, removed.

A row comes before its files and outlives them: what lies in the storage is named by a row at every moment, so that a
kill leaves nothing that nobody knows of.
"""

from capabilities.upload.addresses import (
    Asset,
    MediaGone,
    NoSuchMedia,
    Purpose,
    address_of,
    asset_at,
    media_url,
    parts_to_check,
)
from capabilities.upload.attach import MOST_PICTURES, UploadsUnfit, attach, of, release
from capabilities.upload.quota import UploadQuotaReached
from capabilities.upload.remove import (
    NoSuchUpload,
    UploadInUse,
    forget_half_stored,
    mark_removed,
    purge_removed,
    remove,
    remove_all_of,
    remove_unattached,
    stray_keys,
)
from capabilities.upload.take import mine, take

__all__ = [
    "MOST_PICTURES",
    "Asset",
    "MediaGone",
    "NoSuchMedia",
    "NoSuchUpload",
    "Purpose",
    "UploadInUse",
    "UploadQuotaReached",
    "UploadsUnfit",
    "address_of",
    "asset_at",
    "attach",
    "forget_half_stored",
    "mark_removed",
    "media_url",
    "mine",
    "of",
    "parts_to_check",
    "purge_removed",
    "release",
    "remove",
    "remove_all_of",
    "remove_unattached",
    "stray_keys",
    "take",
]
