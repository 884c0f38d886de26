/* The forms of uploaded files. Wagtail replaces or removes a form when the server has answered, and
   does nothing if it does not answer. */

(() => {
  const { sentence } = document.currentScript.dataset;
  const LIST = "#upload-list";
  const FIELDS = "input:not([type=hidden], [type=file]), textarea, select";

  // What is typed into a form that has been sent would be lost.
  document.addEventListener("submit", ({ target }) => {
    const item = target.closest(`${LIST} > li`);
    if (!item) return;
    target.inert = true;
    target.querySelector(":scope .help-critical[role=alert]")?.remove();
    new MutationObserver((_changes, observer) => {
      if (target.isConnected) return;
      observer.disconnect();
      // The removed form had the focus. The keyboard would start again at the top of the page.
      const problem = item.isConnected &&
        item.querySelector("form [role=alert], form .error-message");
      if (problem) problem.tabIndex = -1;
      const next = document.querySelector(`${LIST} form`)?.querySelector(FIELDS);
      if (document.activeElement === document.body) {
        (problem || next || document.querySelector("#fileupload")).focus();
      }
    }).observe(item.parentElement, { childList: true, subtree: true });
  });

  document.addEventListener("DOMContentLoaded", () => {
    globalThis.jQuery?.(document).on("ajaxError", (_event, _response, { url }) => {
      const forms = document.querySelectorAll(`${LIST} form`);
      const sent = [...forms].find((form) => form.inert && form.action === url);
      if (!sent) return;
      sent.inert = false;
      const button = sent.querySelector("[type=submit]");
      button?.setAttribute("data-w-progress-loading-value", "false"); // takes effect in a moment
      setTimeout(() => button?.focus());
      const told = document.createElement("p");
      told.className = "help-block help-critical";
      told.role = "alert";
      told.innerHTML =
        '<svg class="icon icon-warning" aria-hidden="true"><use href="#icon-warning"></use></svg>';
      told.append(sentence);
      button?.before(told);
    });
  });
})();
