"use strict";
// Keys and clicks that must decide nothing: of a held key all but the first, of two keys hit at once
// the second (the server may take it for the first), the second half of a double click, whatever
// is typed while a dialog or a popover is open, and whatever comes while the parts of the page are not
// all of one pair. The canvas is told of all other keys: its switches have keys, too.
(function () {
  if (document.getElementById("kgreview-guard")) return;
  const mark = document.createElement("meta");
  mark.id = "kgreview-guard";
  document.head.appendChild(mark);
  // The parts of a page arrive one after another, and the canvas draws after them: what is not of the
  // pair in the heading is not shown, and decides nothing. Each part says which pair it is of.
  let drawn = ""; // by the canvas
  let heading = { pair: "", since: 0 };
  const LATE = 5000; // ms: a canvas that does not come keeps nobody from deciding
  const pairsIn = (what) =>
    [...document.querySelectorAll(`.st-key-desk ${what} [class*="st-key-"]`)]
      .flatMap((each) => [...each.classList])
      .map((name) => (/^st-key-[a-z_0-9]+-([0-9a-f]{32})$/.exec(name) || [])[1])
      .filter(Boolean);
  function parted() {
    const head = document.querySelector(".st-key-desk .kg-heading[data-pair]");
    if (!head) return [];
    const pair = head.dataset.pair, now = performance.now();
    if (pair !== heading.pair) heading = { pair, since: now };
    const table = document.querySelector(".st-key-desk .kg-scroll[data-pair]");
    const others = pairsIn(".st-key-others"), bar = pairsIn(".st-key-bar");
    return [
      ["table", !table || table.dataset.pair !== pair],
      ["others", others.some((each) => each !== pair)],
      ["bar", !bar.includes(pair)],
      ["canvas", drawn !== pair],
    ].filter(([, apart]) => apart).map(([part]) => part);
  }
  function part() {
    const parts = parted().join(" "), root = document.documentElement;
    if (parts) root.dataset.kgApart = parts;
    else delete root.dataset.kgApart;
    return parts;
  }
  function isWhole() {
    const parts = part();
    return !parts || (parts === "canvas" && performance.now() - heading.since > LATE);
  }
  const desk = () => document.querySelector(".st-key-desk iframe");
  window.addEventListener("message", (event) => {
    const canvas = desk();
    if (!canvas || event.source !== canvas.contentWindow || !event.data) return;
    if (typeof event.data.kgreviewDrawn !== "string") return;
    drawn = event.data.kgreviewDrawn;
    part();
  });
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
    if (event.repeat || open || atOnce || !isWhole()) {
      event.stopImmediatePropagation();
      return;
    }
    hit = { time: event.timeStamp, key: event.key };
    if (event.key === "/" && press(".st-key-find button")) {
      event.preventDefault(); // a browser looks for words on the page
      return;
    }
    const canvas = desk();
    if (canvas) canvas.contentWindow.postMessage({ kgreviewKey: event.key }, "*");
  }, true);
  let last = { time: -Infinity, x: 0, y: 0 };
  document.addEventListener("click", (event) => {
    if (!event.isTrusted || !near(event, "button")) return;
    if (near(event, ".st-key-bar, .st-key-others") && !isWhole()) {
      event.stopImmediatePropagation();
      event.preventDefault();
      return;
    }
    const { timeStamp: time, clientX: x, clientY: y } = event;
    if (time - last.time < 300 && Math.hypot(x - last.x, y - last.y) < 8) {
      event.stopImmediatePropagation();
      event.preventDefault();
    }
    last = { time, x, y };
  }, true);
  // Whoever opens a dialog, or the search, to write wants to write; who has looked wants to choose.
  new MutationObserver(() => {
    part(); // before the browser shows what has changed
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
  }).observe(document.body, {
    childList: true, subtree: true, attributes: true, attributeFilter: ["class", "data-pair"],
  });
})();
