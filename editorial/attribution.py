from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Speaker(models.TextChoices):
    """The organization that a page speaks for. The law treats the two organizations differently."""

    ORGANIZATION = "organization", _("The organization")
    ACTION_FUND = "action-fund", _("Its action fund")


def speaker_name(page: models.Model, site: Any) -> str:
    """Name of the organization that `page` speaks for. `site` is the page's SiteSettings."""
    is_fund = getattr(page, "speaker", None) == Speaker.ACTION_FUND
    return (is_fund and site.action_fund) or site.organization
