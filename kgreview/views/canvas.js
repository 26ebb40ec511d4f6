"use strict";
(function () {
  // Tooltips are built as text nodes: a name that looks like markup stays a name.
  nodes.update(
    nodes.get().filter((node) => node.tip && node.tip.length).map((node) => {
      const box = document.createElement("div");
      for (const line of node.tip) {
        const row = document.createElement("div");
        row.textContent = line;
        box.appendChild(row);
      }
      return { id: node.id, title: box };
    })
  );

  // The sheet keeps its layout; only its scale follows the frame.
  const frame = document.getElementById("mynetwork");
  function fit() {
    const scale = Math.min(
      frame.clientWidth / Number(frame.dataset.width),
      frame.clientHeight / Number(frame.dataset.height)
    );
    if (scale > 0) network.moveTo({ position: { x: 0, y: 0 }, scale: scale, animation: false });
  }
  fit();
  network.once("afterDrawing", fit);
  window.addEventListener("resize", () => requestAnimationFrame(fit));

  let page = null;
  try {
    page = window.parent !== window ? window.parent.document : null;
  } catch (error) {
    page = null; // a frame of another origin: the document still draws
  }
  if (!page) return;

  // A click into the canvas takes the focus with it; the page's keys must go on working.
  document.addEventListener("keydown", (event) => {
    if (event.repeat) return;
    const { key, code, keyCode, which, ctrlKey, shiftKey, altKey, metaKey } = event;
    page.dispatchEvent(
      new KeyboardEvent("keydown", {
        key, code, keyCode, which, ctrlKey, shiftKey, altKey, metaKey,
        bubbles: true, cancelable: true,
      })
    );
  });

  // A held key and the second half of a double click must not decide the pair that comes next.
  // The guard belongs to the page, since this frame is replaced with each pair.
  if (page.getElementById("kgreview-guard")) return;
  const guard = page.createElement("script");
  guard.id = "kgreview-guard";
  guard.textContent = `(${function () {
    let last = { time: -Infinity, x: 0, y: 0 };
    const near = (event, what) => event.target.closest && event.target.closest(what);
    document.addEventListener("keydown", (event) => {
      if (!event.repeat || event.key.length !== 1) return;
      if (!near(event, "input, textarea, [contenteditable]")) event.stopImmediatePropagation();
    }, true);
    document.addEventListener("click", (event) => {
      if (!event.isTrusted || !near(event, "button")) return;
      const { timeStamp: time, clientX: x, clientY: y } = event;
      if (time - last.time < 300 && Math.hypot(x - last.x, y - last.y) < 8) {
        event.stopImmediatePropagation();
        event.preventDefault();
      }
      last = { time, x, y };
    }, true);
  }})()`;
  page.head.appendChild(guard);
})();
