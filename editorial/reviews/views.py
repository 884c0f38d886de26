from datetime import timedelta

from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from wagtail.admin.views.reports import PageReportView
from wagtail.permissions import page_permission_policy
from wagtail.query import PageQuerySet

from editorial.reviews.mails import due_by

REPORT_PERIOD = timedelta(days=30)


class ReviewsView(PageReportView):
    """Report of pages due for review, now or within 30 days, the longest overdue first."""

    page_title = _("Reviews")
    header_icon = "calendar-check"
    index_url_name = "reviews_report"
    index_results_url_name = "reviews_report_results"
    results_template_name = "editorial/reviews_results.html"
    list_export = ["title", "next_review", "owner", "full_url"]
    export_headings = {
        "next_review": _("Next review"),
        "owner": _("Owner"),
        "full_url": _("URL"),
    }
    any_permission_required = ["add", "change", "publish"]

    def get_queryset(self) -> PageQuerySet:
        mine = page_permission_policy.instances_user_has_permission_for(self.request.user, "change")
        self.queryset = due_by(localdate() + REPORT_PERIOD, mine)
        return super().get_queryset()

    def get_context_data(self, *args: object, **kwargs: object) -> dict:
        return super().get_context_data(*args, **kwargs) | {"today": localdate()}
