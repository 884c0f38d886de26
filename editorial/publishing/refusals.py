"""Tells an editor why a page was not published."""

from django.http import HttpRequest
from django.utils.translation import gettext
from wagtail.admin import messages
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.models import Page

from editorial.picture_uses import picture_uses


def show_refusal(request: HttpRequest, sentence: str, page: Page) -> None:
    """Show the sentence with a button for each picture without alt text in the page's language."""
    language, finder = page.locale.language_code, AdminURLFinder(request.user)
    pictures = dict.fromkeys(use.picture for use in picture_uses(page))
    buttons = [
        messages.button(url, gettext("Open “%(title)s”") % {"title": picture.title})
        for picture in pictures
        if picture.fallback_alt_language(language) and (url := finder.get_edit_url(picture))
    ]
    messages.error(request, sentence, buttons=buttons)
