"""Adds the check to the views of Wagtail in which staff edit an object without versions.

Most are subclasses of one view of Wagtail, whose methods `install` replaces. So this includes views
of other packages, and of models that are added later.
"""

import json
from collections.abc import Callable
from copy import copy
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import FileField, Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.formats import date_format
from django.utils.text import capfirst, get_text_list
from django.utils.timezone import localtime
from django.utils.translation import gettext
from wagtail.admin import messages
from wagtail.admin.views import account, collection_privacy, generic, page_privacy
from wagtail.admin.views.generic import multiple_upload
from wagtail.documents.views import multiple as documents
from wagtail.images.views import multiple as images
from wagtail.log_actions import registry as log_registry
from wagtail.models import BaseViewRestriction

from cms.outdated_forms.state import FIELD, Part, merge, merge_rows, show, state_of

# Methods of Wagtail's view for workflows, which makes them anew whenever it needs them.
WORKFLOW_PARTS = {"pages": "get_pages_formset", "content_types": "get_content_type_form"}
Parts = dict[str, Part]


def is_checked(view: object) -> bool:
    """Whether a view has this check. The views of consent records have one of their own."""
    is_edit = isinstance(view, (generic.EditView, account.AccountView))
    return is_edit and not getattr(view, "has_own_check_for_changes", False)


def stored_state(view: Any) -> str:
    """The value of the hidden field with which a form says what was stored when it was opened."""
    if view.request.method == "POST":
        return view.stored_state
    return _dump(_parts_of(view), _edited(view))


def _dump(parts: Parts, edited: Model | None) -> str:
    states = {name: state_of(part) for name, part in parts.items()}
    logs = log_registry.get_logs_for_instance(edited) if edited else None
    entry = logs.order_by("-pk").first() if logs is not None else None
    return json.dumps({"states": states, "entry": entry.pk if entry else 0})


def _load(text: str) -> dict:
    """What the hidden field says; nothing if it is missing, as in forms of a former version."""
    try:
        found = json.loads(text)
        return {"states": dict(found["states"]), "entry": int(found["entry"])}
    except (ValueError, TypeError, KeyError):
        return {}


def _edited(view: Any) -> Model:
    if isinstance(view, account.AccountView):
        return get_user_model().objects.get(pk=view.request.user.pk)
    return view.object


def _parts_of(view: Any, form: forms.BaseForm | None = None) -> Parts:
    """The forms and formsets that a view saves together, by name."""
    if isinstance(view, account.AccountView):
        return {panel.name: panel.get_form() for panel in view.get_panels()}
    form = form or view.form
    parts: Parts = {"": form, **getattr(form, "formsets", {})}
    parts |= {panel.prefix: panel for panel in getattr(view, "permission_panel_forms", ())}
    if hasattr(view, "get_pages_formset") and view.object.active:
        parts |= {name: getattr(view, method)() for name, method in WORKFLOW_PARTS.items()}
    return parts


def _label_of(name: str) -> str:
    labels = {
        "page_permissions": gettext("Page permissions"),
        "image_permissions": gettext("Image permissions"),
        "document_permissions": gettext("Document permissions"),
        "collection_permissions": gettext("Collection permissions"),
        "workflow_tasks": gettext("Tasks"),
        "pages": gettext("Pages"),
    }
    return labels.get(name) or capfirst(name.replace("_", " "))


def _opened_now(view: Any) -> Any:
    """A copy of the view that would show the form with what is stored now."""
    fresh = copy(view)
    vars(fresh).pop("permission_panel_forms", None)  # Wagtail caches these bound forms
    fresh.request = copy(view.request)
    fresh.request.method = "GET"
    if isinstance(view, account.AccountView):
        fresh.request.user = _edited(view)
    else:
        fresh.object = fresh.get_object()
        fresh.form = fresh.get_form()
    return fresh


def _lock(edited: Model) -> None:
    """Let other requests that save the same object wait until this transaction ends."""
    rows = type(edited)._base_manager.select_for_update(no_key=True, of=("self",))
    rows.filter(pk=edited.pk).first()


