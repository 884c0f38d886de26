"""Compares what was stored when a form was opened, what is stored now, and what was entered.

The state of a form maps the names of its fields to digests of their values. The state of a formset
is the list of the states of its rows. A choice of several objects has one digest for each of them.
"""

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from django import forms
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model
from django.db.models.fields.files import FieldFile
from django.forms.models import InlineForeignKeyField
from django.utils.formats import date_format
from django.utils.html import strip_tags
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext
from wagtail.admin.rich_text import DraftailRichTextArea
from wagtail.blocks import StreamValue

Part = forms.BaseForm | forms.BaseFormSet
State = dict[str, str | list[str]]
FIELD = "stored_state"  # the hidden field that contains the states
ROW_FIELDS = {"DELETE", "ORDER"}  # what a formset adds to its rows
MAX_LENGTH = 200  # characters of a stored value that a message quotes


def state_of(part: Part) -> Any:
    """What is stored, as a form that is not bound shows it."""
    if isinstance(part, forms.BaseFormSet):
        return [
            {
                name: found
                for name, found in state_of(form).items()
                if _is_of_row(name, form.fields[name])
            }
            for form in part.initial_forms
        ]
    return {
        name: _digest(field, part.get_initial_for_field(field, name))
        for name, field in part.fields.items()
        if _is_saved(name, field)
    }


def _is_saved(name: str, field: forms.Field) -> bool:
    is_of_row = name in ROW_FIELDS or isinstance(field, InlineForeignKeyField)
    return not (
        name == FIELD
        or field.disabled
        or is_of_row
        or isinstance(field.widget, forms.PasswordInput)
    )


def _digest(field: forms.Field, value: Any) -> str | list[str]:
    plain = _plain(field, value)
    return [_hash(one) for one in plain] if isinstance(plain, list) else _hash(plain)


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]


def _plain(field: forms.Field, value: Any) -> str | list[str]:
    """The value as text, which is the same for a stored value and for an unchanged entry."""
    if isinstance(field, forms.ModelMultipleChoiceField):
        offered = {str(field.prepare_value(one)) for one in field.queryset or ()}
        chosen = {str(key) for key in field.prepare_value(value or [])}
        return sorted(offered & chosen)
    if isinstance(field, forms.BooleanField):
        return str(bool(value))
    if isinstance(value, FieldFile):
        return value.name or ""
    if isinstance(value, Model):
        return str(value.pk)
    if isinstance(value, StreamValue):
        blocks = [[child.block_type, child.block.get_prep_value(child.value)] for child in value]
        return json.dumps(_without_ids(blocks), sort_keys=True, cls=DjangoJSONEncoder)
    if isinstance(value, datetime):  # forms show no seconds
        value = value.astimezone(UTC).replace(second=0, microsecond=0)
    elif hasattr(value, "__iter__") and not isinstance(value, str):
        return "\n".join(sorted(map(str, value)))  # tags
    return "" if value is None else str(value).replace("\r\n", "\n").strip()


def _without_ids(value: Any) -> Any:
    """Leave out the IDs of blocks, because Wagtail makes new ones where they are missing."""
    if isinstance(value, list):
        return [_without_ids(one) for one in value]
    if isinstance(value, dict):
        return {key: _without_ids(one) for key, one in value.items() if key != "id"}
    return value


def _entered(form: forms.BaseForm, name: str) -> str | list[str] | None:
    """The state of an entry; None if the entry is invalid.

    `cleaned_data` may differ from an unchanged entry, because methods of forms improve values.
    """
    field = form.fields[name]
    if isinstance(field, forms.FileField):
        return _digest(field, form.cleaned_data.get(name))
    try:
        return _digest(field, field.clean(form[name].data))
    except ValidationError:
        return None


def _is_of_row(name: str, field: forms.Field) -> bool:
    """Whether a row of a formset contains this field for people, not for Django."""
    return name not in ROW_FIELDS and not isinstance(field.widget, forms.HiddenInput)


def _entered_rows(formset: forms.BaseFormSet) -> list[forms.BaseForm]:
    return [
        form
        for form in formset.forms
        if not ("DELETE" in form.fields and form["DELETE"].data)
        and (form in formset.initial_forms or form.has_changed())
    ]


def merge(form: forms.BaseForm, stored: forms.BaseForm, opened: State) -> list[str]:
    """Say what changed since the form was opened, and let `form` show it where nothing was entered.

    `stored` is the form as it would be opened now. The result is empty if saving undoes nothing.
    """
    sentences = []
    for name, now in state_of(stored).items():
        before = opened.get(name)
        if name not in form.fields or now == before or (entry := _entered(form, name)) == now:
            continue
        field = stored.fields[name]
        value = stored.get_initial_for_field(field, name)
        if isinstance(now, list) and isinstance(before, list) and isinstance(entry, list):
            sentences += _merge_choices(form, name, field, value, [*map(set, (before, now, entry))])
        elif entry == before:
            show(form, name, value)
            sentences.append(_describe(field, name, value))
        elif entry is None:  # invalid, as the error beside the field says
            sentences.append(_describe(field, name, value))
        else:
            kept = gettext("You entered something else, which replaces it if you save.")
            sentences.append(f"{_describe(field, name, value)} {kept}")
    return sentences


