/* A double click on a button that submits a form in the CMS submits it once. */

(() => {
  const DOUBLE_CLICK = 1000; // milliseconds; people may set up to 900 in Windows
  const clickedAt = new WeakMap(); // by button

  document.addEventListener(
    "click",
    (event) => {
      const button = event.target.closest("button, input");
      // A script that clicks has waited for something, such as the end of an autosave.
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
