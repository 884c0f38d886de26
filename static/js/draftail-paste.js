/* Cleans text that is pasted or dropped into the text editor before it is shown, so that the editor
   shows only what is saved, and no word is lost. */

(() => {
  const { EditorState, Modifier, RichUtils, convertFromRaw, genKey } = window.DraftJS;

  const BLOCKS =
    "address,article,aside,blockquote,caption,center,dd,details,div,dl,dt,fieldset,figcaption," +
    "figure,footer,form,h1,h2,h3,h4,h5,h6,header,hr,li,main,nav,ol,p,pre,section,summary,table," +
    "tbody,td,tfoot,th,thead,tr,ul";
  const FIRST_LEVEL = "h1, .MsoTitle, [role=heading][aria-level='1']";
  // Not part of the text: comments, and what was deleted while the document tracked changes.
  const SKIPPED = "head,style,script,template,title,meta,xml,del,[hidden],.msocomanchor," +
    ".Apple-interchange-newline,[style*='mso-element:comment'],[style*='mso-hide:all']";
  const LEVELS = ["one", "two", "three", "four", "five", "six"];
  const LISTS = { OL: "ordered-list-item", UL: "unordered-list-item" };
  const WORD_LIST = /mso-list:\s*l\d+\s+level(\d)/i;
  const WORD_LIST_MARK = /mso-list:\s*ignore/i;
  const NUMBER = /^\(?(\d+|[a-z]|[ivxlc]+)[.)]/i;
  const BULLET = /^[·•▪◦‣●○\uf0b7]\s*/;
  const BLOCK_STYLE = /^(block|flex|grid|list-item|table)$/; // of “display”, as in Slack
  const NOTE_LINK = /^#|#(_?ftn|_?edn|sdfootnote|sdendnote|_?ftnref|_?ednref)/i;
  const NOTE_MARK = /^[\divxlc*]{1,5}$/i;
  const NOTE = /^(\[[\divxlc*]{1,5}\]|[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3})\s/i; // as in draftail-footnotes.js
  const DIGITS = "0123456789+-()";
  const SCRIPTS = { sub: "₀₁₂₃₄₅₆₇₈₉₊₋₍₎", super: "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾" };
  const PROTOCOLS = ["http:", "https:", "mailto:", "tel:"];
  const WEB_ADDRESS = /\bhttps?:\/\/[^\s<>"“”]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+/gi;
  const MAX_DEPTH = 4; // as in Wagtail

  /* Reads text into blocks: paragraphs, headings and list items, with bold text and links. */
  class Reader {
    constructor(options) {
      this.options = options;
      this.blocks = [];
      this.close();
    }

    readHtml(html) {
      const { body } = new DOMParser().parseFromString(html, "text/html");
      // The page has a heading of the first level already: its title.
      this.levelShift = body.querySelector(FIRST_LEVEL) ? 1 : 0;
      this.visit(body, { type: this.options.blockTypes.unstyled, depth: 0 });
    }

    readText(text) {
      for (const line of text.split(/\r\n?|\n|\u2029/)) {
        this.add(line.replace(/[\v\u2028]/g, "\n"), { type: "unstyled", isPreformatted: true });
        this.close();
      }
    }

    /* The next text begins a new block. */
    close() {
      this.block = null;
      this.pending = ""; // whitespace that is added before the next text of this block
    }

    endParagraph(context) {
      if (context.isInCell) this.pending ||= " ";
      else if (context.item && this.block?.item === context.item) this.pending = "\n";
      else this.close();
    }

    add(text, { type, depth = 0, item, isBold, url, isPreformatted }) {
      const spaces = isPreformatted ? /[ \t\f\u00a0]+/g : /[ \t\r\n\f\u00a0]+/g;
      let clean = text
        .replace(/[^\P{Cc}\t\n\v\f\r]|[\u200b\ufeff]/gu, "")
        .replace(spaces, (found) => (found === "\u00a0" ? found : " "));
      const isHeading = type.startsWith("header-");
      if (isHeading) clean = clean.replace(/\n/g, " ");
      if (!this.block) {
        if (!clean.trim()) return;
        this.block = { type, depth, item, text: "", bold: [], urls: [] };
        this.blocks.push(this.block);
        this.pending = "";
      }
      if (this.pending && clean.trim()) {
        trimEnd(this.block);
        this.append(this.pending, {});
        this.pending = "";
      }
      if (!this.block.text || /\s$/.test(this.block.text)) clean = clean.replace(/^[ \u00a0]+/, "");
      this.append(clean, { isBold: isBold && !isHeading, url });
    }

    append(text, { isBold = false, url = "" }) {
      this.block.text += text;
      this.block.bold.push(...Array(text.length).fill(isBold));
      this.block.urls.push(...Array(text.length).fill(url));
    }

    visit(node, context) {
      if (node.nodeType === Node.TEXT_NODE) {
        this.add(inScript(node.data, context.script), context);
        return;
      }
      const isHeading = context.type.startsWith("header-");
      const styles = node.getAttribute?.("style") ?? "";
      if (
        node.nodeType !== Node.ELEMENT_NODE ||
        node.matches(SKIPPED) ||
        node.style?.display === "none" ||
        (WORD_LIST_MARK.test(styles) && !isHeading)
      ) {
        return;
      }
      if (node.matches("img") && /\p{Emoji_Presentation}|\ufe0f/u.test(node.alt)) {
        this.add(node.alt, context); // WhatsApp and others show emojis as pictures
      } else if (node.matches("img") && !node.closest("[role=checkbox]")) {
        this.hasPictures = true;
      } else if (node.tagName === "BR") {
        this.breakLine(context);
      } else if (node.tagName === "TABLE" && isTableOfData(node)) {
        this.visitTable(node, context);
      } else if (node.matches("a[href]") && isNoteMark(node)) {
        const space = this.block ? "" : " "; // between the mark of a note and its text
        this.add(`[${node.textContent.trim()}]${space}`, { ...context, url: "" });
      } else {
        this.visitChildren(node, context, this.contextWithin(node, context, styles));
      }
    }

    visitChildren(node, context, inner) {
      const isBlock = node.matches(BLOCKS) || BLOCK_STYLE.test(node.style?.display);
      if (inner.item !== context.item && !context.isInCell) this.close();
      else if (isBlock) this.endParagraph(context);
      for (const child of node.childNodes) this.visit(child, inner);
      if (isBlock) this.endParagraph(context);
    }

    contextWithin(node, context, styles) {
      const inner = { ...context };
      const name = node.tagName;
      const { fontWeight: weight, verticalAlign, whiteSpace } = node.style ?? {};
      const { blockTypes, styles: keptStyles, hasLinks } = this.options;
      if (keptStyles.includes("BOLD")) {
        if (weight) inner.isBold = /bold/.test(weight) || Number(weight) >= 600;
        else if (name === "B" || name === "STRONG") inner.isBold = true;
      }
      if (hasLinks && name === "A" && node.hasAttribute("href")) inner.url = linkOf(node);
      if (name === "SUP" || verticalAlign === "super") inner.script = "super";
      else if (name === "SUB" || verticalAlign === "sub") inner.script = "sub";
      if (name === "PRE" || /^(pre|break-spaces)/.test(whiteSpace)) inner.isPreformatted = true;
      if (context.isInCell) return inner;

      const level = levelOf(node);
      const [, wordLevel] = styles.match(WORD_LIST) ?? [];
      if (level) {
        const index = Math.min(level + this.levelShift, LEVELS.length) - 1;
        Object.assign(inner, { type: blockTypes[`header-${LEVELS[index]}`], depth: 0, item: null });
      } else if (name in LISTS) {
        inner.depth = context.list ? context.depth + 1 : 0;
        inner.list = LISTS[name];
        inner.item = null;
      } else if (name === "LI") {
        const level = Number(node.dataset.ariaLevel ?? node.getAttribute("aria-level") ?? 1);
        inner.depth = Math.max(context.depth, level - 1);
        inner.type = blockTypes[context.list ?? LISTS.UL];
        inner.item = node;
      } else if (wordLevel && name === "P") {
        const list = NUMBER.test(node.textContent.trim()) ? LISTS.OL : LISTS.UL;
        Object.assign(inner, { type: blockTypes[list], depth: wordLevel - 1, item: node });
      } else if (name === "BLOCKQUOTE" || name === "PRE") {
        inner.type = blockTypes[name === "PRE" ? "code-block" : "blockquote"];
      }
      return inner;
    }

    /* Keeps each row of a table as a line. */
    visitTable(table, context) {
      this.close();
      if (table.caption) this.visit(table.caption, context);
      const inner = { ...context, type: "unstyled", depth: 0, item: null, isInCell: true };
      for (const row of table.rows) {
        this.close();
        if (!row.textContent.trim()) continue;
        for (const cell of row.cells) {
          if (cell !== row.cells[0]) {
            this.pending = "";
            this.add(" | ", inner);
          }
          for (const child of cell.childNodes) this.visit(child, inner);
        }
      }
      this.close();
    }

    breakLine(context) {
      if (!this.block) return;
      if (context.isInCell || context.type.startsWith("header-")) this.pending ||= " ";
      else if (this.pending === "\n" && !context.item) this.close();
      else this.pending = "\n";
    }

    /* The blocks in the format of Draft.js. */
    finish() {
      const entityMap = {};
      let depthBefore = -1;
      const blocks = this.blocks.map((block) => {
        trimEnd(block);
        const bullet = block.type === "unstyled" && block.text.match(BULLET);
        if (bullet && this.options.blockTypes[LISTS.UL] === LISTS.UL) {
          block.type = LISTS.UL;
          slice(block, bullet[0].length);
        }
        if (this.options.hasLinks) linkAddresses(block);
        const isItem = Object.values(LISTS).includes(block.type);
        const depth = isItem ? Math.min(block.depth, depthBefore + 1, MAX_DEPTH) : 0;
        depthBefore = isItem ? depth : -1;
        const entityRanges = runs(block.urls).map(({ value, offset, length }) => {
          const key = Object.keys(entityMap).length;
          entityMap[key] = { type: "LINK", mutability: "MUTABLE", data: { url: value } };
          return { key, offset, length };
        });
        const inlineStyleRanges = runs(block.bold).map(({ offset, length }) => ({
          style: "BOLD",
          offset,
          length,
        }));
        const { type, text } = block;
        return { key: genKey(), type, text, depth, inlineStyleRanges, entityRanges, data: {} };
      });
      return { blocks: blocks.filter(({ text }) => text), entityMap };
    }
  }

  function slice(block, start, end) {
    for (const name of ["text", "bold", "urls"]) block[name] = block[name].slice(start, end);
  }

  function trimEnd(block) {
    slice(block, 0, block.text.trimEnd().length);
  }

  /* Ranges of equal values that are not empty. */
  function runs(values) {
    const found = [];
    values.forEach((value, offset) => {
      const last = found.at(-1);
      if (last?.value === value) last.length += 1;
      else found.push({ value, offset, length: 1 });
    });
    return found.filter(({ value }) => value);
  }

  /* Makes URLs and email addresses in the text links. */
  function linkAddresses(block) {
    for (const { 0: match, index } of block.text.matchAll(WEB_ADDRESS)) {
      const address = match.replace(/[\p{Terminal_Punctuation})\]]+$/u, "");
      const url = address.includes("://") ? address : `mailto:${address}`;
      const end = index + address.length;
      if (
        URL.canParse(url) && !isInCms(new URL(url)) && !block.urls.slice(index, end).some(Boolean)
      ) {
        block.urls.fill(url, index, end);
      }
    }
  }

  function levelOf(node) {
    if (node.matches(".MsoTitle")) return 1;
    if (node.matches("[role=heading]")) return Number(node.getAttribute("aria-level")) || 2;
    const [, level] = node.tagName.match(/^H([1-6])$/) ??
      node.className.match?.(/MsoHeading([7-9])/) ?? [];
    return Math.min(Number(level ?? 0), LEVELS.length);
  }

  /* Whether this is the mark of a footnote, such as “1”, without brackets. */
  function isNoteMark(link) {
    return NOTE_LINK.test(link.getAttribute("href")) && NOTE_MARK.test(link.textContent.trim());
  }

  /* “10⁶” and “H₂O” keep their meaning, although the site has no raised or lowered text. */
  function inScript(text, script) {
    if (!script || [...text.trim()].some((character) => !DIGITS.includes(character))) return text;
    return text.replace(/\S/g, (character) => SCRIPTS[script][DIGITS.indexOf(character)]);
  }

  /* Whether the cells are facts in rows and columns. Emails use tables for their layout too. */
  function isTableOfData(table) {
    return (
      !table.querySelector("table, h1, h2, h3, h4, h5, h6") &&
      [...table.rows].some(
        ({ cells }) => [...cells].filter((cell) => cell.textContent.trim()).length > 1,
      )
    );
  }

  const isInCms = (url) => url.origin === location.origin && url.pathname.startsWith("/admin/");

  /* The URL to store for a link; empty if the link leads nowhere for readers. */
  function linkOf(link) {
    const written = link.getAttribute("href").trim();
    const href = withoutTracker(written.startsWith("//") ? `https:${written}` : written);
    const url = URL.canParse(href) && new URL(href);
    return url && PROTOCOLS.includes(url.protocol) && !isInCms(url) ? href : "";
  }

  /* Google Docs and Outlook lead links through their own servers. */
  function withoutTracker(href) {
    const { hostname, pathname, searchParams } = URL.canParse(href) ? new URL(href) : {};
    const isGoogle = /(^|\.)google\.[a-z.]+$/.test(hostname) && pathname === "/url";
    const isOutlook = hostname?.endsWith(".safelinks.protection.outlook.com");
    const target = isGoogle || isOutlook ? (searchParams.get("q") ?? searchParams.get("url")) : "";
    return target || href;
  }

  /* If several blocks are pasted, their headings, list items and footnotes do not join the text
     before and after them. Text that joined a footnote would move into its source. */
  function insert(editorState, selection, { blocks, entityMap }) {
    let content = editorState.getCurrentContent();
    const typeAfter = content.getBlockForKey(selection.getEndKey()).getType();
    const isApart = ({ type, text }) =>
      blocks.length > 1 && (type !== "unstyled" || NOTE.test(text));
    let place = selection;
    if (isApart(blocks[0]) && selection.getStartOffset()) {
      content = Modifier.splitBlock(content, selection);
      place = content.getSelectionAfter();
    }
    const fragment = convertFromRaw({ blocks, entityMap }).getBlockMap();
    let changed = Modifier.replaceWithFragment(content, place, fragment);
    const end = changed.getSelectionAfter();
    const last = changed.getBlockForKey(end.getStartKey());
    if (blocks.length === 1 && last.getText() === blocks[0].text) {
      changed = Modifier.setBlockType(changed, end, blocks[0].type);
    } else if (isApart(blocks.at(-1)) && end.getStartOffset() < last.getLength()) {
      changed = Modifier.splitBlock(changed, end);
      changed = Modifier.setBlockType(changed, changed.getSelectionAfter(), typeAfter);
    }
    changed = changed.merge({ selectionBefore: selection, selectionAfter: end });
    // Draftail filters the type “insert-fragment” again, and would remove numbers.
    return EditorState.push(editorState, changed, "change-block-data");
  }

  function linkSelection(editorState, url) {
    const content = editorState.getCurrentContent().createEntity("LINK", "MUTABLE", { url });
    return RichUtils.toggleLink(
      EditorState.set(editorState, { currentContent: content }),
      editorState.getSelection(),
      content.getLastCreatedEntityKey(),
    );
  }

  /* Shows a message below the editor that has the focus. */
  function showWarning(text) {
    const editor = document.activeElement.closest("[data-draftail-editor-wrapper]");
    if (!editor || editor.nextElementSibling?.matches(".help-warning")) return;
    const message = document.createElement("div");
    message.className = "help-block help-warning";
    message.setAttribute("role", "status");
    message.innerHTML =
      '<svg class="icon icon-warning icon" aria-hidden="true"><use href="#icon-warning"></use></svg>';
    editor.after(message);
    message.append(text);
  }

  function read(options, text, html) {
    const reader = new Reader(options);
    if (html) reader.readHtml(html);
    if (!reader.blocks.length) reader.readText(text ?? "");
    if (reader.hasPictures) showWarning(options.picturesText);
    return reader.finish();
  }

  /* Offers to turn footnotes into sources after the pasted text is shown. */
  function offerSources({ footnotes }, editor) {
    if (!footnotes) return;
    const event = new CustomEvent("footnotes:find", { detail: { footnotes, editor } });
    setTimeout(() => document.dispatchEvent(event));
  }

  window.draftail.registerPlugin(
    {
      type: "PASTE",
      // Both methods are called on the plugin, which has the options of its field.
      handlePastedText(text, html, editorState, { getEditorState, setEditorState }) {
        const found = read(this, text, html);
        const selection = editorState.getSelection();
        const [block] = found.blocks;
        const url = found.blocks.length === 1 && found.entityMap[0]?.data.url;
        if (url === block?.text && !selection.isCollapsed()) {
          setEditorState(linkSelection(editorState, url));
        } else if (block) {
          setEditorState(insert(editorState, selection, found));
          offerSources(this, { getEditorState, setEditorState });
        }
        return "handled";
      },
      handleDrop(selection, dataTransfer, dragType, { getEditorState, setEditorState }) {
        const found = read(this, dataTransfer.getText(), dataTransfer.getHTML());
        if (dragType === "internal" || !found.blocks.length) return "not-handled";
        setEditorState(insert(getEditorState(), selection, found));
        offerSources(this, { getEditorState, setEditorState });
        return "handled";
      },
    },
    "plugins",
  );
})();
