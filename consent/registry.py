"""Find all objects that record consent."""

from collections.abc import Iterator
from datetime import date

from django.apps import apps
from django.db.models import Model
from wagtail.admin.admin_url_finder import AdminURLFinder

from consent.models import ConsentFields


def consent_models() -> Iterator[type[ConsentFields]]:
    """All models that record consent, in any app."""
    return (model for model in apps.get_models() if issubclass(model, ConsentFields))


def find_by_date(**dates: date) -> list[ConsentFields]:
    """Objects that require consent and match the lookups of `dates`, earliest expiry first."""
    found = [
        item
        for model in consent_models()
        for item in model._default_manager.filter(**dates).select_related("steward")
        if item.requires_consent
    ]
    return sorted(found, key=lambda item: (item.expires_on, item.pk))


def edit_url(item: Model) -> str:
    """CMS edit URL of an object, or an empty string."""
    return AdminURLFinder().get_edit_url(item) or ""
