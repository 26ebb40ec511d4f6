"use strict";
// Keys and clicks that must decide nothing: of a held key all but the first, of two keys hit at once
// the second (the server may take it for the first), the second half of a double click, and whatever
// is typed while a dialog or a popover is open. The canvas is told of all other keys: its switches
// have keys, too.
(function () {
  if (document.getElementById("kgreview-guard")) return;
  const mark = document.createElement("meta");
  mark.id = "kgreview-guard";
  document.head.appendChild(mark);
  let hit = { time: -Infinity, key: "" };
  const near = (event, what) => event.target.closest && event.target.closest(what);
  document.addEventListener("keydown", (event) => {
    // held on a button, these press it again and again
    if (event.repeat && [" ", "Enter"].includes(event.key) && near(event, "button")) {
      event.stopImmediatePropagation();
      event.preventDefault();
      return;
    }
    if (event.key.length !== 1 || event.key === " ") return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (near(event, "input, textarea, [contenteditable]")) return;
    const open = document.querySelector('[role="dialog"], [data-testid="stPopoverBody"]');
    const atOnce = event.timeStamp - hit.time < 80 && event.key !== hit.key;
    if (event.repeat || open || atOnce) {
      event.stopImmediatePropagation();
      return;
    }
    hit = { time: event.timeStamp, key: event.key };
    const canvas = document.querySelector(".st-key-desk iframe");
    if (canvas) canvas.contentWindow.postMessage({ kgreviewKey: event.key }, "*");
  }, true);
  let last = { time: -Infinity, x: 0, y: 0 };
  document.addEventListener("click", (event) => {
    if (!event.isTrusted || !near(event, "button")) return;
    const { timeStamp: time, clientX: x, clientY: y } = event;
    if (time - last.time < 300 && Math.hypot(x - last.x, y - last.y) < 8) {
      event.stopImmediatePropagation();
      event.preventDefault();
    }
    last = { time, x, y };
  }, true);
  // Whoever opens a dialog to write wants to write.
  new MutationObserver(() => {
    const field = document.querySelector('[role="dialog"] textarea:not([data-kgreview])');
    if (!field) return;
    field.dataset.kgreview = "focused";
    field.focus();
  }).observe(document.body, { childList: true, subtree: true });
})();
