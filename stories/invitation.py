from django.conf import settings
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class StoryInvitation(models.Model):
    """Mixin for story lists: the setting that lets readers submit a story."""

    takes_stories = models.BooleanField(
        _("readers can send their story"),
        default=False,
        help_text=_(
            "Shows “Share your story” in every language that has this list. Each story arrives as "
            "a draft, and story stewards get an email."
        ),
    )

    class Meta:
        abstract = True

    @property
    def invites_stories(self) -> bool:
        """`takes_stories` of the list in the default language, which applies to all languages."""
        main = settings.LANGUAGE_CODE
        if get_language() == main:
            return self.takes_stories
        # `translation_key` is a field of the page class that is combined with this mixin.
        key = self.translation_key  # type: ignore[attr-defined]
        lists = type(self)._default_manager.filter(translation_key=key)  # type: ignore[misc]
        found = lists.filter(locale__language_code=main, takes_stories=True)  # type: ignore[misc]
        return found.exists()
