"""Letters of many languages are shown in our fonts, which load only when they are used."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.navigation import FONTS_PAINTED, visit

FILES = ("atkinson-next", "bricolage-grotesque")
LETTERS = """
    François Çà è â ë ï œuvre À ã õ Ö größer Straße Ångström Æ ø þ ð ý
    Łódź ł ş ț ș ă đ č ž ř ů ő ű ė ģ ķ ļ ņ ū ī ħ ŵ ŷ ğ İ ı Māori Tōkyō ē
    Nguyễn Thị Ánh, Trần Đặng Phượng, ế ệ ử ữ ỡ ỳ ĩ ũ ơ ư Ứ
    Hawaiʻi Diyogíʼ ½ ¼ ¾ € £ ‰ ² ³ ° § ¶ × ± − ‹ › „ ‚ ™ †
"""
# Replaces the page by the letters in both fonts and all weights that the site uses.
SHOW = """letters => {
    const line = (weight, family) => {
        const made = document.createElement("p");
        made.style.font = `${weight} 24px ${family}, serif`;
        made.textContent = letters;
        return made;
    };
    document.body.replaceChildren(...["Atkinson", "Bricolage"].flatMap(
        (family) => [line(400, family), line(700, family)]
    ));
}"""


def test_letters_load_their_files_and_are_shown_in_them(new_page: Callable[..., Page]) -> None:
    page = new_page(768)
    loaded: list[str] = []
    page.on(
        "request",
        lambda request: (
            loaded.append(request.url.rpartition("/")[2].partition(".")[0])
            if request.resource_type == "font"
            else None
        ),
    )
    for path in ("/", "/issues/overdose-prevention-centers/", "/es/"):
        visit(page, path)
        page.evaluate(FONTS_PAINTED)
    assert set(loaded) == set(FILES)

    loaded.clear()
    page.evaluate(SHOW, "François")
    page.evaluate(FONTS_PAINTED)
    assert set(loaded) == {f"{name}-latin-1" for name in FILES}

    page.evaluate(SHOW, LETTERS)
    page.evaluate(FONTS_PAINTED)
    session = page.context.new_cdp_session(page)
    session.send("DOM.enable")
    session.send("CSS.enable")
    root = session.send("DOM.getDocument")["root"]["nodeId"]
    lines = session.send("DOM.querySelectorAll", {"nodeId": root, "selector": "p"})["nodeIds"]
    assert len(lines) == 4
    for line in lines:
        fonts = session.send("CSS.getPlatformFontsForNode", {"nodeId": line})["fonts"]
        assert fonts
        assert [font for font in fonts if not font["isCustomFont"]] == []


# Replaces the words of the page by Arabic words.
IN_ARABIC = """() => {
    document.documentElement.dir = "rtl";
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const text = texts.currentNode;
        if (text.parentElement.closest("style, script")) continue;
        text.data = text.data.replace(/[a-z’.-]*[a-z][a-z’.-]*/gi, "والمستشفيات");
    }
}"""
# Words of the headings that stand on more than one line.
BROKEN_WORDS = """() => {
    const broken = [];
    for (const heading of document.querySelectorAll("main :is(h1, h2, h3):not(.visually-hidden)")) {
        const texts = document.createTreeWalker(heading, NodeFilter.SHOW_TEXT);
        while (heading.checkVisibility() && texts.nextNode()) {
            for (const word of texts.currentNode.data.matchAll(/\\S+/g)) {
                const range = document.createRange();
                range.setStart(texts.currentNode, word.index);
                range.setEnd(texts.currentNode, word.index + word[0].length);
                const tops = [...range.getClientRects()].map((box) => Math.round(box.top));
                if (new Set(tops).size > 1) broken.push(heading.parentElement.className);
            }
        }
    }
    return broken;
}"""
HEADING_STYLE = """heading => {
    const style = getComputedStyle(heading);
    return [style.letterSpacing, parseFloat(style.lineHeight) / parseFloat(style.fontSize)];
}"""
# Whether the first character is to the left of the last.
IS_LEFT_TO_RIGHT = """element => {
    const x = (text, offset) => {
        const range = document.createRange();
        range.setStart(text, offset);
        range.setEnd(text, offset + 1);
        return range.getBoundingClientRect().x;
    };
    return x(element.firstChild, 0) < x(element.lastChild, element.lastChild.length - 1);
}"""


@pytest.mark.parametrize("path", ["/", "/issues/overdose-prevention-centers/", "/urgent-help/"])
def test_page_in_arabic_is_mirrored(new_page: Callable[..., Page], path: str) -> None:
    page = new_page(390)
    visit(page, path)
    page.evaluate(IN_ARABIC)
    page.evaluate(FONTS_PAINTED)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate(BROKEN_WORDS) == []
    logo = page.locator(".site-header .wordmark").bounding_box()
    assert logo is not None
    assert logo["x"] > 195
    for heading in page.locator("main :is(h1, h2, h3)").all():
        spacing, height = heading.evaluate(HEADING_STYLE)
        assert spacing in ("normal", "0px")
        assert height >= 1.2
    for arrow in page.locator(".icon-arrow").all():
        assert arrow.evaluate("icon => getComputedStyle(icon).scale") == "-1 1"
    for number in page.locator('main a[href^="tel:"] [dir=ltr]').all():
        assert number.evaluate(IS_LEFT_TO_RIGHT), number.inner_text()
