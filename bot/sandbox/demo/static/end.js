// Keeps a list at its newest message for as long as the reader is there.

const NEAR = 80;

// `reached` is called whenever the end is in view.
export function keepAtEnd(list, { reached = () => {} } = {}) {
  let atEnd = true;
  let height = 0; // the list's own, as it was last laid out

  function toEnd() {
    atEnd = true;
    list.scrollTop = list.scrollHeight;
    reached();
  }

  list.addEventListener("scroll", () => {
    // A list that has become smaller (the message box grew, the tour opened) has not been scrolled by the reader.
    if (list.clientHeight !== height) return;
    atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR;
    if (atEnd) reached();
  });
  new ResizeObserver(() => { height = list.clientHeight; if (atEnd) toEnd(); }).observe(list);
  return { toEnd, isAtEnd: () => atEnd };
}
