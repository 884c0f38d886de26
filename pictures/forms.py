from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from wagtail.images.forms import BaseImageForm

from pictures.models import Picture
from pictures.svg import reason_to_refuse


class PictureForm(BaseImageForm):
    """The form of every upload in the CMS."""

    def clean_file(self) -> UploadedFile:
        file = self.cleaned_data["file"]
        if isinstance(file, UploadedFile) and file.name.lower().endswith(".svg"):
            file.seek(0)
            if reason := reason_to_refuse(file.read()):
                raise ValidationError(reason)
            file.seek(0)
        return file

    def save(self, commit: bool = True) -> Picture:
        picture = super().save(commit)
        if commit:  # Wagtail has just deleted the sizes of the file that was replaced
            picture.make_renditions()
        return picture
