/* The text editor writes into its form a quarter of a second after the last key. Whoever saves sooner
   would lose the last words: whatever reads the form (saving, autosave, preview) gets them from here. */

(() => {
  const OF_COMMENTS = /^(COMMENT-|STYLE_RERENDER_)/; // how the editor shows them; not text

  function written(editor) {
    const content = window.Draftail.serialiseEditorStateToRaw(editor.getEditorState());
    for (const block of content?.blocks ?? []) {
      block.inlineStyleRanges = block.inlineStyleRanges.filter(
        ({ style }) => !OF_COMMENTS.test(style),
      );
    }
    return JSON.stringify(content);
  }

  document.addEventListener("formdata", ({ target, formData }) => {
    for (const { name, draftailEditor } of target.elements) {
      if (draftailEditor && formData.has(name)) formData.set(name, written(draftailEditor));
    }
  });
})();
