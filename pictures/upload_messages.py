"""Messages for the editor about a picture that was just saved, whichever view saved it."""

from collections.abc import Callable
from contextvars import ContextVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse

_messages: ContextVar[list[tuple[int, str]]] = ContextVar("upload_messages")


def add_upload_message(sentence: str, level: int = messages.INFO) -> None:
    """Add a message for the editor of the current request; does nothing outside a request."""
    if (upload_messages := _messages.get(None)) is not None:
        upload_messages.append((level, sentence))


class UploadMessagesMiddleware:
    """Passes the messages of models, which have no request, to django.contrib.messages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        upload_messages: list[tuple[int, str]] = []
        token = _messages.set(upload_messages)
        try:
            response = self.get_response(request)
        finally:
            _messages.reset(token)
        for level, sentence in upload_messages:
            messages.add_message(request, level, sentence)
        return response
