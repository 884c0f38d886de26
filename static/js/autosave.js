/* Fixes cases in which Wagtail's autosave loses text or stops for good. */

(() => {
  const sessions = "[data-controller~='w-session']";
  const controllerOf = (form, name) =>
    window.wagtail.app.getControllerForElementAndIdentifier(form, name);
  // A `watch` is Wagtail's controller that checks a form for unsaved changes.
  const watchOf = (form) => controllerOf(form, "w-unsaved");
  const everyWatch = (act) =>
    document.querySelectorAll("[data-controller~='w-unsaved']").forEach((form) => {
      const watch = watchOf(form);
      if (watch) act(watch); // not yet connected while the page loads
    });
  let stored = ""; // form data that the server has; empty before the first interaction
  let sent = ""; // form data of the save in progress
  let waiting = false; // true after an error other than invalid data, until a save succeeds

  // Wagtail treats the form data two seconds after loading as saved. That is too late if the user
  // types at once, and too early on a slow machine that is still adding fields. Instead, the form
  // data at the first interaction counts as saved.
  let touched = false;
  function markAsSaved(watch) {
    stored = watch.formData;
    watch.setInitialFormData();
  }
  for (const touch of ["focusin", "keydown", "pointerdown"]) {
    document.addEventListener(
      touch,
      () => {
        if (!touched) everyWatch(markAsSaved);
        touched = true;
      },
      { capture: true },
    );
  }
  document.addEventListener("w-unsaved:ready", ({ target }) => {
    const watch = watchOf(target);
    if (touched) markAsSaved(watch);
    // After a form error, Wagtail does not check for changes.
    watch.checkInterval ??= window.setInterval(watch.check, watch.checkIntervalValue);
  });

  // Wagtail also treats text typed during a save as saved.
  document.addEventListener("w-autosave:save", ({ target }) => {
    sent = watchOf(target).formData;
  });
  document.addEventListener(
    "w-autosave:success",
    ({ detail }) => {
      const fields = new URLSearchParams(sent);
      for (const [name, value] of Object.entries(detail.response.field_updates ?? {})) {
        if (fields.has(name)) fields.set(name, value);
      }
      stored = fields.toString();
      waiting = false;
    },
    { capture: true }, // before Wagtail's listener
  );
  document.addEventListener("w-unsaved:watch-edits", ({ target }) => {
    watchOf(target).initialFormData = stored;
  });

  // A date that is only partly typed is no error, so autosave waits until the text is a date or its
  // field loses the focus.
  let isDateAwaited = false;
  document.addEventListener(
    "w-autosave:save",
    (event) => {
      const field = document.activeElement?.closest("[data-controller~='date-text']");
      isDateAwaited = Boolean(field && controllerOf(field, "date-text")?.isUnfinished);
      if (!isDateAwaited) return;
      event.preventDefault();
      event.stopImmediatePropagation(); // nothing is being saved
    },
    { capture: true }, // before all other listeners
  );
  document.addEventListener("date-text:read", () => {
    if (isDateAwaited) everyWatch((watch) => watch.notify());
  });

  // If a form were submitted during an autosave, a new page would be created twice, or the user's
  // own version would be reported as one from another window. So the form is submitted after the
  // autosave, and no further autosave starts.
  let isSaving = false;
  let isLeaving = false;
  let held = null; // the waiting form and its submit button
  // The server ignores an autosave that arrives after a later save.
  let saveNumber = history.state?.saveNumber ?? 0;
  document.addEventListener("w-autosave:save", (event) => {
    // Wagtail adds this field when an approval is confirmed. An autosave would approve once more.
    const approves = event.target.elements["action-workflow-action"];
    if (isLeaving || approves) {
      event.preventDefault();
      return;
    }
    isSaving = true;
    saveNumber += 1;
    event.detail.formData.set("save_number", saveNumber);
  });
  document.addEventListener(
    "submit",
    (event) => {
      const { target, submitter } = event;
      if (!target.matches("[data-controller~='w-autosave']")) return;
      if (isSaving) {
        event.preventDefault();
        event.stopImmediatePropagation();
        held = { form: target, submitter };
      } else {
        isLeaving = true;
        saveNumber += 1;
        // For the browser's Back button: the form of a new page must not create it again.
        history.replaceState({ formId, saveNumber }, "");
        setTimeout(() => {
          if (event.defaultPrevented) isLeaving = false;
          else freeze(target);
        });
      }
    },
    { capture: true },
  );
  document.addEventListener(
    "click",
    (event) => {
      const submitter = event.target.closest("[data-controller~='w-autosave'] [type='submit']");
      const session = document.querySelector(sessions);
      // The server fills the field `newer_version` when it refuses a save and tells the user about
      // another window's version. Wagtail's dialog need not ask about the same version again.
      const told = submitter?.form.elements.newer_version?.value;
      if (session && told && (!newerVersion || newerVersion === told)) {
        delete session.dataset.wSessionInterceptValue;
      }
      const reason = session?.dataset.wSessionInterceptValue;
      // Hold the click until the autosave ends. Otherwise Wagtail's dialog about the lost connection
      // would open, and close with the click lost when the autosave succeeds.
      if (!submitter || !isSaving || reason !== "network") return;
      event.preventDefault();
      event.stopImmediatePropagation();
      held = { form: submitter.form, submitter };
    },
    { capture: true },
  );
  // When an approval is confirmed in a dialog, Wagtail submits the form with jQuery, which sends no
  // event. The browser would then ask whether to leave the page with unsaved changes.
  window.jQuery(document).on("submit", "[data-controller~='w-autosave']", (event) => {
    if (event.originalEvent) return;
    event.preventDefault();
    event.target.requestSubmit();
  });
  function release(send) {
    isSaving = false;
    if (!held) return;
    const { form, submitter } = held;
    held = null;
    submitter?.removeAttribute("disabled"); // Wagtail disables a clicked button
    send(form, submitter);
  }
  document.addEventListener("w-autosave:success", () => {
    release((form, submitter) => form.requestSubmit(submitter));
  });
  // After a network or session error, click the button. A click opens Wagtail's dialog, which asks
  // before the form is submitted.
  document.addEventListener("w-autosave:error", () => {
    release((form, submitter) => {
      // The dialog names the button, which must not be called “Saving…” then.
      if (submitter) submitter.dataset.wProgressLoadingValue = "false";
      setTimeout(() => (submitter ? submitter.click() : form.requestSubmit()));
    });
  });

  // Text typed while the server saves the form would be lost, so the form does not accept it.
  let frozen = null; // the form and the focused field
  function freeze(form) {
    if (!window.navigation) return; // without it, the form would stay inert if the submission is stopped
    frozen = { form, focused: document.activeElement };
    form.inert = true;
  }

  // If the user stops a submission, e.g. with Escape, the form stays open. Autosave and the prompt
  // about unsaved changes must then work again. So must they after the browser's Back button.
  function stay() {
    if (!isLeaving) return;
    isLeaving = false;
    if (frozen) {
      frozen.form.inert = false;
      frozen.focused?.focus();
      frozen = null;
    }
    everyWatch((watch) => {
      watch.confirmationValue = true;
      watch.notify();
    });
  }
  window.navigation?.addEventListener("navigateerror", stay);
  window.addEventListener("pageshow", ({ persisted }) => {
    if (persisted) stay();
  });

  // Wagtail checks for changes twice a second. Check again when the user leaves. Wagtail's prompt
  // ignores comments, so ask about them too.
  window.addEventListener(
    "beforeunload",
    (event) =>
      everyWatch((watch) => {
        watch.check();
        if (watch.confirmationValue && (watch.hasCommentsValue || isWritingComment())) {
          event.preventDefault();
        }
      }),
    { capture: true }, // before Wagtail's prompt
  );
  function isWritingComment() {
    const state = window.comments?.commentApp?.store.getState();
    const isOpen = ({ mode, text, newText }) =>
      ["creating", "editing"].includes(mode) && newText !== text;
    return [...(state?.comments.comments.values() ?? [])].some((comment) =>
      isOpen(comment) || comment.newReply || [...comment.replies.values()].some(isOpen)
    );
  }

  // Wagtail stops retrying after a minute. The page still polls for other editors. If a poll gets a
  // response, saving can be retried. Until then, the buttons that leave the page ask first.
  window.addEventListener("w-autosave:error", ({ detail }) => {
    waiting = detail.type !== "validation_error";
    if (!waiting) return;
    askBeforeSaving();
    giveReason(detail);
  });
  window.addEventListener("w-swap:error", ({ target, detail }) => {
    if (!target.closest(sessions)) return;
    askBeforeSaving();
    // If the page was deleted, the server's response to this autosave says so.
    const form = document.querySelector("form[data-controller~='w-autosave']");
    if (form && detail.error.status === 404) controllerOf(form, "w-autosave").save();
  });
  window.addEventListener("w-swap:success", ({ target }) => {
    if (waiting && target.closest(sessions)) everyWatch((watch) => watch.notify());
  });
  function askBeforeSaving() {
    const session = document.querySelector(sessions);
    if (session && !session.dataset.wSessionInterceptValue) {
      session.dataset.wSessionInterceptValue = "network";
    }
  }

  // Wagtail's dialog gives the network as the reason for every error.
  let networkTexts; // the dialog's original title and subtitle
  function giveReason({ type, text }) {
    const nodes = ["title-text", "subtitle"].map((part) =>
      document.getElementById(`${part}-w-save-confirmation-dialog`)
    );
    if (nodes.includes(null)) return;
    networkTexts ??= nodes.map((node) => node.textContent);
    const [first, ...others] = text.split(/(?<=\.) /);
    const texts = type === "network_error" ? networkTexts : [first, others.join(" ")];
    nodes.forEach((node, index) => (node.textContent = texts[index]));
  }

  // The server recognizes what this form saved, even if an answer was lost: editorial/lost_answers.py
  const formId = history.state?.formId ?? [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0")).join("");
  let newerVersion = ""; // of another window
  let confirmedVersion = "";
  document.addEventListener("formdata", ({ target, formData }) => {
    if (!target.matches(`[data-edit-form], ${sessions}`)) return;
    formData.set("form_id", formId);
    if (!isLeaving) return;
    formData.set("save_number", saveNumber);
    if (confirmedVersion) formData.set("newer_version", confirmedVersion);
  });

  // The server refuses to replace a newer version of which the user has not been told.
  document.addEventListener("w-swap:json", ({ target, detail }) => {
    if (target.closest(sessions)) newerVersion = detail.data.newer_version ?? "";
  });
  document.addEventListener("w-dialog:confirmed", ({ target }) => {
    const title = target.querySelector("#title-text-w-save-confirmation-dialog");
    if (title) confirmedVersion = newerVersion;
  }, { capture: true }); // before Wagtail submits the form

  // When a new page is saved, Wagtail loads the parts of the editor that a new page lacks. If that
  // fails, Wagtail stops autosaving. Here it continues: the next save is sent to the old URL again, and
  // the server recognizes the page by `form_id` (editorial/lost_answers.py).
  let action = ""; // of the last save
  document.addEventListener("w-autosave:save", ({ target }) => (action = target.action));
  document.addEventListener("w-autosave:deactivated", ({ target, detail }) => {
    if (detail.error.name !== "HydrationError") return;
    target.action = action;
    controllerOf(target, "w-autosave").activeValue = true;
  });

  // After a successful save, the reason no longer applies.
  document.addEventListener("w-autosave:success", () => {
    if (!networkTexts) return;
    giveReason({ type: "network_error", text: "" });
    const title = document.getElementById("title-text-w-save-confirmation-dialog");
    title?.closest("[data-controller='w-dialog']").dispatchEvent(new Event("w-dialog:hide"));
  });

  // Logging in again in another tab changes the CSRF token, so take it from the cookie.
  document.addEventListener("formdata", ({ formData }) => {
    const token = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1];
    if (!token) return;
    window.wagtailConfig.CSRF_TOKEN = token;
    if (formData.has("csrfmiddlewaretoken")) formData.set("csrfmiddlewaretoken", token);
  });
})();
