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


def ending(**dates: date) -> list[ConsentFields]:
    """Objects that require consent and match the `dates` lookups, earliest expiry first."""
    found = [
        thing
        for kind in consent_models()
        for thing in kind._default_manager.filter(**dates).select_related("steward")
        if thing.requires_consent
    ]
    return sorted(found, key=lambda thing: (thing.expires_on, thing.pk))


def edit_url(thing: Model) -> str:
    """CMS edit URL of an object, or an empty string."""
    return AdminURLFinder().get_edit_url(thing) or ""
