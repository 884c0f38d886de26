"""What is pasted into the text editor is shown, saved and published with every word.

`clipboards/` has the HTML that six programs put on the clipboard, each for the same text.
"""

import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Comment
from playwright.sync_api import Locator, Page, expect

from mission.models import HomePage, StandardPage
from tests import factories
from tests.browser.editor import expect_saved, latest_revision, open_editor, save_draft
from tests.browser.navigation import visit

CLIPBOARDS = {
    path.stem: path.read_text("utf-8")
    for path in sorted((Path(__file__).parent / "clipboards").glob("*.html"))
}
THREE_HEADINGS = ["First heading", "Second heading", "Fourth heading"]
HEADINGS = {
    "gmail": ["Second heading", "Fourth heading"],
    "google_docs": THREE_HEADINGS,
    "libreoffice": THREE_HEADINGS,
    "outlook": THREE_HEADINGS,
    "pages": [],  # its headings are paragraphs in large type
    "word": ["A title of the report", *THREE_HEADINGS],
}
# Comments, text deleted while changes were tracked, and the marks that Word puts before list items.
NOT_TEXT = "style, title, xml, del, .msocomanchor, [style*='mso-element:comment'], "
NOT_TEXT += "p [style*='mso-list:Ignore']"
BLOCKS = ["p", "div", "td", "li", "ul", "ol", "h1", "h2", "h3", "h4", "blockquote", "br"]
PASTE = """(editor, [html, text]) => {
    const clipboardData = new DataTransfer();
    if (html) clipboardData.setData("text/html", html);
    clipboardData.setData("text/plain", text);
    editor.focus();
    editor.dispatchEvent(
        new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }),
    );
}"""
DROP = """(editor, [html, text]) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.setData("text/html", html);
    dataTransfer.setData("text/plain", text);
    const { x, y } = editor.querySelector("[data-text]").getBoundingClientRect();
    const where = { clientX: x + 1, clientY: y + 5, bubbles: true, cancelable: true };
    for (const name of ["dragenter", "dragover", "drop"]) {
        editor.dispatchEvent(new DragEvent(name, { dataTransfer, ...where }));
    }
}"""


def words(html: str) -> list[str]:
    """The words in the order of the text, without what marks a footnote or a column."""
    soup = BeautifulSoup(html, "html.parser")
    for found in [*soup.select(NOT_TEXT), *soup.find_all(string=lambda one: type(one) is Comment)]:
        found.extract()
    for mark in soup.select(".sdfootnotesym"):
        mark.insert_after(" ")
    for block in soup.find_all(BLOCKS):
        block.insert_before("\n")
        block.insert_after("\n")
    text = unicodedata.normalize("NFKC", soup.get_text())
    return text.translate({ord("["): "", ord("]"): "", ord("|"): " "}).split()


def headings(html: str) -> list[str]:
    found = BeautifulSoup(html, "html.parser").find_all(["h1", "h2", "h3", "h4"])
    return [" ".join(heading.get_text().split()) for heading in found]


def paste(editor: Locator, html: str, text: str = "") -> None:
    editor.click()
    editor.evaluate(PASTE, [html, text or BeautifulSoup(html, "html.parser").get_text()])


def paste_over(editor: Locator, text: str) -> None:
    """Paste over what is selected."""
    editor.evaluate(PASTE, ["", text])


@pytest.fixture
def page(database: Callable) -> StandardPage:
    """A page with an empty text for each program, and one whose field has no headings."""
    with database():
        home = HomePage.objects.get(locale__language_code="en")
        page = factories.StandardPageFactory(parent=home, title="Pasted", slug="pasted")
        answers = [{"question": "Why?", "answer": "<p></p>"}]
        page.body = [{"type": "text", "value": "<p></p>"}] * len(CLIPBOARDS)
        page.body.append(("accordion", {"heading": "", "answers": answers}))
        page.save_revision().publish()
    return page


