from django.db import models
from django.utils.translation import gettext_lazy as _


class NewsType(models.TextChoices):
    PRESS_RELEASE = "press-release", _("Press release")
    STATEMENT = "statement", _("Statement")
    BLOG = "blog", _("Blog")
    IN_THE_MEDIA = "in-the-media", _("In the media")
