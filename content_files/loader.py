"""Saves a checked folder to the database, and records the result of loading each file."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import cast

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models import ExpressionWrapper
from django.utils import timezone, translation
from modelcluster.fields import ParentalManyToManyField
from wagtail.fields import StreamField
from wagtail.models import Locale, Page, Site

from consent.changes import change, had_stricter_copy, has_stricter_copy
from consent.mixins import HasConsent
from consent.models import ConsentRecord
from content_files import consent_fields, fingerprints, pictures
from content_files.errors import name_refused_file
from content_files.markdown import PAGE_LINK
from content_files.models import SETTINGS_KEY, LoadedFile
from content_files.page_file import PageFile
from content_files.pictures import PictureFile
from content_files.reader import Folder
from content_files.schema import TRANSLATION_FIELDS
from content_files.targets import Ref
from content_files.withdrawals import withdrawn_key
from editorial.publishing.rules import publishing_error_messages
from mission.models import HomePage
from pictures.models import Picture
from site_settings.models import SiteSettings

# Takes the steps of a load and their number. Yields each step, and shows how many are done.
Progress = Callable[[Iterable[None], int], Iterable[None]]


@dataclass
class Report:
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    notes: list[str] = field(default_factory=list)


def conflicts(folder: Folder) -> Iterator[str]:
    """Yield messages about editors' pages that prevent loading this folder."""
    known = {record.key: record.object_id for record in LoadedFile.objects.all()}
    if "home" not in known:
        if HomePage.objects.exists():
            yield "this site has a home page that was not loaded from files. Nothing was loaded."
        return
    for page in folder.pages:
        if page.language and page.key not in known:
            original = Page.objects.filter(pk=known.get(page.name)).first()
            if original and original.get_translations().filter(locale__language_code=page.language):
                yield f"{page.file}, line 1: an editor translated this page. Delete the file."
        parent = Page.objects.filter(pk=known.get(page.parent)).first()
        if page.key in known or parent is None:
            continue
        if parent.get_children().filter(slug=page.slug).exists():
            yield f"{page.file}, line 1: an editor made a page with this URL. Rename the file."


def load(folder: Folder, *, update: bool, progress: Progress) -> Report:
    """Create new content; with `update`, also apply changed files. Runs in one transaction."""
    with transaction.atomic(), translation.override(settings.LANGUAGE_CODE):
        return _Load(folder, update).run(progress)


def _default_of(field: models.Field, page: Page) -> object:
    """The default of the model or database as a value, because revisions cannot store SQL."""
    if not field.has_db_default():
        return field.get_default()
    if not hasattr(field.db_default, "resolve_expression"):
        return field.db_default
    expression = ExpressionWrapper(cast("models.Expression", field.db_default), output_field=field)
    rows = type(page)._base_manager.filter(pk=page.pk)
    return rows.values_list(expression, flat=True).get()


