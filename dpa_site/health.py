"""Two addresses for whoever watches the site: is it alive, and can it answer readers?"""

from collections.abc import Callable

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse


class HealthMiddleware:
    """Answers before hosts, redirects and sessions are looked at: a probe comes by IP and HTTP."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.answers = {"/-/live": self.live, "/-/ready": self.ready}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.answers.get(request.path)
        if answer is None:
            return self.get_response(request)
        response = answer()
        response["Cache-Control"] = "no-store"
        return response

    def live(self) -> HttpResponse:
        """The process answers; says nothing about the database, or a restart would be no help."""
        return HttpResponse("alive\n", content_type="text/plain")

    def ready(self) -> HttpResponse:
        """The database answers too; 503 if not, so that no reader is sent here."""
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except DatabaseError:
            return HttpResponse("no database\n", status=503, content_type="text/plain")
        finally:
            connection.close()  # back to the pool: the signals that do it run after middleware
        return HttpResponse("ready\n", content_type="text/plain")
