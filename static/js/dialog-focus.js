/* In the dialogs of choosers and of sources, the user can type at once. */

document.addEventListener("DOMContentLoaded", () => {
  const FIELDS = "input:not([type=hidden], [type=file]), textarea, select";
  const $ = globalThis.jQuery; // missing on the login pages

  function isLost(dialog) {
    const { activeElement } = document;
    return [null, document.body, dialog].includes(activeElement);
  }

  function focusFirst(dialog, selector) {
    const isVisible = (element) => element.offsetParent && !element.disabled;
    const first = [...dialog.querySelectorAll(selector)].find(isVisible);
    first?.focus();
    return Boolean(first);
  }

  // When the animation ends, Bootstrap takes the focus from the field in which the user types.
  $?.(document).on("show.bs.modal", ".modal", ({ target }) => target.classList.remove("fade"));

  $?.(document).on("shown.bs.modal", ".modal", ({ target: dialog }) => {
    focusFirst(dialog, FIELDS);
    // When the server has answered, Wagtail replaces the form that had the focus.
    const hasField = (node) => node.querySelector?.("input, textarea, select");
    let isReplaced = false;
    const observer = new MutationObserver((changes) => {
      if (!dialog.isConnected) observer.disconnect();
      isReplaced ||= changes.some(({ removedNodes }) => [...removedNodes].some(hasField));
      if (!isReplaced) return;
      // The new form may be hidden for a moment.
      isReplaced = isLost(dialog) && !focusFirst(dialog, "[aria-invalid=true]") &&
        !focusFirst(dialog, FIELDS);
    });
    const attributeFilter = ["hidden", "class", "style"];
    observer.observe(dialog, { childList: true, subtree: true, attributeFilter });
  });
});
