from django.http import QueryDict
from wagtail.admin.forms.pages import WagtailAdminPageForm

PUBLISHING = ("action-publish", "action-submit", "action-restart-workflow")


class PublishingForm(WagtailAdminPageForm):
    """Says beside each field what keeps the page a draft, while all that was typed is still there.

    `editorial.publishing` refuses such a page on every path; this is the friendly one.
    """

    def _post_clean(self) -> None:
        super()._post_clean()
        if _is_to_be_published(self.data):
            reasons: dict[str | None, list[str]] = {}
            for name, sentence in self.instance.reasons_to_stay_draft():
                reasons.setdefault(name if name in self.fields else None, []).append(sentence)
            for name, sentences in reasons.items():
                # In one piece: of several errors a stream shows only the first.
                self.add_error(name, " ".join(dict.fromkeys(sentences)))


def _is_to_be_published(data: QueryDict) -> bool:
    """Whether this was sent by a button that publishes, schedules, submits or approves."""
    approves = "action-workflow-action" in data and data.get("workflow-action-name") == "approve"
    return approves or any(name in data for name in PUBLISHING)
