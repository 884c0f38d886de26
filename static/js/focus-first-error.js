// “Go to the first error” may open another tab, which cancels Wagtail's smooth scrolling.
// Scroll to the focused error again after a delay.
const SCROLL_DELAY = 400; // milliseconds

document.addEventListener("focusin", ({ target }) => {
  if (target.matches(".error-message")) {
    setTimeout(() => target.scrollIntoView({ block: "center" }), SCROLL_DELAY);
  }
});
