from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from search.query import Search
from site_settings.models import SiteSettings


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Shows the public pages that match `?q=`. Search terms are never stored."""
    query = Search(request.GET, get_language() or settings.LANGUAGE_CODE)
    context: dict[str, object] = {"search": query, "results": None}
    if query.query:
        results = query.results(request.GET.get("page"))
        donate_url = SiteSettings.for_request(request).donate_url if query.is_donation else ""
        found = results.paginator.count + bool(donate_url)
        # Urgent help is the first result for words that may mean it, and where nothing is found.
        shows_urgent_help = results.number == 1 and (query.is_urgent or not found)
        suggestion = "" if found or query.is_urgent else query.suggestion
        context |= {
            "results": results,
            "found": found + bool(query.is_urgent and query.urgent_help),
            "donate_url": donate_url if results.number == 1 else "",
            "urgent_help": query.urgent_help if shows_urgent_help else None,
            "suggestion": suggestion,
            "suggestion_query": urlencode(query.chosen | {"q": suggestion}),
            "unfiltered_query": "" if found else query.unfiltered,
            "chips": query.chips(request.path),
            "issue_chips": query.issue_chips(request.path),
            "paging_query": urlencode(query.chosen) + "&",
        }
    response = render(request, "search/search.html", context)
    # Keeps spam in `q` from being indexed under this site's name.
    response["X-Robots-Tag"] = "noindex"
    if request.GET:
        # Search terms are private, so the browser must not store the page.
        response["Cache-Control"] = "private, no-store"
    return response
