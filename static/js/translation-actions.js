/* In wagtail-localize's editor: the main button never deletes, unpublishes or converts.
   Its last action is the main button, even for users who cannot publish. */

(() => {
  const show = () => {
    const main = document.querySelector("footer .w-dropdown-button > .action-secondary");
    const menu = main?.parentElement.querySelector("[data-w-dropdown-target='content']");
    if (!menu) return;
    const { nextUrl, nextLabel } = document.querySelector(".js-translation-editor").dataset;
    menu.append(main);
    if (!nextUrl) return;
    const link = Object.assign(document.createElement("a"), { href: nextUrl, className: "button" });
    link.textContent = nextLabel;
    menu.closest(".w-dropdown-button").prepend(link);
  };
  window.addEventListener("load", show);
})();
