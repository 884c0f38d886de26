"""The fields for dates and times in the CMS.

If text is not a date, they keep the text and show an error. Wagtail's own date picker would replace
the text with the current day or minute, without a message.
"""

from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.functional import cached_property
from django.utils.timezone import get_current_timezone_name, is_aware
from django.utils.translation import gettext
from wagtail import blocks
from wagtail.admin.forms.models import register_form_field_override
from wagtail.admin.widgets import AdminDateTimeInput

from site_settings.dates.reading import read_date, read_datetime


class DateInput(forms.DateInput):
    """A text field with a calendar. A line below the field says how the server reads the text."""

    template_name = "site_settings/date_input.html"

    def __init__(self, attrs: dict | None = None) -> None:
        super().__init__({"autocomplete": "off", **(attrs or {})}, format="%Y-%m-%d")


class DateField(forms.DateField):
    widget = DateInput

    def to_python(self, value: Any) -> date | None:
        if isinstance(value, str) and value.strip():
            return read_date(value)
        return super().to_python(value)


class DateTimeField(forms.DateTimeField):
    widget = AdminDateTimeInput  # whose template we replace

    def to_python(self, value: Any) -> datetime | None:
        if isinstance(value, str) and value.strip():
            value = read_datetime(value)
            if is_aware(value):
                return value
        try:
            return super().to_python(value)
        except ValidationError as error:
            if error.code != "ambiguous_timezone":
                raise
            sentence = gettext(
                "In the time zone %(zone)s, clocks are set forward or back at this time. Choose "
                "another time."
            )
            raise ValidationError(sentence % {"zone": get_current_timezone_name()}) from error


class DateBlock(blocks.DateBlock):
    @cached_property
    def field(self) -> DateField:
        return DateField(**self.field_options)


def register_fields() -> None:
    """Use these fields in every form that the CMS makes from a model."""
    for model_field, form_field in (
        (models.DateField, DateField),
        (models.DateTimeField, DateTimeField),
    ):
        override = {"form_class": form_field, "widget": form_field.widget}
        register_form_field_override(model_field, override=override)
