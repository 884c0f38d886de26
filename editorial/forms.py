from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext

from editorial.drafts import DraftForm

PUBLISHING = ("action-publish", "action-submit", "action-restart-workflow")


class PublishingForm(DraftForm):
    """Says beside each field what keeps the page a draft, while all that was typed is still there.

    `editorial.publishing` refuses such a page on every path; this is the friendly one.
    """

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for name in {"go_live_at", "expire_at"} & self.fields.keys():
            self.fields[name].help_text = time_zone_in_words()

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # private, so unknown to django-stubs
        if _is_to_be_published(self.data):
            reasons: dict[str | None, list[str]] = {}
            for name, sentence in self.instance.reasons_to_stay_draft():
                reasons.setdefault(name if name in self.fields else None, []).append(sentence)
            for name, sentences in reasons.items():
                # In one piece: of several errors a stream shows only the first.
                self.add_error(name, " ".join(dict.fromkeys(sentences)))


def time_zone_in_words() -> str:
    """The zone in which the CMS shows and reads times: this user's own, or the site's."""
    words = {
        "zone": timezone.get_current_timezone_name(),
        "now": date_format(localtime(), "TIME_FORMAT"),
    }
    return gettext("Time zone: %(zone)s. Current time: %(now)s.") % words


def _is_to_be_published(data: Mapping[str, Any]) -> bool:
    """Whether this was sent by a button that publishes, schedules, submits or approves."""
    approves = "action-workflow-action" in data and data.get("workflow-action-name") == "approve"
    return approves or any(name in data for name in PUBLISHING)
