"""Messages for the editor about a picture that was just saved, whichever view saved it."""

from collections.abc import Callable
from contextvars import ContextVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse

_messages: ContextVar[list[str]] = ContextVar("upload_messages")


def add_upload_message(sentence: str) -> None:
    """Add a message for the editor of the current request; does nothing outside a request."""
    if (upload_messages := _messages.get(None)) is not None:
        upload_messages.append(sentence)


class UploadMessagesMiddleware:
    """Passes messages to django.contrib.messages, because models have no request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        upload_messages: list[str] = []
        token = _messages.set(upload_messages)
        try:
            response = self.get_response(request)
        finally:
            _messages.reset(token)
        for message in upload_messages:
            messages.info(request, message)
        return response