def find_changes(view: Any, parts: Parts) -> list[str]:
    """Say what others changed since the form was opened. Empty if saving undoes nothing.

    The forms in `parts` then show these changes where the user entered nothing.
    """
    edited = _edited(view)
    _lock(edited)
    stored = _parts_of(_opened_now(view))
    view.stored_state = _dump(stored, edited)
    opened = _load(view.request.POST.get(FIELD, ""))
    sentences: list[str] = []
    for name, part in parts.items():
        if not part.is_bound or name not in stored:
            continue
        before = opened["states"].get(name) if opened else None
        now: Any = stored[name]
        if isinstance(part, forms.BaseFormSet):
            if sentence := merge_rows(part, now, before, _label_of(name)):
                sentences.append(sentence)
                parts[name] = now
        else:
            sentences += merge(part, now, before if isinstance(before, dict) else {})
    if sentences:
        sentences.insert(
            0, _introduction(edited, opened, view.request.user, has_files=bool(view.request.FILES))
        )
    return sentences


def _introduction(edited: Model | None, opened: dict, user: Any, *, has_files: bool = False) -> str:
    advice = gettext(
        "Your entries are kept, but not saved yet. Read what is stored now, check the form, and "
        "save again."
    )
    if has_files:
        advice = f"{advice} {gettext('If you chose a file, choose it again.')}"
    return f"{_describe_news(edited, opened, user)} {advice}"


def _describe_news(edited: Model | None, opened: dict, user: Any) -> str:
    """Say who saved the object when, according to the history."""
    if not opened:
        return gettext("The site was updated after you opened this form.")
    entries = []
    if edited:
        logs = log_registry.get_logs_for_instance(edited).filter(pk__gt=opened["entry"])
        entries = list(logs.select_related("user").order_by("pk"))
    if not entries:
        return gettext("This was changed after you opened the form.")
    saved_at = localtime(entries[-1].timestamp)
    is_today = saved_at.date() == localtime().date()
    time = date_format(saved_at, "TIME_FORMAT" if is_today else "DATETIME_FORMAT")
    if all(user and entry.user_id == user.pk for entry in entries):
        sentence = gettext("You saved this in another window after you opened the form (%(time)s).")
        return sentence % {"time": time}
    names = dict.fromkeys(
        entry.user_display_name for entry in entries if not user or entry.user_id != user.pk
    )
    sentence = gettext("%(name)s changed this after you opened the form (%(time)s).")
    return sentence % {"name": get_text_list([*names], gettext("and")), "time": time}


def _show_parts(view: Any, parts: Parts) -> None:
    """Let the view show these forms instead of forms that it makes anew."""
    form = parts[""]
    if hasattr(form, "formsets"):
        form.formsets = {name: parts[name] for name in form.formsets}
    if hasattr(view, "permission_panel_forms"):
        view.permission_panel_forms = [parts[panel.prefix] for panel in view.permission_panel_forms]
    for name, method in WORKFLOW_PARTS.items():
        if name in parts:
            setattr(view, method, lambda part=parts[name]: part)


def _restore_files(edited: Model) -> None:
    """Take uploads of a refused form off the object: Wagtail would say that the file is missing."""
    for field in edited._meta.fields:
        if isinstance(field, FileField):
            rows = type(edited)._base_manager.filter(pk=edited.pk)
            setattr(edited, field.attname, rows.values_list(field.attname, flat=True).first())


def _validated(is_valid: Callable[..., bool]) -> Callable[..., bool]:
    def is_valid_and_current(view: Any, form: forms.BaseForm) -> bool:
        result = is_valid(view, form)
        if not is_checked(view):
            return result
        parts = _parts_of(view, form)
        if not (sentences := find_changes(view, parts)):
            if not result:
                _restore_files(view.object)
            return result
        _restore_files(view.object)
        form.add_error(None, sentences)
        _show_parts(view, parts)
        view.produced_error_code = "validation_error"
        if result:
            view.produced_error_message = gettext("Nothing was saved.")
        return False

    return is_valid_and_current


