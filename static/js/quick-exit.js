// Makes the quick exit faster; without this script it is an ordinary link.

const leave = (link) => {
  document.documentElement.hidden = true;
  document.title = link.hostname;
  history.replaceState(null, "", "/");
  location.replace(link.href);
};

let taps = [];
let alone;

addEventListener("click", (event) => {
  const link = event.target.closest(".quick-exit");
  if (link) event.preventDefault(), leave(link);
  taps = [];
});

// Pressing Shift three times within two seconds also leaves, unless the user is typing in a field.
addEventListener("keydown", (event) => {
  alone = event.key === "Shift";
  if (!alone) taps = [];
});

addEventListener("keyup", (event) => {
  if (!alone || event.key !== "Shift") return;
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  taps = typing ? [] : [...taps.slice(-2), event.timeStamp];
  if (taps[2] - taps[0] < 2000) leave(document.querySelector(".quick-exit"));
});
