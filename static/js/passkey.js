// Connects the button with the id "passkey" to allauth's WebAuthn script.
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

// Shows a message if no passkey was found or the user canceled.
addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const trouble = document.getElementById("passkey-trouble");
  trouble.hidden = true;
  requestAnimationFrame(() => (trouble.hidden = false)); // toggled so that screen readers announce it again
}, true);
