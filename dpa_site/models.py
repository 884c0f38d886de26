from django.db import models
from django.db.models.functions import Now


class Takedown(models.Model):
    """A committed change that took something down; does not say what.

    Database triggers create it (`dpa_site/caching/takedowns.py`).
    """

    at = models.DateTimeField(db_default=Now())
    # How many workers have emptied the cache of the edge on their machine since.
    workers = models.PositiveSmallIntegerField(db_default=0)

    def __str__(self) -> str:
        return f"Takedown at {self.at}"
