/* In lists of blocks and of inline forms: a removed item can be restored, moves keep the focus, and
   each change is announced. */

(() => {
  const texts = document.currentScript.dataset;
  const $ = window.jQuery;
  const FOCUS_DELAY = 50; // milliseconds; Wagtail focuses a new block after 10

  const status = document.createElement("div");
  status.className = "w-sr-only";
  status.role = "status";
  document.addEventListener("DOMContentLoaded", () => document.body.append(status));

  function words(text, name, index, count) {
    return text.replace("{name}", name).replace("{position}", index + 1).replace("{count}", count);
  }

  /* After a move, focus the same button or, at the start or the end of the list, the other one. */
  function focusAgain(button, others) {
    const next = button.disabled ? [...others].find((other) => !other.disabled) : button;
    next.focus();
    show(next);
  }

  function show(element) {
    element.scrollIntoView({ block: "nearest" });
  }

  function isLost() {
    return !document.activeElement || document.activeElement === document.body;
  }

  /* Show a bar with “Undo” in place of `item`, which Wagtail hides. `restore` puts it back. */
  function offerUndo(item, name, restore) {
    const removed = words(texts.removed, name);
    const bar = document.createElement("div");
    bar.className = "removed-block deleted"; // Wagtail skips `deleted` when it counts inline forms
    const undo = document.createElement("button");
    undo.type = "button";
    undo.className = "button button-small button-secondary";
    undo.textContent = texts.undo;
    bar.append(removed, undo);
    undo.addEventListener("click", () => {
      bar.remove();
      $(item).stop(true, true).removeAttr("aria-hidden").show();
      restore();
      item.querySelector("[data-panel-toggle]").focus();
      status.textContent = words(texts.restored, name);
    });
    const hadFocus = isLost() || item.contains(document.activeElement);
    item.after(bar);
    if (hadFocus) undo.focus();
    $(item).promise().done(() => show(bar)); // after the animation
    status.textContent = removed;
  }

  const commentApp = () => window.comments?.commentApp;

  function commentsOn(path) {
    const { comments } = commentApp()?.store.getState() ?? {};
    return [...comments?.comments.values() ?? []].filter((comment) =>
      path && comment.contentpath.startsWith(path) && !comment.resolved && !comment.deleted
    );
  }

  /* Show comments again that Wagtail resolved in the editor when their block was removed. */
  function reopen(comments) {
    const { actions, store } = commentApp();
    const shown = [...store.getState().comments.comments.values()];
    const missing = comments.filter((comment) => {
      const isSame = ({ remoteId, contentpath, text, deleted }) =>
        comment.remoteId
          ? remoteId === comment.remoteId
          : contentpath === comment.contentpath && text === comment.text && !deleted;
      const same = shown.find(isSame);
      // Wagtail removed the annotation. Without one, it makes a new one.
      const update = { resolved: false, annotation: null };
      if (same?.resolved) store.dispatch(actions.updateComment(same.localId, update));
      return !same;
    });
    if (!missing.length) return;
    const { user } = store.getState().settings;
    const authors = { [user.id]: { name: user.name, avatar_url: user.avatarUrl } };
    const serialize = ({ remoteId, author, date, ...others }) => {
      authors[author.id] = { name: author.name, avatar_url: author.avatarUrl };
      return { ...others, pk: remoteId, user: author.id, created_at: new Date(date).toISOString() };
    };
    commentApp().loadData({
      comments: missing.map((comment) => ({
        ...serialize(comment),
        replies: [...comment.replies.values()].map(serialize),
      })),
      user: user.id,
      authors,
    });
    const added = [...store.getState().comments.comments.values()].slice(-missing.length);
    missing.forEach(({ mode, newText, newReply }, index) =>
      store.dispatch(actions.updateComment(added[index].localId, { mode, newText, newReply }))
    );
  }

  // After an autosave, Wagtail loads the comments as they were when the autosave began.
  const removedPaths = new Set();
  let reopened = []; // comments, during an autosave
  let isSaving = false;
  document.addEventListener("w-autosave:save", () => (isSaving = true));
  document.addEventListener("w-autosave:error", () => (isSaving = false));
  // On the window, because Wagtail listens on the document.
  window.addEventListener("w-autosave:success", () => {
    isSaving = false;
    removedPaths.forEach((path) => commentApp()?.invalidateContentPath(path));
    if (reopened.length) reopen(reopened);
    reopened = [];
  });

  // The blocks of a stream or a list.
  const { StreamBlock } = window.wagtailStreamField?.blocks ?? {};
  if (StreamBlock) {
    const sequence = Object.getPrototypeOf(StreamBlock).prototype;
    const { _insert, deleteBlock, moveBlock } = sequence;
    const nameOf = (block) => block.blockDef.meta.label;
    const announce = (text, block, { children }) => {
      status.textContent = words(text, nameOf(block), block.index, children.length);
    };

    sequence._insert = function (definition, state, id, index, options) {
      const block = _insert.call(this, definition, state, id, index, options);
      if (options?.focus) { // added or duplicated by the user
        announce(texts.added, block, this);
        // Some blocks, such as those with a chooser, do not take the focus.
        setTimeout(() => {
          if (!block.element.contains(document.activeElement)) block.toggleElement.focus();
        }, FOCUS_DELAY);
      }
      return block;
    };

    sequence.moveBlock = function (from, to) {
      const block = this.children[from];
      const focused = document.activeElement;
      const hadFocus = block.element.contains(focused);
      moveBlock.call(this, from, to);
      if (from === to) return;
      if (hadFocus) {
        const controls = block.actionsContainerElement;
        focusAgain(focused, controls.querySelectorAll("[data-streamfield-action^=MOVE]"));
      }
      announce(texts.moved, block, this);
    };

    sequence.deleteBlock = function (index, options) {
      const block = this.children[index];
      const inserter = this.inserters[index];
      const { element } = block;
      const path = block.getContentPath();
      const comments = commentsOn(path);
      deleteBlock.call(this, index, options);
      if (path) removedPaths.add(path);
      offerUndo(element, nameOf(block), () => {
        $(inserter.element).stop(true, true).removeAttr("aria-hidden").show();
        // Others may have been moved, so the position is that among the elements.
        const isBefore = ({ element: other }) =>
          element.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_PRECEDING;
        const position = this.children.filter(isBefore).length;
        this.children.splice(position, 0, block);
        this.inserters.splice(position, 0, inserter);
        block.deletedInput.val("");
        this.inserters.forEach((each, number) => each.setIndex(number));
        this.children.forEach((each, number, { length }) => {
          each.setIndex(number);
          number > 0 ? each.enableMoveUp() : each.disableMoveUp();
          number < length - 1 ? each.enableMoveDown() : each.disableMoveDown();
        });
        this.blockCountChanged();
        removedPaths.delete(path);
        if (comments.length) reopen(comments);
        if (isSaving) reopened.push(...comments);
      });
    };
  }

  // Inline forms, such as the tasks of a workflow.
  const panel = window.InlinePanel.prototype;
  const { initChildControls } = panel;
  panel.initChildControls = function (prefix) {
    initChildControls.call(this, prefix);
    const item = document.getElementById(`inline_child_${prefix}`);
    const isDeleted = document.getElementById(`id_${prefix}-DELETE`);
    const name = item.querySelector("[data-panel-heading-text]").firstChild.textContent.trim();
    document.getElementById(`${isDeleted.id}-button`).addEventListener(
      "click",
      () =>
        offerUndo(item, name, () => {
          item.classList.remove("deleted");
          isDeleted.value = "";
          isDeleted.dispatchEvent(new Event("change", { bubbles: true }));
          if (this.opts.canOrder) this.updateOrderValues();
          this.updateControlStates();
        }),
    );
    const moves = item.querySelectorAll(
      "[data-inline-panel-child-move-up], [data-inline-panel-child-move-down]",
    );
    moves.forEach((button) =>
      button.addEventListener("click", () => {
        focusAgain(button, moves);
        const items = [...item.parentElement.children].filter((each) =>
          !each.classList.contains("deleted")
        );
        status.textContent = words(texts.moved, name, items.indexOf(item), items.length);
      })
    );
  };
})();
