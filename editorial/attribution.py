from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Speaker(models.TextChoices):
    """The law treats the two differently, so readers are told which of them is speaking."""

    ORGANISATION = "organization", _("The organization")
    ACTION_FUND = "action-fund", _("Its action fund")


def who_speaks(page: models.Model, site: Any) -> str:
    """The name of it. `site` is the site's settings."""
    is_fund = getattr(page, "speaker", None) == Speaker.ACTION_FUND
    return (is_fund and site.action_fund) or site.organization
