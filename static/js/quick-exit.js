// Makes the quick exit faster; without this script it is an ordinary link.

const leave = (link) => {
  document.documentElement.hidden = true;
  document.title = link.hostname;
  history.replaceState(null, "", "/");
  location.replace(link.href);
};

addEventListener("click", (event) => {
  const link = event.target.closest(".quick-exit");
  if (link) event.preventDefault(), leave(link);
});

// Pressing Shift alone three times within two seconds also leaves, except in a field.
let presses = [];

const forget = () => presses = [];
addEventListener("pointerdown", forget);
addEventListener("wheel", forget, { passive: true });

addEventListener("keydown", ({ key, repeat, target, timeStamp }) => {
  const typing = target.closest?.("input, textarea, select, [contenteditable]");
  if (key !== "Shift" || typing) forget();
  else if (!repeat) presses = [...presses.slice(-2), timeStamp];
});

addEventListener("keyup", () => {
  if (presses[2] - presses[0] < 2000) leave(document.querySelector(".quick-exit"));
});
