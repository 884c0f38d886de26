/* A double click on a button that submits a form in the CMS submits it once. */

(() => {
  const DOUBLE_CLICK = 1000; // milliseconds; Windows allows up to 900
  const clickedAt = new WeakMap(); // by button

  document.addEventListener(
    "click",
    (event) => {
      const button = event.target.closest("button, input");
      // Scripted clicks pass: Wagtail clicks again itself, for example after an autosave.
      if (!event.isTrusted || button?.type !== "submit") return;
      if (event.timeStamp - clickedAt.get(button) < DOUBLE_CLICK) {
        event.preventDefault();
        event.stopImmediatePropagation();
      } else {
        clickedAt.set(button, event.timeStamp);
      }
    },
    { capture: true },
  );
})();
