from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from wagtail.models import Locale, Page

RESULTS_PER_PAGE = 10


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Public pages that hold the words of `?q=`. The words are kept nowhere."""
    query = request.GET.get("q", "").strip()[:200]
    results = None
    if query:
        public = Page.objects.live().public().filter(locale=Locale.get_active(), depth__gt=1)
        found = public.search(query.replace("\x00", ""))
        results = Paginator(found, RESULTS_PER_PAGE).get_page(request.GET.get("page"))
        specific = {
            page.pk: page
            for page in Page.objects.filter(pk__in=[hit.pk for hit in results]).specific()
        }
        results.object_list = [specific[hit.pk] for hit in results]
    context = {"query": query, "results": results, "paging_query": urlencode({"q": query}) + "&"}
    response = render(request, "mission/search.html", context)
    response["X-Robots-Tag"] = "noindex"  # nobody can plant words of theirs in our name
    return response


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What crawlers may visit, and where the sitemap is."""
    return render(request, "mission/robots.txt", content_type="text/plain; charset=utf-8")
