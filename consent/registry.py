"""Everything that somebody had to agree to."""

from collections.abc import Iterator
from datetime import date

from django.apps import apps
from django.db.models import Model
from wagtail.admin.admin_url_finder import AdminURLFinder

from consent.models import ConsentFields


def kinds() -> Iterator[type[ConsentFields]]:
    """The models that record consent, whichever room they live in."""
    return (model for model in apps.get_models() if issubclass(model, ConsentFields))


def ending(**dates: date) -> list[ConsentFields]:
    """What shows somebody whose consent ends within `dates`, the earliest first."""
    found = [
        thing
        for kind in kinds()
        for thing in kind._default_manager.filter(**dates).select_related("steward")
        if thing.requires_consent
    ]
    return sorted(found, key=lambda thing: (thing.expires_on, thing.pk))


def edit_url(thing: Model) -> str:
    """Where its consent is written down, in the CMS."""
    return AdminURLFinder().get_edit_url(thing) or ""
