from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from search.query import Search


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Public pages that hold the words of `?q=`. The words are kept nowhere."""
    asked = Search(request.GET, get_language() or settings.LANGUAGE_CODE)
    context = {
        "search": asked,
        "results": asked.results(request.GET.get("page")) if asked.words else None,
        "chips": asked.chips(request.path) if asked.words else [],
        "paging_query": urlencode(asked.chosen) + "&",
    }
    response = render(request, "search/search.html", context)
    response["X-Robots-Tag"] = "noindex"  # nobody can plant words of theirs in our name
    if request.GET:
        response["Cache-Control"] = (
            "private, no-store"  # nor does the telephone keep what was asked
        )
    return response
