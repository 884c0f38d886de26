// Makes the quick exit faster; without this script it is an ordinary link.

const leave = (link) => {
  document.documentElement.hidden = true;
  document.title = link.hostname;
  history.replaceState(null, "", "/");
  location.replace(link.href);
};

let presses = [];
let isShiftAlone;

addEventListener("click", (event) => {
  const link = event.target.closest(".quick-exit");
  if (link) event.preventDefault(), leave(link);
  presses = [];
});

// Pressing Shift three times within two seconds also leaves, unless the user is typing in a field.
addEventListener("keydown", (event) => {
  isShiftAlone = event.key === "Shift";
  if (!isShiftAlone) presses = [];
});

addEventListener("keyup", (event) => {
  if (!isShiftAlone || event.key !== "Shift") return;
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  presses = typing ? [] : [...presses.slice(-2), event.timeStamp];
  if (presses[2] - presses[0] < 2000) leave(document.querySelector(".quick-exit"));
});
