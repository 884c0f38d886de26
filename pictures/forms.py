import shutil

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, default_storage
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.images.fields import WagtailImageField
from wagtail.images.forms import BaseImageForm

from pictures.cleaning import clean
from pictures.models import Picture
from staff.models import User

HELP = {
    "description": _("The alt text: describe the picture for someone who cannot see it."),
}
CLEANING_HELP = _(
    "Location, camera, time and names are removed from the file. Only the first frame of an "
    "animation is kept."
)


MIN_FREE_BYTES = 20_000_000  # bytes: an original, all its renditions, and a margin


class CleanImageField(WagtailImageField):
    """Cleans an upload before anything else opens it. Raises ValidationError if that fails."""

    def to_python(self, data: File | None) -> File | None:
        if data:
            name = str(data.name)
            self.check_image_file_size(data)
            data.seek(0)
            found = clean(name, data.read())
            data.clean = found  # type: ignore[attr-defined]  # for OriginalFile
            # In place, because Wagtail stores this upload object if another field is invalid.
            data.seek(0)
            data.truncate()
            data.write(found.data)
            data.flush()
            data.seek(0)
            data.name, data.size = found.rename(name), len(found.data)
            _check_free_space()
        return super().to_python(data)


def _check_free_space() -> None:
    """Raise ValidationError if the disk is nearly full; the upload would end in an error page."""
    if not isinstance(default_storage, FileSystemStorage):
        return
    if shutil.disk_usage(default_storage.location).free < MIN_FREE_BYTES:
        raise ValidationError(
            gettext(
                "The site has no storage left for new pictures. Tell the people who run the "
                "site. Existing pictures are kept."
            )
        )


class PictureForm(BaseImageForm):
    """The form for every picture upload in the CMS."""

    def __init__(self, *args: object, user: User | None = None, **kwargs: object) -> None:
        super().__init__(*args, user=user, **kwargs)
        for name, help_text in HELP.items():
            self.fields[name].help_text = help_text
        self._add_translated_descriptions()
        if file := self.fields.get("file"):  # absent in a multiple upload
            # Wagtail builds the field with its own class and limits; only the cleaning is added.
            file.__class__ = CleanImageField
            file.help_text = format_lazy("{} {}", file.help_text, CLEANING_HELP)

    def _add_translated_descriptions(self) -> None:
        max_length = self.fields["description"].max_length  # type: ignore[attr-defined]
        for code, language in settings.LANGUAGES[1:]:
            self.fields[f"description_{code}"] = forms.CharField(
                label=format_lazy(_("Description ({language})"), language=language),
                required=False,
                max_length=max_length,
                initial=self.instance.other_descriptions.get(code, ""),
                help_text=_("The alt text in this language."),
            )
        names = list(self.fields)
        others = [name for name in names if name.startswith("description_")]
        place = names.index("description") + 1
        self.order_fields([*names[:place], *others, *names[place:]])

    def save(self, commit: bool = True) -> Picture:
        self.instance.other_descriptions = {
            code: words
            for code, _language in settings.LANGUAGES[1:]
            if (words := self.cleaned_data[f"description_{code}"])
        }
        picture = super().save(commit)
        if commit:  # Wagtail has just deleted the replaced file's renditions
            picture.make_first_size()
        return picture
