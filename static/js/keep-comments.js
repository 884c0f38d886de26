/* Whatever is typed in a comment, a reply or a change of one survives autosave and saving. */

(() => {
  const commentApp = () => window.comments?.commentApp;
  const itemsOf = (app) => app.store.getState().comments.comments;

  // Wagtail saves only what was sent with the button beside it, so send the rest too.
  const writtenForms = () =>
    [...document.querySelectorAll("#comments form")].filter((form) =>
      form.querySelector("textarea").value.trim()
    );
  document.addEventListener(
    "submit",
    ({ target }) => {
      if (!target.matches("[data-edit-form]")) return;
      writtenForms().forEach((form) => form.requestSubmit());
      // A new reply is hidden while its comment or another reply is changed.
      writtenForms().forEach((form) => form.requestSubmit());
    },
    { capture: true }, // autosave.js may have stopped the submission
  );

  // After an autosave, Wagtail replaces all comments by those that were sent. That would lose what
  // was typed or sent meanwhile.
  let sent = null; // comments in the autosave; null if they are as on the server
  document.addEventListener("w-autosave:save", () => {
    const app = commentApp();
    if (!app) return;
    const isDirty = app.selectors.selectIsDirty(app.store.getState());
    sent = isDirty ? [...itemsOf(app).values()].filter(({ mode }) => mode !== "creating") : null;
  });
  window.addEventListener(
    "w-autosave:success",
    ({ detail }) => {
      const app = commentApp();
      const saved = detail.data.comments?.comments; // in the order in which they were sent
      if (!app || !saved) return;
      // The first autosave after a refused form may lack the comments, and the answer then, too.
      if (sent && saved.length >= sent.length) replace(app, merge(sent, saved, itemsOf(app)));
      delete detail.data.comments; // nothing is left to do for Wagtail
    },
    { capture: true }, // before Wagtail's listener
  );

  /* The comments or replies of now, with the IDs and texts that the server saved. */
  function merge(before, saved, now) {
    const merged = before.flatMap((item, index) => {
      const { pk, text, deleted, resolved, replies } = saved[index];
      const current = now.get(item.localId);
      if (deleted || (resolved && current?.resolved !== false)) return [];
      const next = { ...(current ?? item), remoteId: pk, originalText: text };
      if (!current) next.deleted = true; // removed during the autosave
      if (next.text === item.text) next.text = text; // the server removes spaces at the ends
      if (replies) {
        const all = merge([...item.replies.values()], replies, next.replies);
        next.replies = new Map(all.map((reply) => [reply.localId, reply]));
        next.remoteReplyCount = all.filter(({ remoteId }) => remoteId).length;
      }
      return [next];
    });
    const ids = new Set(before.map(({ localId }) => localId));
    const others = [...now.values()].filter(({ localId }) => !ids.has(localId));
    // Django expects saved items first.
    return [...merged, ...others].sort((a, b) => !a.remoteId - !b.remoteId);
  }

  function replace(app, comments) {
    const { store, actions } = app;
    const { getState } = store;
    const before = store.getState();
    const { focusedComment, pinnedComment, forceFocus } = before.comments;
    const focused = document.activeElement;
    // All is shown as one change, so that the text field being typed in stays.
    store.getState = () => before;
    try {
      store.dispatch(actions.reset()); // otherwise the number of saved comments only grows
      skipNumbers(app, comments, before.settings.user);
      comments.forEach((comment) => store.dispatch(actions.addComment(comment)));
      const pin = { updatePinnedComment: true, forceFocus };
      store.dispatch(actions.setFocusedComment(pinnedComment, pin));
    } finally {
      store.getState = getState;
    }
    const focus = { updatePinnedComment: false, forceFocus };
    store.dispatch(actions.setFocusedComment(focusedComment, focus));
    if (document.activeElement !== focused) focused.focus({ preventScroll: true });
  }

  /* After a reset, Wagtail numbers new comments and replies from 1, so use up the numbers. */
  function skipNumbers(app, comments, user) {
    const numbers = comments.map(({ localId }) => localId);
    const replyNumbers = comments.flatMap(({ replies }) => [...replies.keys()]);
    const blanks = Array(Math.max(0, ...numbers)).fill({ replies: [] });
    if (!blanks.length) return;
    blanks[0] = { replies: Array(Math.max(0, ...replyNumbers)).fill({}) };
    const authors = { [user.id]: { name: user.name, avatar_url: user.avatarUrl } };
    app.loadData({ comments: blanks, user: user.id, authors });
    blanks.forEach((_, index) => app.store.dispatch(app.actions.deleteComment(index + 1)));
  }
})();