def test_pasted_text_is_shown_saved_and_published_with_every_word(
    open_cms: Callable[..., Page],
    new_page: Callable[..., Page],
    database: Callable,
    page: StandardPage,
) -> None:
    cms = open_cms(at="")
    open_editor(cms, page)
    editors = cms.locator(".public-DraftEditor-content")
    expect(editors).to_have_count(len(CLIPBOARDS) + 1)
    for number, html in enumerate([*CLIPBOARDS.values(), CLIPBOARDS["word"]]):
        paste(editors.nth(number), html)
    shown = [one.inner_html() for one in editors.all()]
    assert not cms.locator(".public-DraftEditor-content").locator("em, i, u, img").count()
    expect(cms.get_by_text("Pictures are not pasted")).to_have_count(len(editors.all()))
    expect_saved(cms)
    cms.get_by_role("button", name="More actions").click()
    cms.get_by_role("button", name="Publish", exact=True).click()
    expect(cms.locator(".messages")).to_contain_text("published")

    with database():
        body = StandardPage.objects.get(pk=page.pk).body
        stored = [block.value.source for block in body if block.block_type == "text"]
        stored.append(body[-1].value["answers"][0]["answer"].source)
    reader = new_page(javascript=False)
    visit(reader, page.url)
    published = [one.inner_html() for one in reader.locator("main .prose").all()]
    phone = reader.locator(".prose a[href='tel:+15550100']")
    expect(phone).to_have_text(["555 0100"] * len(published))
    names = [*CLIPBOARDS, "answer"]
    for name, seen, saved, read in zip(names, shown, stored, published, strict=True):
        expected = words(CLIPBOARDS.get(name, CLIPBOARDS["word"]))
        assert words(seen) == expected, name
        assert words(saved) == expected, name
        assert words(read) == expected, name
        kept = HEADINGS.get(name, [])
        assert headings(seen) == headings(saved) == headings(read) == kept, name


def test_paste_works_in_every_place(
    open_cms: Callable[..., Page], database: Callable, page: StandardPage
) -> None:
    cms = open_cms(at="")
    open_editor(cms, page)
    editors = cms.locator(".public-DraftEditor-content")
    url = "https://www.example.org/plain"
    paste(editors.nth(0), "", f"First line: {url}.\r\n\r\n• Second\vline")
    expect(editors.nth(0).locator("a")).to_have_text(url)
    expect(editors.nth(0).locator("ul")).to_have_text("Second\nline")
    cms.keyboard.press("Control+z")  # undo removes the paste and nothing else
    expect(editors.nth(0)).to_have_text("")

    editors.nth(1).click()
    cms.keyboard.type("Some words", delay=30)
    cms.keyboard.press("Shift+Home")
    paste_over(editors.nth(1), url)
    expect(editors.nth(1).locator("a")).to_have_text("Some words")
    editors.nth(1).evaluate(DROP, ["<h1>Dropped</h1><p>and <i>slanted</i></p>", "Dropped"])
    expect(editors.nth(1).locator("h2")).to_have_text("Dropped")
    expect(editors.nth(1)).to_contain_text("slantedSome words")

    paste(editors.nth(2), "<h1>Only a heading</h1>")
    expect(editors.nth(2).locator("h2")).to_have_text("Only a heading")
    home = cms.evaluate("location.origin")
    paste(
        editors.nth(3), f'<p><a href="{home}/about/">Ours</a> <a href="{home}/admin/">CMS</a></p>'
    )
    expect(editors.nth(3).locator("a")).to_have_text(["Ours"])

    editors.nth(4).click()
    cms.keyboard.type("Before after", delay=30)
    for _letter in "after":
        cms.keyboard.press("ArrowLeft")
    html = "<h1>Head</h1><p>Body</p><ul><li>Item</li></ul>"
    editors.nth(4).evaluate(PASTE, [html, "Head Body Item"])
    cms.keyboard.type("s", delay=30)
    expect(editors.nth(4).locator("h2")).to_have_text("Head")
    expect(editors.nth(4).locator("li")).to_have_text("Items")
    lines = editors.nth(4).locator("[data-block]").all_inner_texts()
    assert [line.strip() for line in lines] == ["Before", "Head", "Body", "Items", "after"]
    cms.keyboard.press("Control+z")
    expect(editors.nth(4).locator("li")).to_have_text("Item")
    cms.keyboard.press("Control+z")
    expect(editors.nth(4)).to_have_text("Before after")

    line = '<span style="display: block">{}</span>'  # as in chats
    emoji = line.format('Call <img alt="🆘"> now')
    paste(editors.nth(5), f"{line.format('Line one')}{emoji}<p>•Item</p>")
    lines = editors.nth(5).locator("[data-block]").all_inner_texts()
    assert [line.strip() for line in lines] == ["Line one", "Call 🆘 now", "Item"]
    expect(editors.nth(5).locator("li")).to_have_text("Item")

    title = cms.get_by_role("textbox", name="Title*")
    title.evaluate(PASTE.replace("editor.focus()", "editor.select()"), ["", "word\v" * 60])
    expect(title).to_have_value(" ".join(["word"] * 60))
    save_draft(cms)
    expect(cms.get_by_text("Ensure this value has at most 255 characters")).to_be_visible()


