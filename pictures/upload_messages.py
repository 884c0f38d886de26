"""Messages for the editor about a picture that was just saved, whichever view saved it."""

from collections.abc import Callable
from contextvars import ContextVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse

_notices: ContextVar[list[str]] = ContextVar("notices")


def tell(sentence: str) -> None:
    """Add a message for the editor of the current request; does nothing outside a request."""
    if (notices := _notices.get(None)) is not None:
        notices.append(sentence)


class UploadMessagesMiddleware:
    """Passes messages to django.contrib.messages, because models have no request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        notices: list[str] = []
        token = _notices.set(notices)
        try:
            response = self.get_response(request)
        finally:
            _notices.reset(token)
        for notice in notices:
            messages.info(request, notice)
        return response
