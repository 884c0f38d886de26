"""What an editor should hear about a picture that was just saved, on whatever way it came."""

from collections.abc import Callable
from contextvars import ContextVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse

_notices: ContextVar[list[str]] = ContextVar("notices")


def tell(sentence: str) -> None:
    """Say this to the editor whose request is being answered; nobody hears it elsewhere."""
    if (notices := _notices.get(None)) is not None:
        notices.append(sentence)


class UploadMessagesMiddleware:
    """Shows what was told on the editor's next page: the models that tell know no request."""

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
