from django.db import models
from django.utils.translation import gettext_lazy as _


class Speaker(models.TextChoices):
    """The law treats the two differently, so readers are told which of them is speaking."""

    ORGANISATION = "organisation", _("The organization")
    ACTION_FUND = "action-fund", _("Its action fund")
