// A scene in the browser: verdict, pictures, transport bar, readouts, words. Joined behind pen.js, dom.js, field.js, view.js
// (see scene.py). The kernel sends `words` (JSON) and `numbers` (float32); zooming, playing and scrubbing need no kernel.

// Marks with their columns, each a view of the one Float32Array that came from the kernel.
export function unfold(next, view) {
  const all = new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
  const open = (value) => (value && typeof value.n === "number" ? all.subarray(value.at, value.at + value.n) : value);
  const mark = (m) => {
    const out = Object.fromEntries(Object.entries(m).map(([k, v]) => [k, open(v)]));
    if (m.values && m.values.nx) Object.assign(out, { v: out.values, nx: m.values.nx, ny: m.values.ny });
    if (m.kind === "outline") out.n = m.x.nx;
    return out;
  };
  return { ...next, rows: next.rows.map((row) => row.map((v) => ({ ...v, marks: v.marks.map(mark) }))), tiles: next.tiles.map(mark) };
}

// Where each view is: rows of views side by side, below each other where the window is narrow.
export function place(ctx, scene, width, zooms) {
  const lefts = {};
  const rows = width < 700 ? scene.rows.flatMap((row) => row.map((v) => [v])) : scene.rows, frames = [];
  let top = 0;
  const room = (view) => {
    ctx.font = `11px ${FONT}`;
    const texts = axisTicks(view.y, view.y.low, view.y.high, view.height, 34).map(([, text]) => ctx.measureText(text).width);
    return 30 + Math.max(12, ...texts);
  };
  for (const row of rows) row.forEach((view, i) => { lefts[i] = Math.max(lefts[i] || 0, room(view)); });  // one edge per column
  for (const row of rows) {
    const share = row.reduce((a, v) => a + v.width, 0), boxes = [];
    let outer = 0, lines = 0;
    for (const [i, view] of row.entries()) {
      const whole = (width - 16 * (row.length - 1)) * view.width / share, left = outer + lefts[i], right = view.marks.some((m) => m.kind === "heat") ? 66 : 22;
      ctx.font = `600 12px ${FONT}`;
      const inner = Math.max(90, outer + whole - left - right), title = ctx.measureText(view.title).width;
      boxes.push({ view, outer, left, width: inner, title });
      lines = Math.max(lines, legendLines(ctx, legendItems(view), inner, title));
      outer += whole + 16;
    }
    const height = Math.max(...row.map((v) => v.height));
    for (const b of boxes) {
      const box = { outer: b.outer, left: b.left, top: top + 24 + 15 * lines, width: b.width, height, legendLines: lines };
      const g = viewFrame(b.view, box, zooms[frames.length]);
      frames.push({ view: b.view, g: Object.assign(g, { legendLines: legendLines(ctx, legendItems(b.view), b.width, b.title) }) });
    }
    top += 24 + 15 * lines + height + 42;
  }
  return { frames, height: top };
}

