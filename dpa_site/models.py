from django.db import models
from django.db.models.functions import Now


class Edge(models.Model):
    """The edge cache of one machine. `web` and the worker on that machine empty it."""

    name = models.CharField(max_length=60, unique=True)
    seen_at = models.DateTimeField(db_default=Now())  # when `web` or the worker last ran

    def __str__(self) -> str:
        return self.name


class Takedown(models.Model):
    """A committed change that took something down. It does not store what was taken down.

    Database triggers create it (`dpa_site/caching/takedowns.py`).
    """

    at = models.DateTimeField(db_default=Now())
    edges = models.ManyToManyField(Edge)  # whose caches have been emptied since

    def __str__(self) -> str:
        return f"Takedown at {self.at}"


class LastError(models.Model):
    """The last error of each kind of background job."""

    job = models.CharField(max_length=100, unique=True)
    error = models.CharField(max_length=100)  # the class only: a message may contain personal data
    at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.error} in {self.job}"
