"""Addresses for whoever watches the site: is it alive, and can it answer readers?"""

from collections.abc import Callable

from django.core.files.storage import default_storage
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse

from dpa_site import migrations_state
from dpa_site.observability import metrics


class HealthMiddleware:
    """Answers before hosts, redirects and sessions are looked at: a probe comes by IP and HTTP."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.answers = {"/-/live": live, "/-/ready": self.ready, "/-/metrics": metrics.answer}
        self.schema_fits = False  # once it fits it stays so, for this code

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.answers.get(request.path)
        if answer is None:
            return self.get_response(request)
        try:
            response = answer(request)
        finally:
            connection.close()  # back to the pool: the signals that do it run after middleware
        response["Cache-Control"] = "no-store"
        return response

    def ready(self, request: HttpRequest) -> HttpResponse:
        """503 with the reason when readers should be sent to another process."""
        reason = self._not_ready()
        status = 503 if reason else 200
        return HttpResponse(f"{reason or 'ready'}\n", status=status, content_type="text/plain")

    def _not_ready(self) -> str:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            self.schema_fits = self.schema_fits or not migrations_state.is_behind()
        except DatabaseError:
            return "no database"
        if not self.schema_fits:
            return "the database is older than the code"
        return "" if default_storage.is_ready() else "no storage"  # type: ignore[attr-defined]


def live(request: HttpRequest) -> HttpResponse:
    """The process answers; says nothing about the database, or a restart would be no help."""
    return HttpResponse("alive\n", content_type="text/plain")
