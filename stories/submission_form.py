"""Form for readers to submit their story and give consent."""

from datetime import date, timedelta
from hashlib import sha256

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import MaxLengthValidator
from django.db import models
from django.http import HttpRequest
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from actions.forms import PublicForm
from actions.rate_limit import Rate
from consent.models import Shown
from pictures.cleaning import check_photograph

MAX_LENGTH = 20_000  # characters
MAX_PICTURE_MEGABYTES = 20
MAX_PICTURE_PIXELS = 25_000_000  # less than editors may upload, because anyone can send a picture
NO_AUTOCOMPLETE = {"autocomplete": "off"}


class Naming(models.TextChoices):
    NAME = "name", _("By the name I enter below")
    CHANGED = (
        "changed",
        _("By another name, which I enter below. Readers are told that it was changed."),
    )
    VOICE = "voice", _("Without a name or a picture, only with my words")


class Scope(models.TextChoices):
    """Consent scopes. The values are field names of ConsentRecord."""

    SITE = "for_site", _("On this website")
    SOCIAL = "for_social", _("On social media")
    PRINT = "for_print", _("In print")
    PRESS = "for_press", _("In the news, by the press")


class Days(models.TextChoices):
    TWO_YEARS = "730", _("For two years, then ask me again")
    ONE_YEAR = "365", _("For one year, then ask me again")
    HALF_A_YEAR = "182", _("For six months, then ask me again")


class SubmissionForm(PublicForm):
    """A reader's story, their consent and their contact details.

    No checkbox or option is preselected.
    """

    max_file_size = MAX_PICTURE_MEGABYTES * 1024 * 1024
    sender_rate = Rate(burst=12, per_minute=4)
    # Low, because a submission may include a picture, and staff must read each submission.
    total_rate = Rate(burst=30, per_minute=10)

    story = forms.CharField(
        label=_("Your story"),
        widget=forms.Textarea(attrs=NO_AUTOCOMPLETE),
        help_text=_(
            "In your own words. Leave out anything that could identify you or others, such as full "
            "names, streets or employers."
        ),
        # A validator, because browsers silently truncate pasted text at a maxlength attribute.
        validators=[
            MaxLengthValidator(
                MAX_LENGTH,
                _(
                    "Your story has %(show_value)d characters. The limit is %(limit_value)d. "
                    "Shorten it, and tell us the rest when we talk."
                ),
            )
        ],
        error_messages={"required": _("Write your story here.")},
    )
    naming = forms.ChoiceField(
        label=_("What readers may call you"),
        choices=Naming,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the three options.")},
    )
    teller = forms.CharField(
        label=_("Name to show"),
        max_length=120,
        help_text=_("A first name is enough. Leave this empty if you share only your words."),
        widget=forms.TextInput(attrs=NO_AUTOCOMPLETE),
        error_messages={
            "required": _("Enter the name to show, or choose to share only your words.")
        },
    )
    place = forms.CharField(
        label=_("Place"),
        max_length=120,
        required=False,
        help_text=_("As broad as you want. A state is enough."),
        widget=forms.TextInput(attrs=NO_AUTOCOMPLETE),
    )
    picture = forms.FileField(
        label=_("A picture of you"),
        required=False,
        help_text=_(
            "Only if you want to be seen. We remove the location, the time and details of the "
            "camera from the file. 20 MB at most."
        ),
        widget=forms.FileInput(attrs={"accept": "image/*"}),
    )
    scopes = forms.MultipleChoiceField(
        label=_("Where we may show it"),
        choices=Scope,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one place.")},
    )
    days = forms.ChoiceField(
        label=_("For how long"),
        choices=Days,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the three options.")},
    )
    reach = forms.CharField(
        label=_("How we can reach you"),
        max_length=300,
        help_text=_(
            "An email address, or a phone number and when it is safe to call. Readers never see it."
        ),
        widget=forms.TextInput(attrs=NO_AUTOCOMPLETE),
        error_messages={
            "required": _("Enter how we can reach you. We publish nothing without asking you.")
        },
    )
    is_own_story = forms.BooleanField(
        label=_("This is my own story, and I am 18 or older"),
        error_messages={
            "required": _(
                "We can only accept your own story, and only from adults. Check the box if both "
                "are true."
            )
        },
    )

    def __init__(self, request: HttpRequest, purpose: str) -> None:
        super().__init__(request, purpose)
        self.fields["teller"].required = self.data.get("naming") != Naming.VOICE

    def full_clean(self) -> None:
        """Check the picture last, and read it only if there is no error. The worker decodes it."""
        super().full_clean()
        file = self.files.get("picture")
        if file and "picture" not in self.errors:
            try:
                self._check_picture(file)
            except ValidationError as error:
                self.add_error("picture", error)

    def _check_picture(self, file: UploadedFile) -> None:
        if (file.size or 0) > self.max_file_size:
            raise ValidationError(_("The picture is larger than 20 MB. Choose a smaller one."))
        if self.cleaned_data.get("naming") == Naming.VOICE:
            raise ValidationError(
                _(
                    "You chose to share only your words. Send the form without a picture, or "
                    "choose a name."
                )
            )
        if self.errors:
            raise ValidationError(
                _("Choose the picture again. Browsers do not keep it after an error.")
            )
        file.seek(0)
        check_photograph(file.read(), MAX_PICTURE_PIXELS)

    @property
    def shown_name(self) -> str:
        return "" if self.cleaned_data["naming"] == Naming.VOICE else self.cleaned_data["teller"]

    @property
    def consent(self) -> dict:
        """Values of a ConsentRecord. The basis stays empty until a consent form is signed."""
        answers = self.cleaned_data
        named = answers["naming"] == Naming.NAME
        return {
            "shown": (
                Shown.RECOGNIZABLE if named or answers["picture"] else Shown.NOT_RECOGNIZABLE
            ),
            **{scope: scope in answers["scopes"] for scope in Scope.values},
            "may_be_named": named,
            "given_on": localdate(),
            "expires_on": self.expires_on,
        }

    @property
    def expires_on(self) -> date:
        return localdate() + timedelta(days=int(self.cleaned_data["days"]))

    @property
    def content(self) -> str:
        """The submission as text, by which a repeated submission is recognized."""
        answers = {name: value for name, value in self.cleaned_data.items() if name != "picture"}
        hashed = sha256()
        if picture := self.cleaned_data["picture"]:
            for chunk in picture.chunks():
                hashed.update(chunk)
        return f"{answers} {hashed.hexdigest()}"
