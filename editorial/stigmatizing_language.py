"""Stigmatizing words and what to write instead."""

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class Wording(models.Model):
    """A word that the content checker warns about. It does not block publishing."""

    word = models.CharField(
        _("word"),
        max_length=80,
        help_text=_("One or more words, in the singular, for example “addict”."),
    )
    instead = models.CharField(
        _("write instead"),
        max_length=200,
        help_text=_("Words or a sentence, for example “person who uses drugs”."),
    )

    class Meta:
        verbose_name = _("word that hurts")
        verbose_name_plural = _("words that hurt")
        ordering = ["word"]
        constraints = [
            models.UniqueConstraint(
                Lower("word"),
                name="one_wording_a_word",
                violation_error_message=_("This word is already in the list."),
            )
        ]

    def __str__(self) -> str:
        return self.word

    @property
    def rule(self) -> str:
        """Id of the word's rule in the content checker."""
        return f"wording-{self.pk}"
