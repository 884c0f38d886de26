"""Creates an offline copy of a page: one HTML file that makes no network requests.

A downloaded copy cannot be changed or withdrawn, just like a printout, so it contains only what may
be printed.
"""

import mimetypes
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urljoin

from bs4 import BeautifulSoup
from bs4.element import Tag
from django.conf import settings
from django.core.files.storage import storages
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from editorial.models import BasePage
from site_settings.models import SiteSettings

MAX_BYTES = 150 * 1024  # bytes of the whole file
MAX_PICTURE_WIDTH = 800  # pixels, per picture
# Elements that link to other pages, need a server, are decoration, or may not be printed.
EXCLUDED = (
    "nav, form, script, .breadcrumbs, .screen-only, .numeral, .pattern-rays .icon, .next,"
    " .offline-copy-link, .share-page, .related, .cards-block, .story-issues"
)


def offline_copy_name() -> str:
    """A file name that reveals neither the page nor the organization."""
    return f"page-{localdate():%Y-%m-%d}.html"


def offline_copy(page: BasePage, html: str, site: SiteSettings) -> str:
    """The offline copy as HTML. `html` is the rendered `page`.

    Pictures that would exceed MAX_BYTES are replaced by their alt text.
    """
    main = BeautifulSoup(html, "html.parser").main
    assert main is not None  # noqa: S101 - base.html has one
    for element in main.select(EXCLUDED):
        element.decompose()
    for link in main.select("a[href]:not([href^='#'])"):
        with suppress(ValueError):  # not a URL, such as “//[”
            link["href"] = urljoin(page.full_url, str(link["href"]))
    pictures = [image.find_parent("picture") or image for image in main.select("img")]
    images = [_replace_with_img(picture) for picture in pictures]
    bytes_left = MAX_BYTES - len(_rendered(page, main, site).encode())
    for picture, image in zip(pictures, images, strict=True):
        data = next((url for url in _data_urls(picture) if len(url) <= bytes_left), "")
        if data:
            image["src"] = data
            bytes_left -= len(data)
        else:
            image.name = "p"
            image.string = _("Picture: %(alt)s") % {"alt": image.attrs.pop("alt")}
    return _rendered(page, main, site)


def _rendered(page: BasePage, main: Tag, site: SiteSettings) -> str:
    content = mark_safe(main.decode_contents())  # noqa: S308 - what templates rendered
    context = {"page": page, "content": content, "site": site, "today": localdate()}
    return render_to_string("mission/offline_copy.html", context)


def _replace_with_img(picture: Tag) -> Tag:
    """Replaces a picture by an `img` without `src`. Returns the `img`."""
    [inner] = picture.select("img") or [picture]
    image = Tag(name="img", attrs={"alt": inner["alt"]}, can_be_empty_element=True)
    picture.replace_with(image)
    return image


def _data_urls(picture: Tag) -> Iterator[str]:
    """Data URLs of the picture's renditions, the widest first."""
    for url in _rendition_urls(picture):
        name = url.removeprefix(settings.MEDIA_URL)
        content_type = mimetypes.guess_type(name, strict=False)[0]
        try:
            with storages["renditions"].open(name) as file:
                yield f"data:{content_type};base64,{b64encode(file.read()).decode()}"
        except OSError:  # the rendition does not exist yet
            continue


def _rendition_urls(picture: Tag) -> list[str]:
    sizes = picture.select_one('source[type="image/webp"]')
    if sizes is None:
        return [str(image["src"]) for image in picture.select("img") or [picture]]
    candidates = [candidate.split() for candidate in str(sizes["srcset"]).split(",")]
    by_width = {int(width.removesuffix("w")): url for url, width in candidates}
    return [
        by_width[width] for width in sorted(by_width, reverse=True) if width <= MAX_PICTURE_WIDTH
    ]