def show(form: forms.BaseForm, name: str, value: Any) -> None:
    """Let a bound form show a value instead of the entry."""
    form.fields[name].bound_data = lambda data, initial: value  # type: ignore[method-assign]


def _merge_choices(
    form: forms.BaseForm, name: str, field: Any, value: Any, states: list[set[str]]
) -> list[str]:
    """Show the entered choices together with what somebody else added and removed."""
    before, now, entry = states
    objects = {_hash(str(field.prepare_value(one))): one for one in field.queryset}
    added, removed = now - before - entry, (before - now) & entry
    show(form, name, [objects[key] for key in (entry | added) - removed if key in objects])
    label = _label(field, name)
    return [
        sentence % {"label": label, "names": ", ".join(sorted(_name(field, one) for one in found))}
        for sentence, keys in (
            (gettext("“%(label)s”: added %(names)s."), added),
            (gettext("“%(label)s”: removed %(names)s."), removed),
        )
        if (found := [objects[key] for key in keys if key in objects])
    ]


def merge_rows(
    formset: forms.BaseFormSet, stored: forms.BaseFormSet, opened: Any, label: str
) -> str:
    """Say what changed in a formset. The result is empty if saving undoes nothing.

    If there is a result, show `stored` instead of `formset`, because rows may no longer exist.
    """
    now, rows = state_of(stored), _entered_rows(formset)
    entry = [
        {name: _entered(form, name) for name in form.fields if _is_of_row(name, form.fields[name])}
        for form in rows
    ]
    if now in (opened, entry):
        return ""
    sentence = _sentence(label, _describe_rows(stored.initial_forms))
    if entry == opened:
        return sentence
    lost = gettext("You entered: %(value)s. Enter it again if it is still right.")
    return f"{sentence} {lost % {'value': _describe_rows(rows)}}"


def _describe_rows(rows: list[forms.BaseForm]) -> str:
    return "; ".join(filter(None, map(_describe_row, rows))) or gettext("nothing")


def _describe_row(form: forms.BaseForm) -> str:
    words = [
        _words(field, form[name].value())
        for name, field in form.fields.items()
        if _is_of_row(name, field)
    ]
    return ": ".join(filter(None, words))


def _label(field: forms.Field, name: str) -> str:
    return capfirst(str(field.label or name.replace("_", " ")))


def _describe(field: forms.Field, name: str, value: Any) -> str:
    return _sentence(_label(field, name), _words(field, value))


def _sentence(label: str, words: str) -> str:
    if not words:
        return gettext("“%(label)s” was changed.") % {"label": label}
    return gettext("“%(label)s” is now: %(value)s.") % {"label": label, "value": words}


def _words(field: forms.Field, value: Any) -> str:
    """A value as people read it; empty if it is long or no simple value."""
    if isinstance(field, forms.ModelMultipleChoiceField):
        chosen = {str(key) for key in field.prepare_value(value or [])}
        found = [one for one in field.queryset or () if str(field.prepare_value(one)) in chosen]
        return ", ".join(_name(field, one) for one in found) or gettext("nothing")
    if isinstance(field, forms.BooleanField):
        return gettext("Yes") if value else gettext("No")
    if isinstance(field, forms.FileField) or isinstance(value, StreamValue):
        return ""
    if value in (None, ""):
        return gettext("nothing")
    if isinstance(field, forms.ModelChoiceField):
        key = field.to_field_name or "pk"
        queryset: Any = field.queryset
        one = queryset.filter(**{key: field.prepare_value(value)}).first()
        return field.label_from_instance(one) if one else str(value)
    if isinstance(field, forms.ChoiceField):
        return str(dict(_flat(field.choices)).get(value, value))
    if isinstance(value, datetime):
        return date_format(localtime(value), "DATETIME_FORMAT")
    if isinstance(field.widget, DraftailRichTextArea):
        shown = strip_tags(str(value)).rstrip(".")
    else:
        shown = str(field.widget.format_value(field.prepare_value(value))).rstrip(".")
    return shown if len(shown) <= MAX_LENGTH else ""


def _name(field: Any, one: Model) -> str:
    return one.name if isinstance(one, Permission) else field.label_from_instance(one)


def _flat(choices: Any) -> Any:
    for value, label in choices:
        yield from label if isinstance(label, (list, tuple)) else [(value, label)]
