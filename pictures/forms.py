import shutil
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import transaction
from django.http import Http404
from django.utils.text import format_lazy, get_text_list
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.images.fields import WagtailImageField
from wagtail.images.forms import BaseImageForm

from consent.changes import OutdatedForm, answer_who_is_shown
from consent.mixins import PageHasConsent
from consent.models import ConsentRecord, Shown
from consent.registry import items_of
from pictures.alt_text import description_label, reason_to_refuse_text
from pictures.cleaning import clean
from pictures.fields import saving_with_row
from pictures.models import Picture
from pictures.uses import live_languages, live_pages, titles_with_own_alt_text
from staff.models import User

WHO_IS_SHOWN_HELP = _(
    "A neighbor, a tattoo or a street sign can make a person recognizable. An illustration that "
    "shows no real person counts as “No one”. Someone who can be recognized must have agreed, and "
    "so must a child: until a story steward records the consent, the picture cannot be used."
)
LIVE = _("The picture is on a published page.")
ANSWERED_MEANWHILE = _(
    "Somebody else has changed what is recorded about this picture in the meantime, so your answer "
    "was not saved. Open the picture again, and press “Consent” if something is wrong."
)
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
            found = clean(data.read())
            data.clean = found  # type: ignore[attr-defined]  # for OriginalFile
            # Change the uploaded file itself: if another field is invalid, Wagtail's multiple
            # upload stores the file of the request.
            data.seek(0)
            data.truncate()
            data.write(found.data)
            data.flush()
            data.seek(0)
            data.name, data.size = found.rename(name), len(found.data)
            _check_free_space()
        return super().to_python(data)


