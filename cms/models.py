from datetime import date

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page


class LinkQuerySet(models.QuerySet):
    def broken(self) -> "LinkQuerySet":
        """Links that failed on two days, or once for internal pages; longest broken first.

        A single failure of an external server may be temporary.
        """
        failed_again = models.Q(answer__in=Link.BROKEN, since__lt=models.F("last_checked"))
        broken = self.filter(failed_again | models.Q(answer=Link.Answer.HIDDEN))
        return broken.order_by("since", "address")


class Link(models.Model):
    """A URL that our pages link to, and its last check result.

    Nothing is stored about who follows the link.
    """

    class Answer(models.TextChoices):
        UNASKED = "unasked", _("not checked yet")
        FINE = "fine", _("works")
        CLOSED = "closed", _("blocks automated checks")
        NOT_FOUND = "not-found", _("not found")
        FAILS = "fails", _("returns an error")
        SILENT = "silent", _("does not respond")
        PRIVATE = "private", _("points to a private network")
        HIDDEN = "hidden", _("does not exist or is not public")

    BROKEN = frozenset({Answer.NOT_FOUND, Answer.FAILS, Answer.SILENT, Answer.PRIVATE})
    MAX_LENGTH = 1000  # characters of a URL
    OWN_PAGE = "page:"  # prefix of internal page links, followed by the page pk

    address = models.CharField(max_length=MAX_LENGTH, unique=True)
    answer = models.CharField(max_length=20, choices=Answer, default=Answer.UNASKED)
    since = models.DateField(null=True)
    last_checked = models.DateField(null=True)

    objects = LinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("link")

    def __str__(self) -> str:
        if not self.address.startswith(self.OWN_PAGE):
            return self.address
        page = Page.objects.filter(pk=self.address.removeprefix(self.OWN_PAGE)).first()
        if page is None:
            return gettext("Deleted page")
        return page.get_admin_display_title()  # type: ignore[attr-defined]

    @property
    def is_elsewhere(self) -> bool:
        """Whether `address` is a URL that staff can open."""
        return self.address.startswith(("http://", "https://"))

    def record_check(self, answer: str, on: date) -> None:
        """Save a check result; `since` is the day on which the link broke or worked again."""
        if self.since is None or (answer in self.BROKEN) != (self.answer in self.BROKEN):
            self.since = on
        self.answer, self.last_checked = answer, on
        self.save()


class Place(models.Model):
    """A live page or settings object that contains a link."""

    link = models.ForeignKey(Link, on_delete=models.CASCADE, related_name="places")
    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE, related_name="+")
    object_id = models.BigIntegerField()
    content_object = GenericForeignKey()

    class Meta:
        verbose_name = _("link location")
        indexes = [models.Index(fields=["content_type", "object_id"], name="place_of_a_link")]

    def __str__(self) -> str:
        return f"{self.link_id} on {self.object_id}"