def test_footnotes_are_offered_as_sources(
    open_cms: Callable[..., Page], database: Callable, page: StandardPage
) -> None:
    cms = open_cms(at="")
    open_editor(cms, page)
    editors = cms.locator(".public-DraftEditor-content")
    url = "https://www.example.org/report"
    notes = f"<p>[1] A report, {url}.</p><p>² Another report</p>"
    pastes = [
        *(CLIPBOARDS[name] for name in ("word", "libreoffice", "pages", "outlook")),
        f"<p>A claim.[1] Again [1], 10 km² and another²</p>{notes}",
        "<p>A claim without its note [1]</p><p>[2] A note without its claim</p>",
    ]
    offer = cms.locator(".pasted-footnotes")
    for number, html in enumerate(pastes):
        paste(editors.nth(number), html)
    expect(offer).to_have_count(len(pastes) - 1)
    before = editors.nth(0).inner_text()
    for number in range(len(pastes) - 1):
        offer.nth(number).get_by_role("button", name="Make them sources").press("Enter")
        expect(offer.nth(number)).to_contain_text("The footnotes are sources now.")
    expect(editors.nth(4)).to_be_focused()
    expect(editors.nth(4)).to_have_text("A claim.† Again †, 10 km² and another†")
    editors.nth(0).focus()
    cms.keyboard.press("Control+z")
    assert editors.nth(0).inner_text() == before
    expect(editors.nth(5)).to_contain_text("A note without its claim")
    save_draft(cms)
    expect(cms.locator(".messages")).to_contain_text("updated")
    draft = latest_revision(database, page)
    stored = [block.value.source for block in draft.body if block.block_type == "text"]
    assert "The text of the note, page 4." in stored[0]
    for text in stored[1:4]:
        assert '<a linktype="source" title="The text of the note, page 4.">†</a>' in text
    assert stored[4].count(f'<a linktype="source" title="A report" url="{url}">†</a>') == 2
    assert '<a linktype="source" title="Another report">†</a>' in stored[4]


def test_footnotes_of_several_pastes_keep_their_own_sources(
    open_cms: Callable[..., Page], database: Callable, page: StandardPage
) -> None:
    cms = open_cms(at="")
    open_editor(cms, page)
    editors = cms.locator(".public-DraftEditor-content")
    one, other = (f"<p>{name} claim.[1]</p><p>[1] {name} report</p>" for name in ("One", "Other"))
    # Below, above, and between the claim and its note.
    for number, keys in enumerate(([], ["Home"], ["Home", "ArrowDown"])):
        paste(editors.nth(number), one)
        for key in keys:
            cms.keyboard.press(f"Control+{key}" if key == "Home" else key)
        if not keys:
            cms.keyboard.press("Enter")
        editors.nth(number).evaluate(PASTE, [other, "other"])
        offer = cms.locator(".pasted-footnotes").nth(number)
        offer.get_by_role("button", name="Make them sources").press("Enter")
        expect(offer).to_contain_text("still text" if number == 2 else "are sources now")
    expect(editors.nth(0)).to_have_text("One claim.†Other claim.†")
    expect(editors.nth(1)).to_have_text("Other claim.†One claim.†")
    # Nobody knows to which report the marks of the two claims belong.
    expect(editors.nth(2)).to_contain_text("[1] One report")
    expect(editors.nth(2)).to_contain_text("[1] Other report")
    # Text after the caret does not become part of the last note.
    cms.keyboard.press("Control+Home")
    paste(editors.nth(3), "<p>Former text</p>")
    cms.keyboard.press("Control+Home")
    editors.nth(3).evaluate(PASTE, [one, "one"])
    offer = cms.locator(".pasted-footnotes").last
    offer.get_by_role("button", name="Make them sources").press("Enter")
    expect(editors.nth(3)).to_have_text("One claim.†Former text")
    # A note may refer to another note.
    paste(editors.nth(4), "<p>A.[1] B.[2]</p><p>[1] See [2].</p><p>[2] A report, after [1]</p>")
    offer = cms.locator(".pasted-footnotes").last
    offer.get_by_role("button", name="Make them sources").press("Enter")
    expect(editors.nth(4)).to_have_text("A.† B.†")
    save_draft(cms)
    expect(cms.locator(".messages")).to_contain_text("updated")
    draft = latest_revision(database, page)
    stored = [block.value.source for block in draft.body if block.block_type == "text"]
    for text in stored[:2]:
        for name in ("One", "Other"):
            assert f'{name} claim.<a linktype="source" title="{name} report">' in text
