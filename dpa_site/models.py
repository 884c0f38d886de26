from django.db import models
from django.db.models.functions import Now


class Edge(models.Model):
    """The cache of the edge on one machine, which `web` and the worker there empty."""

    name = models.CharField(max_length=60, unique=True)
    seen_at = models.DateTimeField(db_default=Now())  # when one of them last ran

    def __str__(self) -> str:
        return self.name


class Takedown(models.Model):
    """A committed change that took something down. It does not store what.

    Database triggers create it (`dpa_site/caching/takedowns.py`).
    """

    at = models.DateTimeField(db_default=Now())
    edges = models.ManyToManyField(Edge)  # that have been emptied since

    def __str__(self) -> str:
        return f"Takedown at {self.at}"
