"""How many took part: counts of days, and nothing of anybody. They stay."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import models
from django.db.models import F, Sum
from django.utils.formats import number_format
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

SHOWN_FROM = 20  # fewer would say too much of each of them


class DayCount(models.Model):
    """How many people confirmed on one day. It stays when they are deleted."""

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
    def take_away(cls, action: UUID, day: date) -> None:
        cls.objects.filter(action=action, day=day, number__gt=0).update(number=F("number") - 1)


@dataclass(frozen=True)
class Count:
    """What readers are told of a number: never more than there are, and nothing of few."""

    number: int
    goal: int | None = None

    @classmethod
    def of(cls, action: UUID, goal: int | None = None) -> "Count":
        total = DayCount.objects.filter(action=action).aggregate(total=Sum("number"))["total"]
        return cls(total or 0, goal)

    @property
    def is_shown(self) -> bool:
        return self.number >= SHOWN_FROM

    @property
    def rounded(self) -> int:
        return self.number // 10 * 10 if self.number < 1000 else self.number // 100 * 100

    @property
    def words(self) -> str:
        return number_format(self.rounded, force_grouping=True)

    @property
    def goal_words(self) -> str:
        return number_format(self.goal, force_grouping=True) if self.goal else ""

    @property
    def percent(self) -> int:
        return min(100, self.rounded * 100 // self.goal) if self.goal else 0
