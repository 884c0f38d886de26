from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from wagtail.images.fields import WagtailImageField
from wagtail.images.forms import BaseImageForm

from pictures.files import reason_to_refuse
from pictures.models import Picture


class CheckedImageField(WagtailImageField):
    """Looks at a file before Wagtail opens it: a damaged one gets a sentence, not an error page."""

    def to_python(self, data: UploadedFile | None) -> UploadedFile | None:
        if data:
            data.seek(0)
            if reason := reason_to_refuse(data.name, data.read()):
                raise ValidationError(reason, code="invalid_image")
            data.seek(0)
        return super().to_python(data)


class PictureForm(BaseImageForm):
    """The form of every upload in the CMS."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        # Wagtail builds the field with its own class, help text and limits; only the check is ours.
        self.fields["file"].__class__ = CheckedImageField

    def save(self, commit: bool = True) -> Picture:
        picture = super().save(commit)
        if commit:  # Wagtail has just deleted the sizes of the file that was replaced
            picture.make_renditions()
        return picture
