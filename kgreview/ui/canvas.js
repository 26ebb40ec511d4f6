"use strict";
(function () {
  const line = (text, tag = "div") => {
    const row = document.createElement(tag);
    row.textContent = text;
    return row;
  };

  // One network for all pairs: it gets other nodes and edges, and is not made anew.
  const nodes = new vis.DataSet(), edges = new vis.DataSet();
  const frame = document.getElementById("mynetwork");
  const network = new vis.Network(frame, { nodes, edges }, { physics: { enabled: false } });
  const sheet = { width: 1, height: 1 };
  let options = "";
  Object.assign(window, { nodes, edges, network }); // for whoever looks at the page, and the tests

  // The sheet keeps its layout; only its scale follows the frame.
  function fit() {
    const scale = Math.min(frame.clientWidth / sheet.width, frame.clientHeight / sheet.height);
    if (scale > 0) network.moveTo({ position: { x: 0, y: 0 }, scale: scale, animation: false });
  }
  // of the window, or of what stands around the drawing
  new ResizeObserver(() => requestAnimationFrame(fit)).observe(frame);

  // Tooltips are built as text nodes: a name that looks like markup stays a name.
  function withTip(each) {
    if (!each.tip || !each.tip.length) return each;
    const box = document.createElement("div");
    each.tip.forEach((text) => box.appendChild(line(text)));
    return { ...each, title: box };
  }
  function draw(drawing) {
    opened.hidden = true;
    sheet.width = drawing.width;
    sheet.height = drawing.height;
    document.getElementById("switches").innerHTML = drawing.switches;
    document.getElementById("panes").innerHTML = drawing.panes;
    if (JSON.stringify(drawing.options) !== options) {
      options = JSON.stringify(drawing.options);
      network.setOptions(drawing.options);
    }
    network.setData({ nodes: [], edges: [] }); // drawn once, when all is in its place
    nodes.clear();
    edges.clear();
    nodes.add(drawing.nodes.map(withTip));
    edges.add(drawing.edges.map(withTip));
    // as the last pair was left, as far as this one has it
    Object.assign(document.body.dataset, { tab: "canvas", mode: "evidence", hop: "1" });
    if (keep("hop") === "2") press("hop", "2");
    press("mode", keep("mode") || "evidence");
    if (keep("tab") && keep("tab") !== "canvas") press("tab", keep("tab"));
    network.setData({ nodes, edges });
    fit();
    network.redraw();
  }

  // Switches: they change what is shown, never where; the next pair opens as this one was left.
  const modes = ["evidence", "cross", "self"];
  const keep = (name, value) => {
    try {
      if (value === undefined) return sessionStorage.getItem("kgreview-" + name);
      sessionStorage.setItem("kgreview-" + name, value);
    } catch (error) {} // storage may be forbidden: then nothing is remembered
    return null;
  };
  function press(kind, value) {
    const buttons = [...document.querySelectorAll(`button[data-to-${kind}]`)];
    const known = buttons.some((each) => each.getAttribute("data-to-" + kind) === value);
    if (!known) return;
    for (const each of buttons) {
      each.setAttribute("aria-pressed", each.getAttribute("data-to-" + kind) === value);
    }
    document.body.dataset[kind] = value;
    keep(kind, value);
    if (kind === "tab") {
      opened.hidden = true;
      if (value === "canvas") requestAnimationFrame(() => { network.redraw(); fit(); });
      return;
    }
    dress();
  }
  // What looks different by switch carries its looks: by figure in `modes`, with two hops in
  // `hops`; one for all, or a list in the order of the switch.
  function dress() {
    const at = modes.indexOf(document.body.dataset.mode);
    const two = document.body.dataset.hop === "2";
    for (const drawn of [nodes, edges]) {
      drawn.update(
        drawn.get().filter((each) => each.modes).map((each) => {
          const looks = (two && each.hops) || each.modes;
          return Object.assign({ id: each.id }, Array.isArray(looks) ? looks[at] : looks);
        })
      );
    }
  }
  document.getElementById("switches").addEventListener("click", (event) => {
    const { toTab, toMode, toHop } = event.target.dataset;
    if (toTab) press("tab", toTab);
    if (toMode) press("mode", toMode);
    if (toHop) press("hop", toHop);
  });

  // Each switch has a key, printed beside it, that turns it on by one.
  function turn(key) {
    const groups = [...document.querySelectorAll("#bar [data-key]")];
    const group = groups.find((each) => each.dataset.key === String(key).toUpperCase());
    if (!group || !group.offsetParent) return; // not there, or of another tab
    const buttons = [...group.querySelectorAll("button")];
    const on = buttons.findIndex((each) => each.getAttribute("aria-pressed") === "true");
    buttons[(on + 1) % buttons.length].click();
  }

  // A click on a neighbour opens it: its values, and its own neighbours.
  const opened = document.getElementById("opened");
  function open(node, left) {
    const close = line("close ✕", "button");
    close.addEventListener("click", () => { opened.hidden = true; });
    opened.replaceChildren(close, ...node.lines.map((text) => line(text)));
    if (node.url) {
      const link = line("look it up ↗", "a");
      link.href = node.url;
      link.target = "_blank";
      link.rel = "noopener noreferrer";
      opened.appendChild(link);
    }
    if (node.beyond.length) opened.appendChild(line("its neighbours", "h4"));
    for (const each of node.beyond) {
      const row = line(each.text + (each.also ? "  (on the other side too)" : ""));
      if (each.also) row.className = "also";
      opened.appendChild(row);
    }
    if (node.more) opened.appendChild(line(node.more));
    opened.style.left = left ? "auto" : "8px"; // beside the half it belongs to, not over it
    opened.style.right = left ? "8px" : "auto";
    opened.hidden = false;
    opened.scrollTop = 0;
  }
  network.on("click", (event) => {
    const node = nodes.get(network.getNodeAt(event.pointer.DOM));
    if (node && node.opened) open(node.opened, node.x < 0);
    else opened.hidden = true;
  });
  network.on("hoverNode", (event) => {
    frame.style.cursor = nodes.get(event.node).opened ? "pointer" : "default";
  });
  network.on("blurNode", () => { frame.style.cursor = "default"; });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") opened.hidden = true;
  });

  // What to draw comes in the messages of a Streamlit component: compressed JSON, and its name. The
  // page is told which pair is drawn: until then no key of it counts, see guard.js.
  const tell = (message) => window.parent.postMessage(message, "*");
  let told = 0, shown = "", height = 0;
  async function render({ drawing, name, pair, height: high }) {
    const turn = ++told;
    if (high !== height) {
      height = high;
      tell({ isStreamlitMessage: true, type: "streamlit:setFrameHeight", height });
    }
    if (name !== shown) {
      try {
        const parts = new Blob([drawing]).stream().pipeThrough(new DecompressionStream("deflate"));
        const made = await new Response(parts).json();
        if (turn !== told) return; // another has come meanwhile
        draw(made);
      } catch (error) {
        nodes.clear(); // rather nothing than the picture of another pair
        document.getElementById("panes").textContent = `The canvas cannot be drawn: ${error}`;
      }
      shown = name;
    }
    document.body.dataset.pair = pair;
    tell({ kgreviewDrawn: pair });
  }
  window.addEventListener("message", (event) => {
    if (event.source !== window.parent || !event.data) return;
    if (event.data.type === "streamlit:render") render(event.data.args);
  });
  tell({ isStreamlitMessage: true, type: "streamlit:componentReady", apiVersion: 1 });

  let page = null;
  try {
    page = window.parent !== window ? window.parent.document : null;
  } catch (error) {
    page = null; // a frame of another origin: the document still draws
  }
  if (!page) {
    document.addEventListener("keydown", (event) => {
      if (!event.repeat && !event.ctrlKey && !event.altKey && !event.metaKey) turn(event.key);
    });
    return;
  }

  // The page hands down the keys that are pressed on it, see guard.js.
  window.addEventListener("message", (event) => {
    if (event.source === window.parent && event.data) turn(event.data.kgreviewKey);
  });

  // A click into the canvas takes the focus with it; the page's keys must go on working. It must see
  // them let go of, too: one that it takes for held makes another key of the next.
  for (const type of ["keydown", "keyup"]) {
    document.addEventListener(type, (event) => {
      if (event.repeat) return;
      const { key, code, keyCode, which, ctrlKey, shiftKey, altKey, metaKey } = event;
      page.dispatchEvent(
        new KeyboardEvent(type, {
          key, code, keyCode, which, ctrlKey, shiftKey, altKey, metaKey,
          bubbles: true, cancelable: true,
        })
      );
    });
  }
})();
