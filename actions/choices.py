from django.db import models
from django.utils.translation import gettext_lazy as _


class ActionType(models.TextChoices):
    JOIN = "join", _("Join")
    PETITION = "petition", _("Petition")
    LETTER = "letter", _("Letter")


class ActionState(models.TextChoices):
    OPEN = "open", _("Open")
    WON = "won", _("Won")
    CLOSED = "closed", _("Closed")
