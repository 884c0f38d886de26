// Joins the one button with the id "passkey" to allauth's script, which talks to the browser.
addEventListener("DOMContentLoaded", () => {
  const button = document.getElementById("passkey");
  if (!button) return;
  const { credential, passwordless } = button.form.elements;
  window.allauth.webauthn.forms[button.dataset.ceremony]({
    ids: {
      ...{ add: "passkey", authenticate: "passkey", login: "passkey", data: "js_data" },
      credential: credential.id,
      passwordless: passwordless?.id,
    },
  });
});

// Says so when the browser found no passkey, or its owner changed their mind.
addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const trouble = document.getElementById("passkey-trouble");
  trouble.hidden = true;
  requestAnimationFrame(() => (trouble.hidden = false)); // a change, which is read aloud again
}, true);
