"""The files of pictures that pages and the CMS show."""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from pathlib import PurePath

from django.db import models
from django.urls import reverse
from wagtail.images.models import (
    AbstractRendition,
    get_rendition_storage,
    get_rendition_upload_to,
)

from pictures.fields import (
    CMS_FOLDER,
    CONTENT_TYPES,
    PUBLIC_FOLDER,
    RenditionField,
    rendition_name,
)
from pictures.specs import PUBLIC_SPECS


class Rendition(AbstractRendition):
    """One size and format of a picture. Only renditions are served, never originals.

    Public renditions have their own folder. The CMS serves all other renditions to staff who may
    use the picture.
    """

    image = models.ForeignKey(
        "pictures.Picture", on_delete=models.CASCADE, related_name="renditions"
    )
    file = RenditionField(
        upload_to=get_rendition_upload_to,
        storage=get_rendition_storage,
        width_field="width",
        height_field="height",
    )

    def get_upload_to(self, filename: str) -> str:
        is_public = self.filter_spec in PUBLIC_SPECS
        return rendition_name(PUBLIC_FOLDER if is_public else CMS_FOLDER, filename)

    class Meta:
        unique_together = (("image", "filter_spec", "focal_point_key"),)

    @property
    def url(self) -> str:
        if str(self.file).startswith(CMS_FOLDER):
            return reverse("cms_rendition", args=[self.pk])
        return super().url

    @property
    def alt(self) -> str:
        return self.image.alt

    @property
    def data_url(self) -> str:
        """The file as a data: URL, for drafts whose picture is not public yet.

        Readers of a shared draft have no CMS account, so they cannot open the URL of a CMS
        rendition. A public URL would serve the picture to everyone who knows it.
        """
        with self.file.open() as file:
            data = b64encode(file.read()).decode()
        return f"data:{CONTENT_TYPES[PurePath(str(self.file)).suffix]};base64,{data}"


def files_without_row() -> Iterator[str]:
    """Names of files without a rendition row, for example after SQL deleted the row."""
    storage, stored = get_rendition_storage(), []
    for folder in (CMS_FOLDER, PUBLIC_FOLDER):
        with suppress(FileNotFoundError):
            stored += [f"{folder}{name}" for name in storage.listdir(folder)[1]]
    known = set(Rendition.objects.values_list("file", flat=True))
    yield from (name for name in stored if name not in known)
