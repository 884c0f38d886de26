"""Find all objects that have a consent record."""

from collections.abc import Collection, Iterator
from datetime import date
from itertools import product

from django.apps import apps
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db.models import Model
from django.db.models.signals import post_delete, pre_save
from django.dispatch import receiver
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.log_actions import get_active_log_context
from wagtail.log_actions import registry as log_registry
from wagtail.models import Page, TaskState

from consent import erasure
from consent.mixins import HasConsent, WithdrawnMeanwhile
from consent.models import ConsentRecord


def consent_models() -> Iterator[type[HasConsent]]:
    """All models that have a consent record, in any app."""
    return (model for model in apps.get_models() if issubclass(model, HasConsent))


def items_of(record: ConsentRecord) -> list[HasConsent]:
    """The pages and pictures of a record."""
    found = [
        item
        for model in consent_models()
        for item in model._base_manager.filter(consent=record).order_by("pk")
    ]
    for item in found:
        item.consent = record  # saves a query for each
    return found


def lock_records(items: Collection[Model]) -> None:
    """Lock the records of these objects and of all pages below them; see `HasConsent.lock_record`.

    Raises WithdrawnMeanwhile if one of the records does not exist any more.
    """
    pks = {item.consent_id for item in items if isinstance(item, HasConsent)}
    for page, model in product(items, consent_models()):
        if isinstance(page, Page) and issubclass(model, Page):
            below = model._base_manager.filter(path__startswith=page.path)
            pks |= set(below.values_list("consent", flat=True))
    locked = ConsentRecord.objects.select_for_update(no_key=True).filter(pk__in=pks)
    if len(locked.order_by("pk")) < len(pks):
        raise WithdrawnMeanwhile


def may_be_withdrawn_by(user: AbstractUser | AnonymousUser, record: ConsentRecord) -> bool:
    """Whether `user` may erase every page and picture of a record."""
    return all(item.may_be_withdrawn_by(user) for item in items_of(record))


def find_by_date(**dates: date) -> list[HasConsent]:
    """Objects that require consent and match the lookups of `dates`, earliest expiry first."""
    lookups = {f"consent__{name}": value for name, value in dates.items()}
    found = [
        item
        for model in consent_models()
        for item in model._default_manager.filter(**lookups).select_related("consent__steward")
        if item.requires_consent
    ]
    return sorted(found, key=lambda item: (item.record.expires_on, item.pk))


def edit_url(item: Model) -> str:
    """CMS edit URL of an object; empty if the current user may not edit it."""
    return AdminURLFinder(get_active_log_context().user).get_edit_url(item) or ""


def delete_if_unused(pk: int) -> None:
    """Delete a record that no object uses any more, and its history."""
    if not any(model._base_manager.filter(consent=pk).exists() for model in consent_models()):
        ConsentRecord.objects.filter(pk=pk).delete()
        erasure.erase_log(ConsentRecord, [pk])


@receiver(post_delete)
def erase_traces_of_deleted(instance: Model, **kwargs: object) -> None:
    """Clear the log entries of a deleted page or picture, and delete its record if unused.

    The log may name a person, and a later withdrawal of a copy would not find these entries.
    """
    if isinstance(instance, HasConsent):
        entries = log_registry.get_logs_for_instance(instance)
        entries.update(label=erasure.ERASED, data={})
        delete_if_unused(instance.consent_id)


@receiver(pre_save, sender=TaskState)
def lock_record_of_page(instance: TaskState, **kwargs: object) -> None:
    """Lock the record of a page before a change of its workflow task writes other rows.

    `HasConsent.lock_record` says why.
    """
    page = instance.workflow_state.content_object
    if isinstance(page, HasConsent):
        page.lock_record()