function render({ model, el }) {
  el.classList.add("ll-host");
  const root = make("section", "ll-deck ll-scene", el);
  root.setAttribute("data-lm-suppress-shortcuts", "true");
  const head = make("div", "ll-head", root), names = make("div", "ll-names", head);
  const title = make("div", "ll-title", names), notes = make("div", "ll-reasons", names), badge = make("div", "ll-badge", head);
  const error = make("div", "ll-error", root);
  error.setAttribute("role", "alert"); error.hidden = true;
  const stage = make("div", "ll-stage", root);
  stage.tabIndex = 0; stage.setAttribute("role", "group");
  stage.setAttribute("aria-label", "Picture. Plus and minus zoom, arrows move, 0 shows all again.");
  const still = make("canvas", "ll-still", stage), moving = make("canvas", "ll-moving", stage);
  still.setAttribute("role", "img"); moving.setAttribute("aria-hidden", "true");
  const bar = make("div", "ll-bar", root);
  const play = make("button", "ll-play", bar, "▶ Play"); play.type = "button";
  const scrub = make("input", "ll-scrub", bar); scrub.type = "range"; scrub.step = "any";
  scrub.setAttribute("aria-label", "Time in the picture");
  const clock = make("output", "ll-clock", bar), gap = make("span", "ll-gap", bar);
  const button = (text, words, act) => {
    const b = make("button", "ll-zoom", bar, text); b.type = "button"; b.title = words; b.setAttribute("aria-label", words);
    b.addEventListener("click", act);
  };
  button("+", "Zoom in", () => zoomBy(1 / 1.5)); button("−", "Zoom out", () => zoomBy(1.5)); button("⤢", "Show all", () => reset());
  const tiles = make("div", "ll-tiles", root), line = make("div", "ll-line", root);
  const live = make("div", "ll-live", root); live.setAttribute("aria-live", "polite");

  let scene, plan, width = 0, t = null, zooms = {}, active = 0, playing = false, stamp = 0, queued = false, telling = 0, gone = false;
  let shape = "", cells = [], grip = null, touched = false, picks = 0;

  function size(canvas) {
    const ratio = window.devicePixelRatio || 1, w = Math.round(width * ratio), h = Math.round(plan.height * ratio);
    if (canvas.width !== w || canvas.height !== h) {
      canvas.width = w; canvas.height = h; canvas.style.width = `${width}px`; canvas.style.height = `${plan.height}px`;
    }
    const ctx = canvas.getContext("2d", { alpha: canvas === moving });
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    return ctx;
  }

  function readouts() {
    scene.tiles.forEach((tile, i) => {
      const text = tile.t && t !== null ? `${numeral(sampleAt(tile, "values", t), 10 ** -tile.digits, 4)} ${tile.unit}` : tile.value;
      if (cells[i].textContent !== text) cells[i].textContent = text;
    });
    if (t === null) return;
    clock.textContent = `${numeral(t, 10 ** -scene.clock.digits, 4)} ${scene.clock.unit}`;
    scrub.value = t; scrub.setAttribute("aria-valuetext", clock.textContent);
  }

  function move() {
    const ctx = size(moving);
    ctx.clearRect(0, 0, width, plan.height);
    for (const { view, g } of plan.frames) drawMoversOf(ctx, view, g, t);
    readouts();
  }

  function redraw() {
    queued = false;
    if (gone || !scene) return;
    width = Math.max(320, Math.floor(stage.clientWidth || el.clientWidth || 640));
    plan = place(still.getContext("2d", { alpha: false }), scene, width, zooms);
    stage.style.height = `${plan.height}px`;
    const ctx = size(still);
    ctx.fillStyle = INK.panel; ctx.fillRect(0, 0, width, plan.height);
    for (const { view, g } of plan.frames) drawView(ctx, view, g);
    move();
    root.dispatchEvent(new CustomEvent("lunarlab:drawn", { bubbles: true, detail: { seq: scene.seq, settings: scene.settings } }));
  }

  function later() { if (!queued) { queued = true; requestAnimationFrame(redraw); } }

  function fillTiles() {
    if (cells.length !== scene.tiles.length) {
      tiles.replaceChildren(); cells = scene.tiles.map(() => { const tile = make("div", "ll-tile", tiles); make("span", "ll-name", tile); return make("span", "ll-value", tile); });
    }
    scene.tiles.forEach((tile, i) => {
      cells[i].parentNode.className = `ll-tile ${tile.mood ? `ll-mood-${tile.mood}` : ""}`;
      const name = cells[i].previousSibling;
      if (name.textContent !== tile.name) name.textContent = tile.name;
    });
  }

  function take() {
    const next = model.get("words");
    error.hidden = !next.error; error.textContent = next.error || "";
    root.classList.toggle("ll-stale", !next.rows);  // the last good picture stays, greyed, under the message
    if (!next.rows) {
      root.dispatchEvent(new CustomEvent("lunarlab:drawn", { bubbles: true, detail: { seq: next.seq, settings: next.settings } }));
      return;
    }
    scene = unfold(next, model.get("numbers"));
    const kind = scene.rows.flat().map((v) => v.title).join("|");
    if (kind !== shape) { shape = kind; zooms = {}; active = 0; touched = false; }
    root.setAttribute("aria-label", scene.title);
    title.textContent = scene.title; notes.textContent = scene.notes.join(" · ");
    const [verdict, mood] = scene.badge;
    badge.hidden = !verdict; badge.className = `ll-badge ll-${mood || "fair"}`; badge.textContent = mood ? `${SIGN[mood]} ${verdict}` : verdict;
    if (!line.textContent) line.textContent = scene.description;
    const c = scene.clock;
    for (const node of [play, scrub, clock]) node.hidden = !c;
    gap.hidden = Boolean(c);
    if (c) {
      const share = t === null ? 0 : (t - +scrub.min) / (+scrub.max - +scrub.min);
      scrub.min = c.start; scrub.max = c.stop;  // who has moved the time stays at the same place in another flight
      t = touched && isFinite(share) ? c.start + share * (c.stop - c.start) : c.at === null ? c.start : c.at;
    } else { t = null; stop(); }
    fillTiles();
    clearTimeout(telling);  // words follow when the slider rests: nobody reads, or hears, every picture on the way
    telling = setTimeout(() => {
      line.textContent = live.textContent = scene.description; still.setAttribute("aria-label", scene.description);
    }, 200);
    if (plan && !document.hidden) redraw(); else later();  // the next frame shows it: no need to wait for it first
  }

  function stop() { playing = false; play.textContent = "▶ Play"; play.setAttribute("aria-pressed", "false"); }
  function go(time) { if (t === null) return; stop(); touched = true; t = Math.min(Math.max(time, scene.clock.start), scene.clock.stop); move(); }

  function tick(now) {
    if (!playing || gone) return;
    const c = scene.clock;
    t += (now - stamp) / 1000 * (c.stop - c.start) / c.seconds; stamp = now;
    if (t >= c.stop) { t = c.stop; stop(); }
    move();
    root.dataset.frames = +(root.dataset.frames || 0) + 1;
    if (playing) requestAnimationFrame(tick);
  }

  function toggle() {
    if (!scene || t === null) return;
    if (playing) { stop(); return; }
    if (t >= scene.clock.stop * (1 - 1e-6)) t = scene.clock.start;
    playing = touched = true; play.textContent = "❚❚ Pause"; play.setAttribute("aria-pressed", "true");
    stamp = performance.now(); requestAnimationFrame(tick);
  }

  function show(limits) {  // at once in the scales, so that the next key counts from here; in the picture with the next frame
    const { view, g } = plan.frames[active];
    zooms[active] = limits;
    Object.assign(g, viewFrame(view, { left: g.left, top: g.top, width: g.width, height: g.height }, limits));
    later();
  }

  // Zoom view `active` by a factor about a point of it (pixels), its middle if there is none.
  function zoomBy(factor, px, py) {
    if (!plan) return;
    const g = plan.frames[active].g, x = px === undefined ? g.left + g.width / 2 : px, y = py === undefined ? g.top + g.height / 2 : py;
    const across = (p) => g.ux(x + (p - x) * factor), up = (p) => g.uy(y + (p - y) * factor);
    show([across(g.left), across(g.left + g.width), up(g.top + g.height), up(g.top)]);
  }

  function pan(dx, dy) {
    const g = plan.frames[active].g;
    show([g.ux(g.left - dx), g.ux(g.left + g.width - dx), g.uy(g.top + g.height - dy), g.uy(g.top - dy)]);
  }

  function reset() { zooms = {}; later(); }

  function under(e) {
    const box = stage.getBoundingClientRect(), x = e.clientX - box.left, y = e.clientY - box.top;
    const i = plan ? plan.frames.findIndex(({ g }) => x >= g.left && x <= g.left + g.width && y >= g.top && y <= g.top + g.height) : -1;
    return { i, x, y };
  }

  play.addEventListener("click", toggle);
  scrub.addEventListener("input", () => go(+scrub.value));
  const stride = () => (scene && scene.clock ? (scene.clock.stop - scene.clock.start) / 200 : 0);
  bar.addEventListener("keydown", (e) => {
    if (t === null || e.target.classList.contains("ll-zoom")) return;
    const s = stride() * (e.shiftKey ? 10 : 1);
    const jump = { ArrowLeft: t - s, ArrowRight: t + s, Home: scene.clock.start, End: scene.clock.stop }[e.key];
    if (jump !== undefined) { go(jump); e.preventDefault(); }
    else if (e.key === " " && e.target !== play) { toggle(); e.preventDefault(); }
  });
  stage.addEventListener("keydown", (e) => {
    const step = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] }[e.key];
    if (step && plan) pan(...step);
    else if (e.key === "+" || e.key === "=") zoomBy(1 / 1.25);
    else if (e.key === "-") zoomBy(1.25);
    else if (e.key === "0" || e.key === "Escape") reset();
    else return;
    e.preventDefault();
  });
  stage.addEventListener("wheel", (e) => {  // only where someone has clicked into the picture: else the page scrolls
    if (document.activeElement !== stage && !e.ctrlKey && !e.metaKey) return;
    const { i, x, y } = under(e);
    if (i < 0) return;
    active = i; zoomBy(Math.exp(e.deltaY * 0.0015), x, y); e.preventDefault();
  }, { passive: false });
  stage.addEventListener("pointerdown", (e) => {
    const { i, x, y } = under(e);
    if (i < 0) return;
    active = i; grip = { x, y, moved: false }; stage.setPointerCapture(e.pointerId);
  });
  stage.addEventListener("pointermove", (e) => {
    const { i, x, y } = under(e);
    hover(i, x, y);
    if (!grip) return;
    const { view, g } = plan.frames[active];
    if (view.x.clock && t !== null && !zooms[active]) go(g.ux(x));
    else pan(x - grip.x, y - grip.y);
    grip = { x, y, moved: true };
  });
  stage.addEventListener("pointerup", (e) => {
    if (grip && !grip.moved) {
      const { view, g } = plan.frames[active], { x, y } = under(e), hit = pointAt(view, g, x, y);
      if (hit && hit[0].keys) { model.set("picked", { key: hit[0].keys[hit[1]], times: ++picks }); model.save_changes(); }
      else if (t !== null && view.x.clock) go(g.ux(x));
    }
    grip = null;
  });
  stage.addEventListener("pointerleave", () => { stage.title = ""; });
  stage.addEventListener("dblclick", () => reset());

  function hover(i, x, y) {  // over a field of colours: its value there; over a point: what it is
    const text = i >= 0 ? told(plan.frames[i], x, y) : "";
    if (stage.title !== text) stage.title = text;
  }

  function told({ view, g }, x, y) {
    const hit = pointAt(view, g, x, y);
    stage.style.cursor = hit && hit[0].keys ? "pointer" : "";
    if (hit) return hit[0].keys ? `${hit[0].key_name} ${hit[0].keys[hit[1]]}` : hit[0].texts[hit[1]];
    const field = view.marks.find((m) => m.kind === "heat" || m.kind === "classes");
    if (!field) return "";
    if (field.kind === "classes") return classAt(field, g.ux(x), g.uy(y));
    const value = fieldAt(field, g.ux(x), g.uy(y));
    return value === value ? `${field.label}: ${numeral(value, (field.high - field.low) / 1000)}` : "";
  }

  const watch = new ResizeObserver(() => { if (stage.clientWidth && Math.abs(stage.clientWidth - width) > 1) later(); });
  watch.observe(stage);
  model.on("change:words", take);
  take();
  requestAnimationFrame(() => { const panel = el.closest(".ll-panel"); if (panel) nameControls(panel); });
  return () => { gone = true; watch.disconnect(); clearTimeout(telling); model.off("change:words", take); };
}

export default { render };