def _check_free_space() -> None:
    """Raise ValidationError if the disk is nearly full, to avoid a server error."""
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

    def __init__(self, *args: object, user: User, **kwargs: object) -> None:
        super().__init__(*args, user=user, **kwargs)
        self._user = user
        for name, help_text in HELP.items():
            self.fields[name].help_text = help_text
        self._add_translated_descriptions()
        if self._answers_differently() or not (
            self.instance.record.shown or self._shares_record_of_story()
        ):
            self._ask_who_is_shown()
        if self.instance.pk:
            self.fields["seen_file"] = forms.CharField(
                initial=self.instance.file_hash, required=False, widget=forms.HiddenInput
            )
        if file := self.fields.get("file"):  # absent in the second step of a multiple upload
            # Wagtail makes the field with its own class and limits. The new class only adds the
            # cleaning.
            file.__class__ = CleanImageField
            file.help_text = format_lazy("{} {}", file.help_text, CLEANING_HELP)

    def _shares_record_of_story(self) -> bool:
        record = self.instance.record
        return bool(record.pk) and any(item.is_story for item in items_of(record))

    def _answers_differently(self) -> bool:
        """Whether this answer differs from one that somebody else has saved in the meantime."""
        answer = self.data.get(self.add_prefix("shown"), "")
        return bool(answer and self.instance.record.shown not in ("", answer))

    def _ask_who_is_shown(self) -> None:
        self.fields["shown"] = forms.ChoiceField(
            label=_("Who is shown"),
            choices=Shown.choices,
            widget=forms.RadioSelect,
            help_text=WHO_IS_SHOWN_HELP,
            error_messages={"required": _("Say who is shown, even if it is no one.")},
            # A multiple upload sends only the file at first, and the other fields later.
            required=not self.is_bound or self.add_prefix("description") in self.data,
        )
        names = [name for name in self.fields if name != "shown"]
        position = names.index("description")
        self.order_fields([*names[:position], "shown", *names[position:]])

    def _add_translated_descriptions(self) -> None:
        max_length = self.fields["description"].max_length  # type: ignore[attr-defined]
        for code, _language in settings.LANGUAGES[1:]:
            self.fields[f"description_{code}"] = forms.CharField(
                label=description_label(code),
                required=False,
                max_length=max_length,
                initial=self.instance.other_descriptions.get(code, ""),
                help_text=_("The alt text in this language."),
            )
        names = list(self.fields)
        others = [name for name in names if name.startswith("description_")]
        position = names.index("description") + 1
        self.order_fields([*names[:position], *others, *names[position:]])

    def full_clean(self) -> None:
        super().full_clean()
        if self.errors and self.instance.pk:
            # The form is shown again, and the stored picture still has its old file.
            self.instance.file = self.original_file

    def clean(self) -> dict[str, Any]:
        super().clean()
        if self.instance.pk:
            self._check_colleagues_changes()
            self._check_live_alt_texts()
            self._check_texts_for_live_pages()
        return self.cleaned_data

    def _check_colleagues_changes(self) -> None:
        if self._answers_differently():
            self.add_error("shown", ANSWERED_MEANWHILE)
        seen = self.cleaned_data.get("seen_file")
        if seen and seen != Picture.objects.values_list("file_hash", flat=True).get(
            pk=self.instance.pk
        ):
            sentence = gettext(
                "Somebody else has replaced the file in the meantime. Open the picture again, and "
                "describe what it shows now."
            )
            self.add_error("description", sentence)

    def _check_live_alt_texts(self) -> None:
        """Reject a new alt text that a live page may not show.

        Exception: if a live page may not show the stored alt text either, any new one is accepted.
        The exception does not apply if the file is replaced. Then the new alt text must also differ
        from the stored one, which describes the old file.
        """
        old = Picture.objects.get(pk=self.instance.pk)
        new_file = (
            "file" in self.changed_data
            and "file" not in self.errors
            and not self._has_same_file(old)
        )
        if new_file and (titles := titles_with_own_alt_text(old)):
            sentence = gettext(
                "These published pages describe the picture in their own words, or show it as a "
                "decoration: %(pages)s. Upload the new file as a new picture, and choose it there."
            )
            self.add_error("file", sentence % {"pages": get_text_list(titles, gettext("and"))})
        # A decoration needs no alt text. But if the file of a decoration is replaced, the alt texts
        # are checked, because the box “decoration” was checked for the old file.
        if self.cleaned_data.get("is_decoration") and not (new_file and old.is_decoration):
            return
        main = settings.LANGUAGE_CODE
        before = {main: old.description} | old.other_descriptions
        after = {code: self.cleaned_data.get(self._field_of(code)) or "" for code in self._codes}
        for code in live_languages(old):
            reason = reason_to_refuse_text(after[code], title=old.title, language=code)
            if new_file and after[code] and after[code] == before.get(code):
                reason = gettext("This text describes the old file. Describe the new one.")
            was_accepted = old.is_decoration or not reason_to_refuse_text(
                before.get(code, ""), title=old.title, language=code
            )
            if reason and (new_file or was_accepted):
                self.add_error(self._field_of(code), f"{LIVE} {reason}")

    def _has_same_file(self, old: Picture) -> bool:
        return self.cleaned_data["file"].clean.file_hash == old.file_hash

    def _check_texts_for_live_pages(self) -> None:
        """Reject a text that a live page may not show, such as a name."""
        fields = ("credit", *map(self._field_of, self._codes))
        texts = {field: text for field in fields if (text := self.cleaned_data.get(field))}
        for page in live_pages(self.instance).specific():
            for field, text in texts.items():
                if isinstance(page, PageHasConsent) and (reason := page.reason_to_refuse(text)):
                    self.add_error(field, f"{LIVE} {reason}")

    _codes = tuple(code for code, _language in settings.LANGUAGES)

    @staticmethod
    def _field_of(code: str) -> str:
        return "description" if code == settings.LANGUAGE_CODE else f"description_{code}"

    @transaction.atomic
    def save(self, commit: bool = True) -> Picture:
        if self.instance.pk:
            self._lock()
        self.instance.other_descriptions = {
            code: words
            for code, _language in settings.LANGUAGES[1:]
            if (words := self.cleaned_data[f"description_{code}"])
        }
        is_new = self.instance.pk is None or "file" in self.changed_data
        # Without `original_file`, Wagtail's form does not delete the replaced file at once.
        # `Picture.save` deletes it after the commit.
        self.original_file = None
        with saving_with_row(self.instance):
            picture = super().save(commit)
            if commit and (shown := self.cleaned_data.get("shown")):
                self._answer(picture, shown, is_new=is_new)
                picture.make_first_size(is_new=is_new)
        return picture

    def _lock(self) -> None:
        """Lock the picture's consent record until the picture is saved.

        Raises Http404 if somebody has replaced the file since this request read the picture.
        """
        stored = Picture.objects.filter(pk=self.instance.pk)
        records = ConsentRecord.objects.select_for_update(no_key=True)
        records.filter(pk__in=stored.values_list("consent", flat=True)).first()
        if stored.exclude(file=str(self.original_file)).exists():
            raise Http404

    def _answer(self, picture: Picture, shown: str, *, is_new: bool) -> None:
        if picture.record.shown:
            return
        try:
            picture.consent = answer_who_is_shown(picture.record, shown, self._user, is_new=is_new)
        except OutdatedForm:  # answered by somebody else a moment ago
            picture.refused_answer = str(ANSWERED_MEANWHILE)
        except PermissionDenied as error:  # such as StricterCopy: the record of a copy allows less
            picture.refused_answer = str(error)
