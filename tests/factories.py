"""Factories of pages, pictures and users."""

from datetime import timedelta
from functools import cache
from hashlib import sha256
from io import BytesIO
from typing import Any

import factory
import wagtail_factories
from django.core.files.base import ContentFile
from django.utils.timezone import localdate
from PIL import Image

from actions.models import ActionPage
from consent.models import ConsentRecord, Scope
from issues.models import IssueIndexPage, IssuePage
from mission.models import HomePage, StandardPage, UrgentHelpPage
from news.models import NewsIndexPage, NewsPage
from pictures.cleaning import CleanedFile, clean
from pictures.models import Picture
from staff.models import User
from stories.models import StoryIndexPage, StoryPage
from tests import databases


def picture(
    title: str = "A picture",
    *,
    size: tuple[int, int] = (60, 40),
    consent: ConsentRecord | None = None,
) -> Picture:
    """A small JPEG with alt text."""
    data = BytesIO()
    Image.new("RGB", size, _color(title)).save(data, "JPEG")
    return Picture.objects.create(
        title=title,
        description=f"{title}, described",
        consent=consent or no_one(),
        file=photograph(data.getvalue(), f"{title.lower().replace(' ', '-')}.jpg"),
    )


def photograph(data: bytes, name: str) -> ContentFile:
    """A cleaned photograph for `Picture.file`, which does not clean it again."""
    file = ContentFile(data, name)
    file.clean = _clean(data)  # type: ignore[attr-defined]  # read by `OriginalFile.save`
    return file


@cache
def _clean(data: bytes) -> CleanedFile:
    """Clean each photograph only once, because each cleaning starts a process."""
    return clean(data)


def drawing(title: str = "A drawing", *, consent: ConsentRecord | None = None) -> Picture:
    """An SVG picture with alt text."""
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 200" width="300" height="200">'
        f'<circle cx="150" cy="100" r="80" fill="{_color(title)}"/></svg>'
    )
    return Picture.objects.create(
        title=title,
        description=f"{title}, described",
        consent=consent or no_one(),
        file=ContentFile(svg.encode(), name="drawing.svg"),
    )


def _color(title: str) -> str:
    """A color that depends on the title, so that no two pictures have the same file."""
    return f"#{sha256(title.encode()).hexdigest()[:6]}"


def numbered(name: str) -> factory.Sequence:
    """`name` and a number that differs for each object.

    In a template database, the name of its `Content` precedes the number, because each test process
    counts from 0 again.
    """
    return factory.Sequence(lambda number: f"{name} {databases.being_made}{number}")


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = numbered("editor")


class HomePageFactory(wagtail_factories.PageFactory):
    class Meta:
        model = HomePage

    title = "Home"
    hero_statement = "We are here"


class IssueIndexPageFactory(wagtail_factories.PageFactory):
    class Meta:
        model = IssueIndexPage

    title = "Issues"


class IssuePageFactory(wagtail_factories.PageFactory):
    class Meta:
        model = IssuePage

    title = numbered("Issue")


class StoryIndexPageFactory(wagtail_factories.PageFactory):
    class Meta:
        model = StoryIndexPage

    title = "Stories"


class StoryPageFactory(wagtail_factories.PageFactory):
    class Meta:
        model = StoryPage

    title = numbered("Story")
    consent = factory.LazyFunction(lambda: no_one())


class NewsIndexPageFactory(wagtail_factories.PageFactory):
    class Meta:
        model = NewsIndexPage

    title = "News"


class NewsPageFactory(wagtail_factories.PageFactory):
    class Meta:
        model = NewsPage

    title = numbered("News")
    outlet = "The Daily"  # the type “In the media” needs this field and the next
    outlet_url = "https://www.example.org/article"


class StandardPageFactory(wagtail_factories.PageFactory):
    class Meta:
        model = StandardPage

    title = numbered("Page")


class UrgentHelpPageFactory(wagtail_factories.PageFactory):
    class Meta:
        model = UrgentHelpPage

    title = "If somebody will not wake up, call"


class ActionPageFactory(wagtail_factories.PageFactory):
    class Meta:
        model = ActionPage

    title = numbered("Action")
    what_follows = "We write to you again."


def factory_of(model: type) -> Any:
    name = f"{model.__name__}Factory"
    assert name in globals(), f"tests/factories.py has no {name}. Add it."
    return globals()[name]


def consent(**but: Any) -> ConsentRecord:
    """A complete record of a recognizable person. `but` overrides fields of the record."""
    values = {
        "shown": "recognizable",
        "basis": "form",
        "form_reference": "F-17",
        "given_on": localdate() - timedelta(days=30),
        "expires_on": localdate() + timedelta(days=700),
    } | but
    if "steward" not in values:
        values["steward"] = UserFactory(email="steward@example.org")
    return ConsentRecord.objects.create(**values)


def no_one() -> ConsentRecord:
    """A record of a picture or story that shows nobody. It allows every scope."""
    scopes = {f"for_{scope}": True for scope in Scope.values}
    return ConsentRecord.objects.create(shown="no-one", **scopes)
