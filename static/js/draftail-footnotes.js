/* Offers to turn the footnotes of pasted text into sources. A footnote is a paragraph that begins
   with a mark, such as “[1]” or “¹”, which an earlier paragraph contains too. Until the offer is
   accepted, marks and notes stay text, so that no word is lost. */

(() => {
  const { EditorState, Modifier, SelectionState } = window.DraftJS;

  const MARK_TEXT = "†"; // text of the mark of a source, as in draftail-source.js
  const MAX_LENGTH = 300; // characters of the title of a source; a longer note stays text
  const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  const NOTE = new RegExp(`^(?:\\[([\\divxlc*]{1,5})\\]|([${RAISED}]{1,3}))\\s+(?=\\S)`, "i");
  // A raised number after one or two letters is a unit, such as “km²”.
  const RAISED_MARK = `(?<=\\p{L}{3}|[.,;:!?)”"’'])`;

  const noteMark = (block) => block.getText().match(NOTE)?.[0].trim();

  function findMarks(block, mark) {
    if (noteMark(block)) return []; // one note may refer to another
    const pattern = RAISED.includes(mark[0])
      ? `${RAISED_MARK}${mark}(?![${RAISED}])`
      : mark.replace(/[[\]*]/g, "\\$&");
    return [...block.getText().matchAll(new RegExp(pattern, "gu"))]
      .map(({ index }) => index)
      .filter((index) => !block.getEntityAt(index));
  }

  /* The footnotes in the text that can be sources, each with the places of its marks. */
  function findNotes(content) {
    const blocks = content.getBlocksAsArray();
    const notes = [];
    const lastNote = {}; // by mark: the index of the last note
    blocks.forEach((block, index) => {
      const [start] = block.getText().match(NOTE) ?? [];
      if (!start) return;
      const mark = start.trim();
      const places = blocks.slice((lastNote[mark] ?? -1) + 1, index).flatMap((other) =>
        findMarks(other, mark).map((offset) => ({ key: other.getKey(), offset }))
      );
      const isRepeated = mark in lastNote;
      lastNote[mark] = index;
      const source = readSource(content, block, start.length);
      notes.push({ block, mark, isRepeated, places, source });
    });
    // If two notes have no marks between them, it is unclear to which of them the marks belong.
    const isUnclear = ({ mark }) =>
      notes.some((other) => other.mark === mark && other.isRepeated && !other.places.length);
    return notes.filter((note) => note.source && note.places.length && !isUnclear(note));
  }

  /* The fields of the source that a note becomes; null if a part of the note would be lost. */
  function readSource(content, block, start) {
    const text = block.getText();
    const links = [];
    block.findEntityRanges((character) => character.getEntity(), (from, to) => {
      const { url = "" } = content.getEntity(block.getEntityAt(from)).getData();
      links.push({ url, words: text.slice(from, to) });
    });
    const [link] = links;
    if (links.length > 1 || (link && !/^https?:/.test(link.url))) return null;
    const whole = text.slice(start).trim();
    const [end] = whole.match(/[\s.,;>)]*$/);
    const isUrlAtEnd = link && link.words === link.url && whole.endsWith(`${link.words}${end}`);
    const before = isUrlAtEnd ? whole.slice(0, -(link.words + end).length) : "";
    const title = before.replace(/[\s.,;:<(]+$/, "") || whole;
    return title.length <= MAX_LENGTH ? { title, url: link?.url } : null;
  }

  function makeSources(editorState) {
    let content = editorState.getCurrentContent();
    const places = findNotes(content).flatMap(({ block, mark, places, source }) => {
      content = removeBlock(content, block.getKey());
      return places.map((place) => ({ ...place, mark, source }));
    });
    // From the end, because each replacement moves what follows.
    for (const { key, offset, mark, source } of places.sort((a, b) => b.offset - a.offset)) {
      const range = SelectionState.createEmpty(key).merge({
        anchorOffset: offset,
        focusOffset: offset + mark.length,
      });
      content = content.createEntity("SOURCE", "IMMUTABLE", source);
      const entity = content.getLastCreatedEntityKey();
      content = Modifier.replaceText(content, range, MARK_TEXT, null, entity);
    }
    return EditorState.push(editorState, content, "change-block-data");
  }

  function removeBlock(content, key) {
    const before = content.getBlockBefore(key);
    const range = SelectionState.createEmpty(before.getKey()).merge({
      anchorOffset: before.getLength(),
      focusKey: key,
      focusOffset: content.getBlockForKey(key).getLength(),
    });
    return Modifier.removeRange(content, range, "backward");
  }

  function button(text, onClick) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "button button-small";
    made.textContent = text;
    made.addEventListener("click", onClick);
    return made;
  }

  /* Shows the offer below the editor that has the focus, if its text has footnotes. */
  function offer({ offerText, acceptText, declineText, doneText, leftText }, editor) {
    const { getEditorState, setEditorState } = editor;
    const field = document.activeElement.closest("[data-draftail-editor-wrapper]");
    if (!field || !findNotes(getEditorState().getCurrentContent()).length) return;
    field.parentElement.querySelector(".pasted-footnotes")?.remove();
    const message = document.createElement("div");
    message.className = "help-block help-info pasted-footnotes";
    message.setAttribute("role", "status");
    message.innerHTML =
      '<svg class="icon icon-help icon" aria-hidden="true"><use href="#icon-help"></use></svg>';
    const words = document.createElement("p");
    words.textContent = offerText;
    const buttons = document.createElement("div");
    const end = (text) => {
      buttons.remove();
      words.textContent = text;
      if (!text) message.remove();
      field.querySelector(".public-DraftEditor-content").focus();
    };
    buttons.append(
      button(acceptText, () => {
        const hasNotes = findNotes(getEditorState().getCurrentContent()).length > 0;
        if (hasNotes) setEditorState(makeSources(getEditorState()));
        const blocks = getEditorState().getCurrentContent().getBlocksAsArray();
        end(blocks.some(noteMark) ? leftText : hasNotes ? doneText : "");
      }),
      button(declineText, () => end("")),
    );
    message.append(words, buttons);
    field.after(message);
  }

  // Sent by draftail-paste.js.
  document.addEventListener(
    "footnotes:find",
    ({ detail }) => offer(detail.footnotes, detail.editor),
  );
})();
