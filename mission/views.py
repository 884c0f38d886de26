from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.templatetags.static import static
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.views.decorators.http import require_safe
from wagtail.models import Page
from wagtail.views import serve

from editorial.models import BasePage
from editorial.public_pages import preloaded_pages, publicly_visible
from mission.navigation import navigation_pages
from mission.offline_copy import offline_copy, offline_copy_name
from mission.routing import find_page
from site_settings.models import SiteSettings

SECURITY_TXT_VALIDITY = timedelta(days=180)  # RFC 9116 advises less than a year


def page(request: HttpRequest, path: str) -> HttpResponse:
    """Serves a Wagtail page. Preloads the pages that it may link to, in one query."""
    site = SiteSettings.site_for_request(request)
    found = site and find_page(site, get_language() or settings.LANGUAGE_CODE, path)
    if not found or not found.live:
        return serve(request, path)
    request._wagtail_route_for_request = found.route(request, [])  # type: ignore[attr-defined]
    with preloaded_pages(navigation_pages(request, found)):
        response = serve(request, path)
        if isinstance(response, TemplateResponse):
            response.render()
    return response


@require_safe
def download_offline_copy(request: HttpRequest, pk: int) -> HttpResponse:
    """Downloads an offline copy of a public page.

    Browsers list the URL among downloads, so the URL contains no title or slug.
    """
    page = publicly_visible(Page.objects.filter(pk=pk)).specific().first()
    if not isinstance(page, BasePage) or not page.allows_offline_copy:
        raise Http404
    with translation.override(page.locale.language_code):
        html = page.serve(request).render().content.decode()
        file = offline_copy(page, html, SiteSettings.for_request(request))
    response = HttpResponse(file)
    response["Content-Disposition"] = f'attachment; filename="{offline_copy_name()}"'
    response["X-Robots-Tag"] = "noindex"
    return response


@require_safe
def quick_exit(request: HttpRequest) -> HttpResponse:
    """Explains what the quick exit link can and cannot do."""
    site = SiteSettings.for_request(request)
    return render(request, "mission/quick_exit.html", {"url": site.quick_exit_url})


@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """security.txt (RFC 9116); 404 until staff set a contact email address."""
    contact = SiteSettings.for_request(request).contact_email
    if not contact:
        raise Http404
    expires = (timezone.now() + SECURITY_TXT_VALIDITY).date()
    text = (
        f"Contact: mailto:{contact}\n"
        f"Expires: {expires:%Y-%m-%d}T00:00:00Z\n"
        f"Preferred-Languages: {', '.join(dict(settings.LANGUAGES))}\n"
        f"Canonical: {settings.SITE_URL}/.well-known/security.txt\n"
    )
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """robots.txt: rules for crawlers and the sitemap URL."""
    return render(request, "mission/robots.txt", content_type="text/plain; charset=utf-8")


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Redirects /favicon.ico, which browsers and feed readers request without parsing a page."""
    return redirect(static("img/favicon-32.png"))


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """Web app manifest: name and icons for a home screen."""
    name = SiteSettings.for_request(request).organization or settings.WAGTAIL_SITE_NAME
    data = {
        "name": name,
        "lang": settings.LANGUAGE_CODE,
        "start_url": "/",
        "display": "browser",
        "background_color": "#FFF4E6",
        "theme_color": "#FFF4E6",
        "icons": [
            {"src": static("img/favicon.svg"), "type": "image/svg+xml", "sizes": "any"},
            {"src": static("img/icon-180.png"), "type": "image/png", "sizes": "180x180"},
            {"src": static("img/icon-512.png"), "type": "image/png", "sizes": "512x512"},
        ],
    }
    return JsonResponse(data, content_type="application/manifest+json")
