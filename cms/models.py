from datetime import date

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page


class LinkQuerySet(models.QuerySet):
    def broken(self) -> "LinkQuerySet":
        """Links that failed on two days, and internal links that failed once; longest broken first.

        A single failure of an external server may be temporary.
        """
        failed_again = models.Q(result__in=Link.FAILURES, since__lt=models.F("last_checked"))
        broken = self.filter(failed_again | models.Q(result=Link.Result.NOT_PUBLIC))
        return broken.order_by("since", "url")


class Link(models.Model):
    """A URL or page that our pages link to, and the result of its last check.

    Nothing is stored about who follows the link.
    """

    class Result(models.TextChoices):
        UNCHECKED = "unchecked", _("not checked yet")
        WORKS = "works", _("works")
        BLOCKED = "blocked", _("blocks automated checks")
        NOT_FOUND = "not-found", _("not found")
        ERROR = "error", _("returns an error")
        NO_RESPONSE = "no-response", _("does not respond")
        PRIVATE = "private", _("points to a private network")
        NOT_PUBLIC = "not-public", _("does not exist or is not public")

    FAILURES = frozenset(Result) - {Result.UNCHECKED, Result.WORKS, Result.BLOCKED}
    MAX_LENGTH = 1000  # characters of a URL
    PAGE_PREFIX = "page:"  # begins the `url` of a link to one of our pages; the page's pk follows

    url = models.CharField(max_length=MAX_LENGTH, unique=True)
    result = models.CharField(max_length=20, choices=Result, default=Result.UNCHECKED)
    since = models.DateField(null=True)  # the day on which it began to work, or to fail
    last_checked = models.DateField(null=True)

    objects = LinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("link")

    def __str__(self) -> str:
        if not self.url.startswith(self.PAGE_PREFIX):
            return self.url
        page = Page.objects.filter(pk=self.url.removeprefix(self.PAGE_PREFIX)).first()
        if page is None:
            return gettext("Deleted page")
        return page.get_admin_display_title()  # type: ignore[attr-defined]

    @property
    def is_absolute(self) -> bool:
        """Whether `url` is an absolute URL, which staff can open."""
        return self.url.startswith(("http://", "https://"))

    def record_check(self, result: str, on: date) -> None:
        """Save the result of a check on the day `on`.

        `since` is set to that day at the first check, and when the link breaks or works again.
        Does not insert the row again if it was deleted during the check, because a URL can identify
        a person.
        """
        if self.since is None or (result in self.FAILURES) != (self.result in self.FAILURES):
            self.since = on
        self.result, self.last_checked = result, on
        Link.objects.filter(pk=self.pk).update(since=self.since, result=result, last_checked=on)


class LinkUse(models.Model):
    """A live page or settings object that contains a link."""

    link = models.ForeignKey(Link, on_delete=models.CASCADE, related_name="uses")
    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE, related_name="+")
    object_id = models.BigIntegerField()
    content_object = GenericForeignKey()

    class Meta:
        verbose_name = _("use of a link")
        indexes = [models.Index(fields=["content_type", "object_id"], name="use_of_a_link")]

    def __str__(self) -> str:
        return f"{self.link_id} on {self.object_id}"
