// Returns pairs of overlapping texts, by their first 40 characters. Only the height of the lower-case
// letters counts, because the line boxes of tight headings overlap.
() => {
  const boxes = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const holder = node.parentElement;
    if (!node.data.trim() || holder.closest("script, svg, .visually-hidden, .skip")) continue;
    if (!holder.checkVisibility({visibilityProperty: true, opacityProperty: true})) continue;
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      boxes.push({
        holder,
        text: node.data.trim().slice(0, 40),
        left: box.left + 1,
        right: box.right - 1,
        top: box.top + box.height * 0.32,
        bottom: box.bottom - box.height * 0.28,
      });
    }
  }
  for (const badge of document.querySelectorAll(".badge")) {
    const {left, right, top, bottom} = badge.getBoundingClientRect();
    boxes.push({holder: badge, text: "(badge)", left, right, top, bottom});
  }
  const pairs = [];
  boxes.forEach((one, index) => {
    for (const other of boxes.slice(index + 1)) {
      if (one.left < other.right && other.left < one.right
          && one.top < other.bottom && other.top < one.bottom) {
        pairs.push([one.text, other.text]);
      }
    }
  });
  return pairs;
}
