"""A pytest plugin that runs the editor tasks by keyboard only. It is slower, so it is optional.

    .venv/bin/python -m pytest -p tests.browser.keyboard tests/browser/test_editor_tasks.py

It replaces Playwright's actions: each element is focused key by key, and a test fails if an element
cannot be reached. Only dragging still uses the pointer.
"""

from typing import Any

from playwright.sync_api import Keyboard, Locator, expect

MAX_KEYS = 400
# Returns the key that moves the focus toward an element. Arrow keys move between Wagtail's tabs.
NEXT_KEY = """e => {
    const able = 'a[href], button, input, select, textarea, summary, [tabindex], [contenteditable]'
    const goal = e.closest('label')?.control ?? e.closest(able) ?? e
    const now = document.activeElement
    if (now === goal) return ''
    if (goal.role === 'tab' && now.role === 'tab' && goal.tabIndex < 0) return 'ArrowRight'
    const back = now.compareDocumentPosition(goal) & Node.DOCUMENT_POSITION_PRECEDING
    return back ? 'Shift+Tab' : 'Tab'
}"""
# The original methods, before `steps` or this module replaces them.
press_key, write, press_and_wait = Keyboard.press, Keyboard.insert_text, Locator.press


def reach(locator: Locator, **options: Any) -> None:
    """Move the focus to the element with Tab, Shift+Tab and arrow keys."""
    locator.wait_for()
    for _ in range(MAX_KEYS):
        key = locator.evaluate(NEXT_KEY)
        if not key:
            return
        press_key(locator.page.keyboard, key)
    raise AssertionError(f"{locator} cannot be focused with the keyboard. Make it focusable.")


def press_on_focus(locator: Locator, key: str) -> None:
    """Press the key on the focused element and wait for navigation, as a click does."""
    press_and_wait(locator.page.locator(":focus"), key)


def click(locator: Locator, **options: Any) -> None:
    reach(locator)
    if locator.evaluate("e => e.isContentEditable"):
        move_text_cursor(locator)
    else:
        is_tickable = locator.evaluate(
            "e => ['checkbox', 'radio'].includes(document.activeElement.type)"
        )
        press_on_focus(locator, "Space" if is_tickable else "Enter")


def move_text_cursor(locator: Locator) -> None:
    press_key(locator.page.keyboard, "Control+Home")
    for _ in range(MAX_KEYS):
        if locator.evaluate("e => e.contains(getSelection().anchorNode)"):
            return
        press_key(locator.page.keyboard, "ArrowDown")
    raise AssertionError(f"The text cursor cannot be moved to {locator}.")


def check(locator: Locator, **options: Any) -> None:
    if not locator.is_checked():
        click(locator)
    expect(locator).to_be_checked()


def fill(locator: Locator, value: str, **options: Any) -> None:
    reach(locator)
    press_key(locator.page.keyboard, "Control+A")
    press_key(locator.page.keyboard, "Delete")
    write(locator.page.keyboard, value)


def press(locator: Locator, key: str, **options: Any) -> None:
    reach(locator)
    press_on_focus(locator, key)


def select_option(locator: Locator, value: str | None = None, *, label: str | None = None) -> None:
    reach(locator)
    find = "(e, value) => [...e.options].find(one => one.value === value).label"
    for letter in label or locator.evaluate(find, value):
        press_key(locator.page.keyboard, letter)
    chosen = locator.evaluate("e => [e.value, e.selectedOptions[0].label]")
    assert (value or label) in chosen


def set_input_files(locator: Locator, files: Any, **options: Any) -> None:
    reach(locator)
    with locator.page.expect_file_chooser() as window:
        press_key(locator.page.keyboard, "Enter")
    window.value.set_files(files)


Locator.focus = reach  # type: ignore[method-assign]
for way in (click, check, fill, press, select_option, set_input_files):
    setattr(Locator, way.__name__, way)
