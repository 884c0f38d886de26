"""The jobs of staff by the keyboard alone: slower than with the pointer, so not in every run.

    .venv/bin/python -m pytest -p tests.browser.keyboard tests/browser/test_jobs.py

The tests are the same. What they click, fill in or choose is reached key by key, and a test fails
where the keyboard does not get to it. Only what they drag is still dragged with the pointer.
"""

from typing import Any

from playwright.sync_api import Keyboard, Locator, expect

MOST_KEYS = 400
# What has the focus in place of a label or an icon; of Wagtail's tabs only the chosen one has it.
GOAL = """e => {
    const able = 'a[href], button, input, select, textarea, summary, [tabindex], [contenteditable]'
    const goal = e.closest('label')?.control ?? e.closest(able) ?? e
    const now = document.activeElement
    if (now === goal) return ''
    if (goal.role === 'tab' && now.role === 'tab' && goal.tabIndex < 0) return 'ArrowRight'
    const back = now.compareDocumentPosition(goal) & Node.DOCUMENT_POSITION_PRECEDING
    return back ? 'Shift+Tab' : 'Tab'
}"""
# Before anything counts or replaces them.
press_key, write, press_and_wait = Keyboard.press, Keyboard.insert_text, Locator.press


def reach(locator: Locator, **options: Any) -> None:
    """Moves the focus as somebody without a pointer does."""
    locator.wait_for()
    for _ in range(MOST_KEYS):
        key = locator.evaluate(GOAL)
        if not key:
            return
        press_key(locator.page.keyboard, key)
    raise AssertionError(f"The keyboard does not reach {locator}.")


def press_here(locator: Locator, key: str) -> None:
    """Waits, as a click does, for a page that the key leads to."""
    press_and_wait(locator.page.locator(":focus"), key)


def click(locator: Locator, **options: Any) -> None:
    reach(locator)
    if locator.evaluate("e => e.isContentEditable"):
        move_the_cursor_to(locator)
    else:
        ticked = locator.evaluate(
            "e => ['checkbox', 'radio'].includes(document.activeElement.type)"
        )
        press_here(locator, "Space" if ticked else "Enter")


def move_the_cursor_to(locator: Locator) -> None:
    press_key(locator.page.keyboard, "Control+Home")
    for _ in range(MOST_KEYS):
        if locator.evaluate("e => e.contains(getSelection().anchorNode)"):
            return
        press_key(locator.page.keyboard, "ArrowDown")
    raise AssertionError(f"The cursor does not reach {locator}.")


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
    press_here(locator, key)


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
