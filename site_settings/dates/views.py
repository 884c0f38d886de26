"""Says how the server reads a date, while an editor types it."""

from datetime import datetime

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from site_settings.dates.fields import DateField, DateTimeField

# The fields that read the text, by the kind of the input. Wagtail's filters use Django's field.
FIELDS = {"date": DateField, "datetime": DateTimeField, "filter": forms.DateField}


def read_date(request: HttpRequest) -> JsonResponse:
    """The day in words and as ISO 8601, or the reason to refuse the text."""
    field = FIELDS.get(request.GET.get("kind", ""))
    if field is None:
        raise Http404
    try:
        value = field().clean(request.GET.get("text", ""))
    except ValidationError as error:
        return JsonResponse({"error": " ".join(error.messages)})
    if isinstance(value, datetime):
        value = timezone.localtime(value)
        words = gettext("%(weekday)s, %(time)s, in the time zone %(zone)s") % {
            "weekday": date_format(value, "l"),
            "time": date_format(value, "DATETIME_FORMAT"),
            "zone": timezone.get_current_timezone_name(),
        }
        return JsonResponse({"words": words, "value": f"{value:%Y-%m-%d %H:%M}"})
    words = f"{date_format(value, 'l')}, {date_format(value, 'DATE_FORMAT')}"
    return JsonResponse({"words": words, "value": value.isoformat()})
