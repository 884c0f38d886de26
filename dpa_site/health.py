"""Pages for monitoring: /-/live, /-/ready, /-/health and /-/metrics."""

from collections.abc import Callable

from django.core.files.storage import default_storage
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import translation

from dpa_site import migrations_state
from dpa_site.observability import database_state, health_checks, metrics
from dpa_site.version import VERSION


class HealthMiddleware:
    """Responds before host, HTTPS and session checks, because probes use an IP address and HTTP."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.views = {
            "/-/live": live,
            "/-/ready": self.ready,
            "/-/health": health,
            "/-/metrics": metrics.metrics_view,
        }
        self.is_migrated = False  # once True, it stays True for this version of the code

    def __call__(self, request: HttpRequest) -> HttpResponse:
        view = self.views.get(request.path)
        if view is None:
            return self.get_response(request)
        try:
            response = view(request)
        finally:
            # Return the connection to the pool before the response is sent.
            connection.close()
        response["Cache-Control"] = "no-store"
        return response

    def ready(self, request: HttpRequest) -> HttpResponse:
        """Respond with 200, or with 503 if a load balancer should avoid this process.

        The first line of the body is “ready” or the reason for 503. The second line is the version
        of the site, for operators.
        """
        reason = self._not_ready()
        text = f"{reason or 'ready'}\nversion {VERSION}\n"
        return HttpResponse(text, status=503 if reason else 200, content_type="text/plain")

    def _not_ready(self) -> str:
        try:
            is_read_only = database_state.is_read_only()
            self.is_migrated = self.is_migrated or not migrations_state.is_behind()
        except DatabaseError:
            return "no database"
        if is_read_only:
            return "the database is read-only"
        if not self.is_migrated:
            return "the database is older than the code"
        return "" if default_storage.is_ready() else "no storage"  # type: ignore[attr-defined]


def live(request: HttpRequest) -> HttpResponse:
    """Respond with 200. Ignores the database, because restarting this process cannot repair it."""
    return HttpResponse("alive\n", content_type="text/plain")


@metrics.requires_token
def health(request: HttpRequest) -> HttpResponse:
    """Respond with the results of all checks, in English."""
    with translation.override("en"):
        checks = health_checks.run_all()
        state = health_checks.worst_state(checks)
        fields = ("name", "title", "state", "sentence", "detail")
        return JsonResponse(
            {"state": state, "checks": [dict(zip(fields, check, strict=True)) for check in checks]}
        )