class _Load:
    def __init__(self, folder: Folder, update: bool) -> None:
        self.folder, self.update = folder, update
        self.report = Report()
        self.records = {record.key: record for record in LoadedFile.objects.all()}
        self.ids = {key: record.object_id for key, record in self.records.items()}

    def run(self, progress: Progress) -> Report:
        due = [page for page in self.folder.pages if self._is_due(page)]
        total = len(self.folder.pictures) + 2 * len(due)
        for _step in progress(self._steps(due), total):
            pass
        with name_refused_file("home.md"):
            self._load_settings()
        return self.report

    def _steps(self, due: list[PageFile]) -> Iterator[None]:
        for picture in self.folder.pictures:
            with name_refused_file(picture.key):
                self._load_picture(picture)
            yield
        # Create all pages first, so that each can refer to any other.
        for page in due:
            if page.key not in self.records:
                with name_refused_file(page.file):
                    self._create(page)
            yield
        for page in self.folder.pages:
            if page.file_type.consent_fields and not page.language:
                with name_refused_file(page.file):
                    self._load_consent_of_page(page)
        for page in due:
            with name_refused_file(page.file):
                self._fill(page)
            yield

    # --- Consent

    def _load_consent_of_page(self, file: PageFile) -> None:
        page = file.file_type.model.objects.filter(pk=self.ids.get(file.key)).first()
        if page:
            self._load_consent(file.key, cast("HasConsent", page), file.consent)

    def _load_consent(
        self, key: str, item: HasConsent, written: dict[str, object], *, is_new: bool = False
    ) -> None:
        """Set the consent of `item`, unless it was changed in the CMS since the file was loaded.

        `is_new` means that this run created the record.
        """
        values = consent_fields.with_defaults(written)
        digest = hashlib.sha256(repr(values).encode()).hexdigest()
        consent_key = f"{key}#consent"
        loaded = None if is_new else self.records.get(consent_key)
        if loaded and (loaded.digest == digest or not self.update):
            return
        record = ConsentRecord.objects.select_for_update().get(pk=item.consent_id)
        if loaded and loaded.state != fingerprints.of_consent(record):
            if any(getattr(record, name) != value for name, value in values.items()):
                self.report.notes.append(
                    f"{key}: consent changed in the files and in the CMS. The consent in the CMS "
                    "was kept."
                )
            return
        shown = str(values["shown"])
        if shown and not record.shown and has_stricter_copy(record, shown):
            self.report.notes.append(
                f"{key}: the same picture exists already, with a stricter consent. Use that one. "
                "This one is not public before somebody says in the CMS who is shown in it."
            )
        elif shown and not record.shown and had_stricter_copy(record, shown):
            self.report.notes.append(
                f"{key}: the same picture existed before, with a stricter consent. It is not "
                "public before somebody says in the CMS who is shown in it."
            )
        else:
            item.consent = change(record.pk, values, seen=record.digest, user=None)
            if loaded:
                self.report.notes.append(f"{key}: consent changed as the file says.")
        state = fingerprints.of_consent(item.consent)
        LoadedFile.objects.update_or_create(
            key=consent_key, defaults={"digest": digest, "object_id": item.pk, "state": state}
        )

    # --- Pictures

    def _load_picture(self, file: PictureFile) -> None:
        if withdrawn_key(file.key) in self.records:
            self.report.notes.append(
                f"{file.key}: skipped because it was withdrawn. Delete the file."
            )
            return
        record = self.records.get(file.key)
        picture = Picture.objects.filter(pk=record.object_id).first() if record else None
        state = fingerprints.of_picture(picture) if picture else None
        is_due = record is None or (
            record.digest != file.digest and self._may_update(file.key, state)
        )
        consent_before = picture.consent_id if picture else None
        if is_due:
            picture = pictures.save(file, picture)
        if picture:
            is_new = picture.consent_id != consent_before
            self._load_consent(file.key, picture, file.consent, is_new=is_new)
        if picture and is_due:
            picture.make_sizes()
            self._record_load(file.key, file.digest, picture.pk, fingerprints.of_picture(picture))
        else:
            self.report.unchanged += 1

    # --- Pages

    def _is_due(self, page: PageFile) -> bool:
        record = self.records.get(page.key)
        if withdrawn_key(page.key) in self.records:
            self.report.notes.append(
                f"{page.key}: skipped because it was withdrawn. Delete the file."
            )
            return False
        if record is None:
            if page.parent and page.parent in self.records and not self._exists(page.parent):
                self.report.notes.append(
                    f"{page.key}: skipped because its parent page was deleted."
                )
                return False
            return True
        current = cast("Page | None", Page.objects.filter(pk=record.object_id).first())
        state = fingerprints.of_page(current) if current else None
        if record.digest == page.digest or not self._may_update(page.key, state):
            self.report.unchanged += 1
            return False
        return True

    def _exists(self, key: str) -> bool:
        return Page.objects.filter(pk=self.ids[key]).exists()

    def _create(self, page: PageFile) -> None:
        new = page.file_type.model(title=str(page.values["title"]), slug=page.slug, live=False)
        # The other fields can be empty until all pages exist.
        for name in page.file_type.required:
            self._set_value(new, page, name)
        if page.language:
            self._make_translation(new, page)
        if page.key == "home":
            self._create_home(cast("HomePage", new))
        elif page.name == "home":
            Page.get_first_root_node().add_child(instance=new)
        else:
            Page.objects.get(pk=self.ids[page.parent]).add_child(instance=new)
        self.ids[page.key] = new.pk

    def _make_translation(self, new: Page, page: PageFile) -> None:
        original = cast("Page", page.file_type.model.objects.get(pk=self.ids[page.name]))
        new.locale = Locale.objects.get_or_create(language_code=page.language)[0]
        new.translation_key = original.translation_key
        if page.name == "home":
            new.slug = f"{original.slug}-{page.language}"
        if isinstance(new, HasConsent):
            new.consent = cast("HasConsent", original).consent

    def _create_home(self, home: HomePage) -> None:
        site = Site.objects.filter(is_default_site=True).select_related("root_page").first()
        root = Page.get_first_root_node()
        # Without a locale of its own, the home page would get the locale that Wagtail's first
        # migration gave the root page, which may not be the main language.
        home.locale = Locale.objects.get_or_create(language_code=settings.LANGUAGE_CODE)[0]
        welcome = site.root_page if site else None
        if welcome and welcome.depth > 1:  # Wagtail's default home page, whose slug ours needs
            default_home = Page.objects.filter(pk=welcome.pk)
            default_home.update(slug="welcome-to-wagtail")  # type: ignore[misc]
        root.add_child(instance=home)
        site = site or Site(is_default_site=True, hostname="localhost")
        site.root_page = home
        site.site_name = str(self.folder.settings.get("organization", ""))
        site.save()
        if welcome and welcome.depth > 1:
            Page.objects.get(pk=welcome.pk).delete()

    def _fill(self, file: PageFile) -> None:
        page = cast("Page", file.file_type.model.objects.get(pk=self.ids[file.key]))
        body = filter(None, [file.file_type.files.body])
        own = (name for name in file.file_type.fields if name not in file.file_type.consent_fields)
        for name in (*own, *TRANSLATION_FIELDS, *body):
            self._set_value(page, file, name)
        if file.published_on:
            noon = datetime.combine(file.published_on, time(12))
            page.first_published_at = timezone.make_aware(noon)
        if file.name != "home":
            page.slug = file.slug
        self._reorder(page, file)
        if reasons := publishing_error_messages(page):
            page.live = False
            self.report.notes.append(f"{file.key}: kept as a draft. {' '.join(reasons)}")
        page.save()  # publishing a revision keeps the page's first_published_at
        revision = page.save_revision()
        if not reasons:
            revision.publish()
        page.refresh_from_db()
        self._record_load(file.key, file.digest, page.pk, fingerprints.of_page(page))

    def _set_value(self, page: Page, file: PageFile, name: str) -> None:
        """Set a field to its value in the file, or to its default."""
        field = file.file_type.field(name)
        value = file.values.get(name)
        if isinstance(field, ParentalManyToManyField):
            refs: list[Ref] = value or []  # type: ignore[assignment]
            ids = [self.ids[ref.key] for ref in refs if ref.key in self.ids]
            value = list(field.related_model._default_manager.filter(pk__in=ids))
        elif name not in file.values:
            value = _default_of(field, page)
        elif isinstance(field, StreamField):
            value = json.dumps(self._resolve_refs(value), cls=DjangoJSONEncoder)
        elif isinstance(value, Ref):
            # An editor may have deleted a page or picture that the file still names.
            related = cast("type[models.Model]", field.related_model)
            value = related._default_manager.filter(pk=self._resolve_refs(value)).first()
        else:
            value = self._resolve_refs(value)
        setattr(page, name, value)

    def _reorder(self, page: Page, file: PageFile) -> None:
        """Move a page among its siblings, so that they follow the numbers in their file names."""
        numbers = {
            self.ids[other.key]: other.number
            for other in self.folder.pages
            if other.section == file.section and "/" in other.name and other.key in self.ids
        }
        siblings = list(page.get_siblings().order_by("path"))
        position = [sibling.pk for sibling in siblings].index(page.pk)
        later = [i for i, s in enumerate(siblings) if numbers.get(s.pk, -1) > file.number]
        earlier = [i for i, s in enumerate(siblings) if numbers.get(s.pk, 10**9) < file.number]
        if later and later[0] < position:
            Page.objects.get(pk=page.pk).move(siblings[later[0]], pos="left")
        elif earlier and earlier[-1] > position:
            Page.objects.get(pk=page.pk).move(siblings[earlier[-1]], pos="right")
        moved = cast("Page", Page.objects.get(pk=page.pk))
        page.path, page.depth, page.url_path = moved.path, moved.depth, moved.url_path

    # --- Site settings

    def _load_settings(self) -> None:
        if not self._exists("home"):
            return
        site = Site.objects.filter(root_page_id=self.ids["home"]).first()
        if site is None or not self.folder.settings:
            return
        found = SiteSettings.for_site(site)
        written = repr(sorted(self.folder.settings.items()))
        digest = hashlib.sha256(written.encode()).hexdigest()
        record = self.records.get(SETTINGS_KEY)
        if record and (
            record.digest == digest
            or not self._may_update(SETTINGS_KEY, fingerprints.of_settings(found))
        ):
            self.report.unchanged += 1
            return
        for name, value in self.folder.settings.items():
            value = self._resolve_refs(value)
            attribute = cast("models.Field", SiteSettings._meta.get_field(name)).attname
            if isinstance(value, list):
                value = json.dumps(value, cls=DjangoJSONEncoder)
            setattr(found, attribute, value)
        found.save()
        self._record_load(SETTINGS_KEY, digest, found.pk, fingerprints.of_settings(found))

    # --- Shared

    def _may_update(self, key: str, state: str | None) -> bool:
        """Whether a changed file may overwrite the CMS object.

        Only with `--update`, and only if no editor has changed or deleted the object.
        """
        if not self.update:
            return False
        if state is None:
            self.report.notes.append(
                f"{key}: changed in the files, but deleted in the CMS. Not loaded."
            )
            return False
        if state != self.records[key].state:
            self.report.notes.append(
                f"{key}: changed in the files and by an editor. The editor's version was kept."
            )
            return False
        return True

    def _record_load(self, key: str, digest: str, pk: int, state: str) -> None:
        if key in self.records:
            self.report.updated += 1
        else:
            self.report.created += 1
        self.ids[key] = pk
        LoadedFile.objects.update_or_create(
            key=key, defaults={"digest": digest, "object_id": pk, "state": state}
        )

    def _resolve_refs(self, value: object) -> object:
        """Return `value` with `Ref`s replaced by pks."""
        if isinstance(value, Ref):
            return self.ids.get(value.key)  # None if that page or picture was skipped
        if isinstance(value, list):
            return [self._resolve_refs(item) for item in value]
        if isinstance(value, dict):
            return {name: self._resolve_refs(item) for name, item in value.items()}
        if isinstance(value, str):
            return PAGE_LINK.sub(
                lambda m: f'<a linktype="page" id="{self.ids.get(m[1], 0)}">', value
            )
        return value
