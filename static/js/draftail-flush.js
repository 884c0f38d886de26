/* Draftail updates its form field 250 ms after the last key press. Saving sooner would lose the last
   words. This script adds the current text whenever the form is read (save, autosave, preview). */

(() => {
  const COMMENT_STYLES = /^(COMMENT-|STYLE_RERENDER_)/; // display only, not content

  function serialize(editor) {
    const content = window.Draftail.serialiseEditorStateToRaw(editor.getEditorState());
    for (const block of content?.blocks ?? []) {
      block.inlineStyleRanges = block.inlineStyleRanges.filter(
        ({ style }) => !COMMENT_STYLES.test(style),
      );
    }
    return JSON.stringify(content);
  }

  document.addEventListener("formdata", ({ target, formData }) => {
    for (const { name, draftailEditor } of target.elements) {
      if (draftailEditor && formData.has(name)) formData.set(name, serialize(draftailEditor));
    }
  });
})();
