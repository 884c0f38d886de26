"""The same as `storages`, in an S3 bucket that nobody but the site may read."""

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.utils.encoding import filepath_to_uri
from storages.backends.s3 import S3Storage


class PrivateBucket(S3Storage):
    """Files without an address, not even a signed one: whoever has such a link can pass it on."""

    def url(self, name: str | None, *args: object, **kwargs: object) -> str:
        raise NotImplementedError("Originals have no address.")

    def is_ready(self) -> bool:
        try:
            self.exists("anything")
        except (BotoCoreError, ClientError):
            return False
        return True


class RenditionBucket(S3Storage):
    """Renditions, sent by the site itself: readers ask no other host for anything."""

    def url(self, name: str | None, *args: object, **kwargs: object) -> str:
        return settings.MEDIA_URL + filepath_to_uri(name or "")
