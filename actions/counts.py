"""Participant counts per action and day. They hold no personal data and are never purged."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import models
from django.db.models import F, Sum
from django.utils.formats import number_format
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

MIN_SHOWN = 20  # lower counts would reveal too much about individuals


class DayCount(models.Model):
    """Number of people who confirmed on one day."""

    action = models.UUIDField()
    day = models.DateField()
    number = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("daily count")
        constraints = [models.UniqueConstraint("action", "day", name="one_count_a_day")]

    def __str__(self) -> str:
        return f"{self.day}: {self.number}"

    @classmethod
    def add(cls, action: UUID) -> None:
        day, _new = cls.objects.get_or_create(action=action, day=localdate())
        cls.objects.filter(pk=day.pk).update(number=F("number") + 1)

    @classmethod
    def subtract(cls, action: UUID, day: date) -> None:
        cls.objects.filter(action=action, day=day, number__gt=0).update(number=F("number") - 1)


@dataclass(frozen=True)
class Count:
    """A count as shown to readers: rounded down, and hidden below MIN_SHOWN."""

    number: int
    goal: int | None = None

    @classmethod
    def of(cls, action: UUID, goal: int | None = None) -> "Count":
        total = DayCount.objects.filter(action=action).aggregate(total=Sum("number"))["total"]
        return cls(total or 0, goal)

    @property
    def is_shown(self) -> bool:
        return self.number >= MIN_SHOWN

    @property
    def rounded(self) -> int:
        return self.number // 10 * 10 if self.number < 1000 else self.number // 100 * 100

    @property
    def formatted(self) -> str:
        return number_format(self.rounded, force_grouping=True)

    @property
    def formatted_goal(self) -> str:
        return number_format(self.goal, force_grouping=True) if self.goal else ""

    @property
    def percent(self) -> int:
        return min(100, self.rounded * 100 // self.goal) if self.goal else 0
