// Says so when the browser found no passkey, or its owner changed their mind.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const trouble = document.getElementById("passkey-trouble");
  trouble.hidden = true;
  requestAnimationFrame(() => (trouble.hidden = false)); // a change, which is read aloud again
});