def _in_transaction(handle: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Check and save in one transaction, so that nobody else can save between the two."""

    def handle_in_transaction(
        view: Any, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if request.method != "POST" or getattr(view, "has_own_check_for_changes", False):
            return handle(view, request, *args, **kwargs)
        with transaction.atomic():
            return handle(view, request, *args, **kwargs)

    return handle_in_transaction


def _post_account(post: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    def post_if_current(view: Any, request: HttpRequest) -> HttpResponse:
        panels = view.get_panels()
        parts: Parts = {panel.name: panel.get_form() for panel in panels}
        for part in parts.values():
            part.is_valid()
        if not (sentences := find_changes(view, parts)):
            # The forms above have set what was entered on the user that they share with the view.
            user: Any = request.user
            user.refresh_from_db()
            return post(view, request)
        for panel in panels:
            panel.get_form = lambda part=parts[panel.name]: part
        view.get_panels = lambda: panels
        form: Any = next(iter(parts.values()))
        form.add_error(None, sentences)
        messages.validation_error(request, gettext("Nothing was saved."), form)
        return TemplateResponse(request, view.template_name, view.get_context_data())

    return post_if_current


class FormWithState(forms.BaseModelForm):
    """A form that has the check itself, because the view that shows it is no edit view."""

    def add_state(self, edited: Model | None) -> None:
        """Add the hidden field. `edited` has the history that tells who changed it."""
        self.edited = edited
        self.fields[FIELD] = forms.CharField(
            initial=_dump({"": self}, edited), required=False, widget=forms.HiddenInput
        )

    def clean(self) -> dict[str, Any] | None:
        cleaned_data = super().clean()
        if FIELD in self.fields:
            opened = _load(self[FIELD].data or "")
            if sentences := merge(self, self, opened["states"].get("", {}) if opened else {}):
                user = getattr(self, "user", None)
                self.add_error(None, [_introduction(self.edited, opened, user), *sentences])
                show(self, FIELD, self.fields[FIELD].initial)
        return cleaned_data


class UploadedFileForm(FormWithState):
    """The form of a file that was just uploaded, on the page with which it was uploaded."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.add_state(self.instance)


class PrivacyForm(FormWithState):
    """The form of a dialog in which staff choose who may see a page or collection.

    The object is a restriction, which exists only while the page or collection is not public.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            self.initial["restriction_type"] = BaseViewRestriction.NONE
        self.add_state(None)


def _checked_form(get_form_class: Callable[..., type]) -> Callable[..., type]:
    def get_checked_form_class(view: Any) -> type:
        form_class = get_form_class(view)
        return type(form_class.__name__, (UploadedFileForm, form_class), {})

    return get_checked_form_class


def _post_uploaded(post: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    def post_with_lock(view: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if edited := view.get_model().objects.filter(pk=kwargs[view.pk_url_kwarg]).first():
            _lock(edited)
        return post(view, request, *args, **kwargs)

    return _in_transaction(post_with_lock)


def install() -> None:
    edit_view: Any = generic.EditView
    edit_view.is_valid = _validated(edit_view.is_valid)
    edit_view.dispatch = _in_transaction(edit_view.dispatch)
    account_view: Any = account.AccountView
    account_view.post = _in_transaction(_post_account(account_view.post))
    uploaded: Any = multiple_upload.EditView
    uploaded.post = _post_uploaded(uploaded.post)
    for module, name in (
        (page_privacy, "PageViewRestrictionForm"),
        (collection_privacy, "CollectionViewRestrictionForm"),
    ):
        setattr(module, name, type(name, (PrivacyForm, getattr(module, name)), {}))
    upload_views: list[Any] = [
        *(images.AddView, images.EditView, images.CreateFromUploadedImageView),
        *(documents.AddView, documents.EditView, documents.CreateFromUploadedDocumentView),
    ]
    for view in upload_views:
        view.get_edit_form_class = _checked_form(view.get_edit_form_class)
