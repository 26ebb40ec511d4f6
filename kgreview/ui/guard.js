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
  const results = () => [...document.querySelectorAll('[class*="st-key-found"] button')];
  let shown = "", looked = ""; // which results are there, and what they are of
  let asked = false; // Enter has asked for others
  // Arrows lead from the search field to what was found and back; Enter looks, and goes there.
  function inSearch(event) {
    const field = document.querySelector('[class*="st-key-find-text-"] input');
    if (!field) return false;
    const list = results(), at = list.indexOf(near(event, "button"));
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && (at >= 0 || event.target === field)) {
      const next = at + step;
      if (at < 0 && step < 0) return false;
      if (next < 0) field.focus();
      else if (list[next]) list[next].focus();
      return true;
    }
    if (event.target !== field || event.repeat) return false;
    if (event.key === "Enter" && field.value === looked && list.length) list[0].focus();
    else if (event.key === "Enter") asked = true;
    if (event.key !== "Escape") return false;
    press(".st-key-find-back button");
    return true;
  }
  const first = (list) => (list.length ? list[0].closest('[class*="st-key-found"]').className : "");
  function press(what) {
    const button = document.querySelector(what);
    if (button) button.click();
    return Boolean(button);
  }
  document.addEventListener("keydown", (event) => {
    if (inSearch(event)) {
      event.stopImmediatePropagation();
      event.preventDefault();
      return;
    }
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
    if (event.key === "/" && press(".st-key-find button")) {
      event.preventDefault(); // a browser looks for words on the page
      return;
    }
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
  // Whoever opens a dialog, or the search, to write wants to write; who has looked wants to choose.
  new MutationObserver(() => {
    const list = results();
    if (first(list) !== shown) {
      shown = first(list);
      looked = (document.querySelector('[class*="st-key-find-text-"] input') || {}).value;
      if (asked && list.length) list[0].focus();
      asked = false;
    }
    const field = document.querySelector(
      '[role="dialog"] textarea:not([data-kgreview]), .st-key-find-type input:not([data-kgreview])'
    );
    if (!field) return;
    field.dataset.kgreview = "focused";
    field.focus();
  }).observe(document.body, { childList: true, subtree: true });
})();
