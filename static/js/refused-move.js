/* Says that a row of a list was not moved. Wagtail's controller only throws an error. */

(() => {
  const { sentence } = document.currentScript.dataset;
  window.addEventListener("unhandledrejection", ({ reason }) => {
    const isMove = document.querySelector("[data-controller~='w-orderable']");
    const isRefusal = reason instanceof TypeError || /^HTTP error!/.test(reason?.message);
    if (!isMove || !isRefusal) return;
    const detail = { clear: true, text: sentence, type: "error" };
    document.dispatchEvent(new CustomEvent("w-messages:add", { detail }));
  });
})();
