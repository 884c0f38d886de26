/* Autosave, where Wagtail's own would lose words or stop for good. */

(() => {
  const sessions = "[data-controller~='w-session']";
  const watchOf = (form) =>
    window.wagtail.app.getControllerForElementAndIdentifier(form, "w-unsaved");
  const everyWatch = (act) =>
    document.querySelectorAll("[data-controller~='w-unsaved']").forEach((form) => {
      const watch = watchOf(form);
      if (watch) act(watch); // there is none yet while the page loads
    });
  let stored = ""; // what the server has of the form; nothing before somebody touches it
  let sent = ""; // what is on its way there
  let waiting = false; // for a server that answers, or for somebody to log in

  // Wagtail takes for stored what the form holds two seconds after loading: too late for whoever
  // types at once, too early for a slow machine, on which fields are still coming. What it holds when
  // somebody first touches the page is stored. After a form with mistakes it does not look any more.
  let touched = false;
  function take(watch) {
    stored = watch.formData;
    watch.setInitialFormData();
  }
  for (const touch of ["focusin", "keydown", "pointerdown"]) {
    document.addEventListener(
      touch,
      () => {
        if (!touched) everyWatch(take);
        touched = true;
      },
      { capture: true },
    );
  }
  document.addEventListener("w-unsaved:ready", ({ target }) => {
    const watch = watchOf(target);
    if (touched) take(watch);
    watch.checkInterval ??= window.setInterval(watch.check, watch.checkIntervalValue);
  });

  // It takes what was typed while a save was on its way for stored, too.
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
    { capture: true }, // before Wagtail looks
  );
  document.addEventListener("w-unsaved:watch-edits", ({ target }) => {
    watchOf(target).initialFormData = stored;
  });

  // Sent while an autosave is on its way, a new page would be made twice, and a version of one's own
  // would be taken for another window's. A form is sent after the autosave, and then comes no other.
  let isSaving = false;
  let isLeaving = false;
  let held = null; // the form that waits, and the button that was pressed
  document.addEventListener("w-autosave:save", (event) => {
    if (isLeaving) event.preventDefault();
    else isSaving = true;
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
        setTimeout(() => (isLeaving = !event.defaultPrevented));
      }
    },
    { capture: true },
  );
  function release(send) {
    isSaving = false;
    if (!held) return;
    const { form, submitter } = held;
    held = null;
    submitter?.removeAttribute("disabled"); // a button that is pressed turns itself off
    send(form, submitter);
  }
  document.addEventListener("w-autosave:success", () => {
    release((form, submitter) => form.requestSubmit(submitter));
  });
  // Where the network or the session is gone, a press on the button asks before it sends the form.
  document.addEventListener("w-autosave:error", () => {
    release((form, submitter) =>
      setTimeout(() => (submitter ? submitter.click() : form.requestSubmit()))
    );
  });

  // It looks twice a second; whoever leaves sooner is asked, too.
  window.addEventListener("beforeunload", () => everyWatch((watch) => watch.check()), {
    capture: true, // before Wagtail asks
  });

  // It stops trying after a minute. The page goes on asking who else is here: an answer means that
  // saving is worth a try. Until then the buttons that leave the page ask first.
  window.addEventListener("w-autosave:error", ({ detail }) => {
    waiting = detail.type !== "validation_error";
    if (waiting) askBeforeSaving();
  });
  window.addEventListener("w-swap:error", ({ target }) => {
    if (target.closest(sessions)) askBeforeSaving();
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

  // Logging in again, in another tab, changes the token that forms must send.
  document.addEventListener("formdata", ({ formData }) => {
    const token = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1];
    if (!token) return;
    window.wagtailConfig.CSRF_TOKEN = token;
    if (formData.has("csrfmiddlewaretoken")) formData.set("csrfmiddlewaretoken", token);
  });
})();
