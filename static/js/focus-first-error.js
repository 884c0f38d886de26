// “Go to the first error” may open another tab on its way, and Wagtail's gentle scrolling is given up
// when the tab opens: the error that was reached is shown once all is quiet.
const QUIET = 400; // milliseconds

document.addEventListener("focusin", ({ target }) => {
  if (target.matches(".error-message")) {
    setTimeout(() => target.scrollIntoView({ block: "center" }), QUIET);
  }
});
