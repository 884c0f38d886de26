from collections.abc import Callable

from django.apps import apps
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse


class BulkActionMiddleware:
    """Answer 404 to bulk actions with an unknown model or an invalid `id`; Wagtail answers 500."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, callback: Callable, args: tuple, kwargs: dict
    ) -> None:
        if not request.resolver_match or request.resolver_match.view_name != "wagtail_bulk_action":
            return
        try:
            pk = apps.get_model(kwargs["app_label"], kwargs["model_name"])._meta.pk
            for value in request.GET.getlist("id"):
                if value != "all":
                    pk.to_python(value)
        except (LookupError, ValidationError):
            raise Http404 from None
