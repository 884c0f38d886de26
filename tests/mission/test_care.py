"""Content notes, corrections and review dates are shown on every page type."""

import pytest
from django.http import HttpResponse

from tests.every_page import PUBLIC_PATHS

BARE = ("/issues/next-issue/", "/stories/voice-only/")  # pages without notes and corrections
OTHERS = ("/search/", "/not-here/", "/quick-exit/", "/take-part/")  # URLs without a page of the CMS
PAGES = [path for path in PUBLIC_PATHS if not path.startswith((*BARE, *OTHERS))]


@pytest.mark.parametrize("path", PAGES)
def test_page_shows_notes_corrections_and_dates(
    responses: dict[str, HttpResponse], path: str
) -> None:
    assert responses[path].status_code == 200
    main = responses[path].content.decode().partition("<main")[2].partition("</main>")[0]
    assert main.index("This page speaks about loss.") < main.index("A year was wrong.")
    assert '<time datetime="2026-02-01">Feb. 1, 2026</time>' in main
    assert '<time datetime="2026-01-31">Jan. 31, 2026</time>' in main
