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
WHAT_HAPPENS = _(
    "Location, camera, time and names are removed from the file. Only the first frame of an "
    "animation is kept."
)


ROOM = 20_000_000  # bytes: an original, all sizes of it, and something to spare


class CleanImageField(WagtailImageField):
    """Cleans a file before anything else opens it, or says in a sentence why it cannot."""

    def to_python(self, data: File | None) -> File | None:
        if data:
            name = str(data.name)
            self.check_image_file_size(data)
            data.seek(0)
            found = clean(name, data.read())
            data.clean = found  # type: ignore[attr-defined]  # for OriginalFile
            # In place: where another field is wrong, Wagtail parks this very upload as it came.
            data.seek(0)
            data.truncate()
            data.write(found.data)
            data.flush()
            data.seek(0)
            data.name, data.size = found.rename(name), len(found.data)
            _check_room()
        return super().to_python(data)


def _check_room() -> None:
    """A full disk would stop the upload half-way, with an error page instead of a sentence."""
    if not isinstance(default_storage, FileSystemStorage):
        return
    if shutil.disk_usage(default_storage.location).free < ROOM:
        raise ValidationError(
            gettext(
                "The site has no storage left for new pictures. Tell the people who run the "
                "site. Existing pictures are kept."
            )
        )


class PictureForm(BaseImageForm):
    """The form of every upload in the CMS."""

    def __init__(self, *args: object, user: User | None = None, **kwargs: object) -> None:
        super().__init__(*args, user=user, **kwargs)
        if not (user and user.is_superuser):
            self.fields.pop("child_approved", None)
        if self.is_bound and self.add_prefix("shown") not in self.data:
            # Several uploaded at once: nobody was asked yet, and an absent box is no "no".
            self.fields.pop("for_site", None)
        for name, help_text in HELP.items():
            self.fields[name].help_text = help_text
        self._ask_in_other_languages()
        if file := self.fields.get("file"):  # not where several were uploaded at once
            # Wagtail builds the field with its own class and limits; only the cleaning is ours.
            file.__class__ = CleanImageField
            file.help_text = format_lazy("{} {}", file.help_text, WHAT_HAPPENS)

    def _ask_in_other_languages(self) -> None:
        most = self.fields["description"].max_length  # type: ignore[attr-defined]
        for code, language in settings.LANGUAGES[1:]:
            self.fields[f"description_{code}"] = forms.CharField(
                label=format_lazy(_("Description ({language})"), language=language),
                required=False,
                max_length=most,
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
        if "file" in self.changed_data and "child_approved" not in self.changed_data:
            self.instance.child_approved = False  # that was another picture
        picture = super().save(commit)
        if commit:  # Wagtail has just deleted the sizes of the file that was replaced
            picture.make_first_size()
        return picture
