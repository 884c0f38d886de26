"""Storages for uploads, backups and renditions in S3 buckets that only the site can read."""

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.utils.encoding import filepath_to_uri
from storages.backends.s3 import S3Storage

from dpa_site.assets.storages import UploadNames


class PrivateBucket(UploadNames, S3Storage):
    """Files without a URL, not even a signed one, because signed URLs can be passed on."""

    def url(self, name: str | None, *args: object, **kwargs: object) -> str:
        raise NotImplementedError("Originals have no URL.")

    def is_ready(self) -> bool:
        try:
            self.exists("anything")
        except (BotoCoreError, ClientError):
            return False
        return True


class RenditionBucket(S3Storage):
    """Renditions, served by the site itself so that browsers request nothing from other hosts."""

    def url(self, name: str | None, *args: object, **kwargs: object) -> str:
        return settings.MEDIA_URL + filepath_to_uri(name or "")
