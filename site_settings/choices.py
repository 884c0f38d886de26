from django.db import models
from django.utils.translation import gettext_lazy as _


class QuickExit(models.TextChoices):
    """On which pages the quick exit link is shown."""

    EVERYWHERE = "everywhere", _("on every page")
    STORIES_AND_HELP = "stories-and-help", _("on stories and urgent help")
    NOWHERE = "nowhere", _("nowhere")


class PageQuickExit(models.TextChoices):
    """Whether one page shows the quick exit link."""

    AS_SITE = "", _("same as the site settings")
    SHOWN = "shown", _("shown")
    HIDDEN = "hidden", _("hidden")
