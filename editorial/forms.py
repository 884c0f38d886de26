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
            for name, sentence in self.instance.reasons_to_stay_draft():
                self.add_error(name if name in self.fields else None, sentence)


def _is_to_be_published(data: QueryDict) -> bool:
    """Whether this was sent by a button that publishes, schedules, submits or approves."""
    approves = "action-workflow-action" in data and data.get("workflow-action-name") == "approve"
    return approves or any(name in data for name in PUBLISHING)
