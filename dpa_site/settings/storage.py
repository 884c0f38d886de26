"""File storage for uploads, renditions, static files and backups."""

import os
from pathlib import Path

from botocore.config import Config
from pyrage import RecipientError
from pyrage.x25519 import Recipient

from .environment import BASE_DIR, directory, env, http_url, matching

MEDIA_URL = "/media/"
MEDIA_ROOT = Path(directory("MEDIA_ROOT", str(BASE_DIR / "media")))
STORAGES: dict[str, dict] = {
    # Originals, documents and unfinished uploads. Wagtail's view serves documents; the other files
    # have no URL.
    "default": {"BACKEND": "dpa_site.assets.storages.PrivateFiles"},
    # Served by dpa_site.assets.media.
    "renditions": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "dpa_site.assets.staticfiles.BundlingStorage"},
}
# The S3 keys are not in OPTIONS, because Wagtail passes OPTIONS to its tasks. boto3 reads the keys
# from the environment or the instance metadata.
_keys = {_name: env.str(_name, "") for _name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
if not all(_keys.values()) and any(_keys.values()):
    raise SystemExit("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must both be set, or neither.")
for _name, _key in _keys.items():
    if _key:
        os.environ[_name] = _key
        os.environ.pop(f"{_name}_FILE", None)
# Some stores allow more names than Amazon.
_BUCKET = ("[A-Za-z0-9._-]{3,255}", "the name of a bucket, without s3:// and without a path")
_bucket_options = {
    "endpoint_url": http_url("S3_ENDPOINT_URL") or None,
    "region_name": matching("S3_REGION", "[a-z0-9-]+", "a region, such as us-east-1") or None,
    "default_acl": None,
    "file_overwrite": False,
}
# boto3 would add checksums that many stores other than Amazon's do not know and refuse.
AWS_S3_CLIENT_CONFIG = Config(
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
    connect_timeout=5,  # seconds
)
if _bucket := matching("S3_BUCKET", *_BUCKET):
    _options = _bucket_options | {"bucket_name": _bucket}
    STORAGES["default"] = {
        "BACKEND": "dpa_site.assets.s3_storages.PrivateBucket",
        "OPTIONS": _options,
    }
    STORAGES["renditions"] = {
        "BACKEND": "dpa_site.assets.s3_storages.RenditionBucket",
        "OPTIONS": _options,
    }
BACKUP_PUBLIC_KEY = env.str("BACKUP_PUBLIC_KEY", "")
try:
    if BACKUP_PUBLIC_KEY:
        Recipient.from_str(BACKUP_PUBLIC_KEY)
except RecipientError:
    raise SystemExit(
        "BACKUP_PUBLIC_KEY is not a public key for age, which begins with age1."
    ) from None
BACKUP_ROOT = Path(directory("BACKUP_ROOT", str(BASE_DIR / "var/backups")))
STORAGES["backups"] = {
    "BACKEND": "django.core.files.storage.FileSystemStorage",
    "OPTIONS": {
        "location": BACKUP_ROOT,
        "file_permissions_mode": 0o600,
        "directory_permissions_mode": 0o700,
    },
}
if _bucket := matching("BACKUP_S3_BUCKET", *_BUCKET):
    STORAGES["backups"] = {
        "BACKEND": "dpa_site.assets.s3_storages.PrivateBucket",
        "OPTIONS": _bucket_options | {"bucket_name": _bucket},
    }
