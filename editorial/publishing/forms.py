from collections.abc import Mapping
from typing import Any

from editorial.publishing.drafts import DraftForm
from site_settings.time_zone import describe_time_zone

PUBLISHING = ("action-publish", "action-submit", "action-restart-workflow")


class PublishingForm(DraftForm):
    """Page form that shows publishing errors next to their fields and keeps the input.

    `editorial.publishing.rules` enforces the same rules for every other way to publish.
    """

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for name in {"go_live_at", "expire_at"} & self.fields.keys():
            self.fields[name].help_text = describe_time_zone()

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # private, so unknown to django-stubs
        if _is_to_be_published(self.data):
            reasons: dict[str | None, list[str]] = {}
            for name, sentence in self.instance.publishing_errors():
                reasons.setdefault(name if name in self.fields else None, []).append(sentence)
            for name, sentences in reasons.items():
                # Joined, because a StreamField shows only the first of several errors.
                self.add_error(name, " ".join(dict.fromkeys(sentences)))


def _is_to_be_published(data: Mapping[str, Any]) -> bool:
    """Whether the submit button publishes, schedules, submits for moderation or approves."""
    approves = "action-workflow-action" in data and data.get("workflow-action-name") == "approve"
    return approves or any(name in data for name in PUBLISHING)
