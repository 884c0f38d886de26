"""Lets autosave overwrite the latest version of a page only if no words or blocks are lost."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.utils.timezone import now
from wagtail.models import PageLogEntry, Revision

from site_settings.fields import StreamField

# Keys in the content of a version: the ID of the form that saved the version, and the number of
# that save; see editorial.lost_answers.
FORM_ID, SAVE_NUMBER = "form_id", "save_number"
# Autosave may replace a few words by others, such as a word that is still being typed.
REPLACED = 5
BLOCK_KEY = re.compile(r' data-block-key="[^"]*"')
TAG_NAME = re.compile(r"</?\w+")
WORD = re.compile(r"\w+")


def loses_content(old: Counter, new: Counter, former: Counter) -> bool:
    """Whether a block or words of `old` would be lost, because neither `new` nor `former` has them.

    Up to REPLACED words may be missing if at least as many words were added.
    """
    missing = old - (new | former)
    is_block_missing = any(isinstance(part, tuple) for part in missing)
    return is_block_missing or missing.total() > min((new - old).total(), REPLACED)


def parts_of(content: dict, model: type[models.Model]) -> Counter:
    """The words, the IDs of blocks, and the chosen objects in the content of a version."""
    parts: Counter = Counter()
    for field in (*model._meta.concrete_fields, *model._meta.many_to_many):
        if field.editable and field.name in content:
            value = content[field.name]
            if isinstance(field, StreamField) and value:
                value = json.loads(value)
            parts.update(_parts(value, field.name))
    return parts


def _parts(value: Any, name: str) -> Iterator[str | tuple[str, str]]:
    if isinstance(value, str):
        text = TAG_NAME.sub(" ", BLOCK_KEY.sub("", value))
        yield from WORD.findall(unescape(text))
    elif isinstance(value, list):
        for each in value:
            yield from _parts(each, name)
    elif isinstance(value, dict):
        is_block = {"type", "value", "id"} <= value.keys()
        if is_block:
            yield "block", value["id"]
            yield from _parts(value["value"], name)
        else:
            for key, each in value.items():
                yield from _parts(each, key)
    elif value is not None and not isinstance(value, bool):
        yield f"{name} {value}"  # a chosen page, picture or document


class KeepsVersions(models.Model):
    """A page whose latest version autosave overwrites only if no words or blocks are lost."""

    form_id, save_number = "", 0
    newer_version: Revision | None = None  # saved after the editor opened the form
    refusal = ""  # why the form cannot be saved any more

    class Meta:
        abstract = True

    def serializable_data(self) -> dict:
        """The content of a version, with the ID of the form that saves it."""
        data = super().serializable_data()  # type: ignore[misc]
        if self.form_id:
            data |= {FORM_ID: self.form_id, SAVE_NUMBER: self.save_number}
        return data

    def save_revision(
        self,
        user: AbstractBaseUser | None = None,
        *args: Any,
        overwrite_revision: Revision | None = None,
        **kwargs: Any,
    ) -> Revision:
        # Wagtail refuses to overwrite any other version.
        may_overwrite = (
            overwrite_revision
            and overwrite_revision == self.get_latest_revision()  # type: ignore[attr-defined]
            and overwrite_revision.user_id == (user and user.pk)
        )
        if overwrite_revision and may_overwrite and self._would_lose(overwrite_revision):
            overwrite_revision = None
        elif overwrite_revision and may_overwrite and kwargs.get("log_action") is True:
            # Instead of one entry per autosave, the history has one entry per version, with the
            # time of its last autosave.
            entries = PageLogEntry.objects.filter(
                page=self.pk,
                revision=overwrite_revision,
                user=overwrite_revision.user_id,
                action="wagtail.edit",
            )
            if entries.update(timestamp=now()):
                kwargs["log_action"] = False
        return super().save_revision(  # type: ignore[misc]
            user, *args, overwrite_revision=overwrite_revision, **kwargs
        )

    def _would_lose(self, revision: Revision) -> bool:
        versions = self.revisions.order_by("-created_at", "-pk")  # type: ignore[attr-defined]
        # While a text is deleted word by word, the version before has all its words.
        former = versions.exclude(pk=revision.pk).first()
        contents = (
            revision.content,
            self.serializable_data(),
            former.content if former else {},
        )
        return loses_content(*(parts_of(content, type(self)) for content in contents))
