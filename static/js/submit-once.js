// The upload form of a chooser is sent by a script, and once more by the second click of a double
// click, before Wagtail has disabled the button.
const DOUBLE_CLICK = 1000; // milliseconds
const submissions = new WeakMap();

document.addEventListener("submit", (event) => {
  const { target: form, timeStamp } = event;
  if (!form.matches("[data-chooser-modal-creation-form]")) return;
  if (timeStamp - submissions.get(form) < DOUBLE_CLICK) {
    event.preventDefault();
    event.stopImmediatePropagation();
  } else {
    submissions.set(form, timeStamp);
  }
}, true);
