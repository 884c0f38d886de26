/* Keeps all of a text that is pasted or dropped into a field. A field with a limit would cut it
   without a word; without `maxlength` the server refuses it and says why. */

(() => {
  const LINE_BREAKS = /[\v\f\u2028\u2029]/g; // of other programs; a field would join the words

  function keepWholeText(event) {
    const field = event.target;
    const { clipboardData, dataTransfer } = event;
    const text = (clipboardData ?? dataTransfer).getData("text/plain");
    if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement)) return;
    if (field.maxLength > 0 && field.value.length + text.length > field.maxLength) {
      field.removeAttribute("maxlength");
    }
    if (clipboardData && LINE_BREAKS.test(text)) {
      event.preventDefault();
      document.execCommand("insertText", false, text.replace(LINE_BREAKS, "\n"));
    }
  }

  document.addEventListener("paste", keepWholeText, true);
  document.addEventListener("drop", keepWholeText, true);
})();
