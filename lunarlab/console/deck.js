// The flight deck: verdict, picture, transport bar, telemetry. Joined behind pen.js, dom.js and draw.js (see deck.py).
// The kernel sends `words` (JSON) and `numbers` (float32) once per flight; play and scrub need no kernel.

const PHASES = { LANDED: "good", HARD_LANDING: "fair", TIPPED: "fair" };

function render({ model, el }) {
  const full = model.get("mode") === "console";
  el.classList.add("ll-host");
  const root = make("section", `ll-deck ll-${full ? "console" : "replay"}`, el);
  root.setAttribute("data-lm-suppress-shortcuts", "true");
  root.setAttribute("aria-label", full ? "Mission console" : "Replay of a descent");
  const head = make("div", "ll-head", root), names = make("div", "ll-names", head);
  const title = make("div", "ll-title", names), reasons = make("div", "ll-reasons", names);
  const badge = make("div", "ll-badge", head);
  const error = make("div", "ll-error", root);
  error.setAttribute("role", "alert"); error.hidden = true;
  const stage = make("div", "ll-stage", root);
  const still = make("canvas", "ll-still", stage), moving = make("canvas", "ll-moving", stage);
  still.setAttribute("role", "img"); moving.setAttribute("aria-hidden", "true");
  const bar = make("div", "ll-bar", root);
  const play = make("button", "ll-play", bar, "▶ Play"); play.type = "button";
  const scrub = make("input", "ll-scrub", bar); scrub.type = "range"; scrub.step = "0.1";
  scrub.setAttribute("aria-label", "Time in the flight");
  const clock = make("output", "ll-clock", bar);
  const rate = make("select", "ll-rate", bar); rate.setAttribute("aria-label", "Replay speed");
  for (const times of [1, 10, 30, 100]) { const o = make("option", "", rate, `${times}×`); o.value = times; o.selected = times === 30; }
  const tiles = make("div", "ll-tiles", root), cells = {};
  for (const [key, name] of [["h", "true altitude"], ["est", "believed altitude"], ["gap", "difference"], ["up", "true vertical speed"], ["fuel", "propellant"]]) {
    const tile = make("div", `ll-tile ll-${key}`, tiles);
    make("span", "ll-name", tile, name); cells[key] = make("span", "ll-value", tile);
  }
  const why = make("div", "ll-why", root);
  const line = make("div", "ll-line", root), live = make("div", "ll-live", root); live.setAttribute("aria-live", "polite");
  const log = make("details", "ll-log", root); make("summary", "", log, "Events as text");
  const list = make("ol", "", log); if (!full) log.open = true;

  let words, data, span, plan, width = 0, t = 0, playing = false, poster = true, stamp = 0, queued = false, telling = 0, gone = false;
  let frames = [];

  function size(canvas) {
    const ratio = window.devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(plan.height * ratio)) {
      canvas.width = Math.round(width * ratio); canvas.height = Math.round(plan.height * ratio);
      canvas.style.width = `${width}px`; canvas.style.height = `${plan.height}px`;
    }
    const ctx = canvas.getContext("2d", { alpha: canvas === moving });  // an opaque one is cheaper to put on the screen
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    return ctx;
  }

  function telemetry() {
    cells.h.textContent = metres(at(data, "h", t)); cells.est.textContent = metres(at(data, "est_h", t));
    cells.gap.textContent = metres(at(data, "h", t) - at(data, "est_h", t));
    const up = at(data, "up", t);
    cells.up.textContent = `${Math.abs(up).toFixed(1)} m/s ${up > 0.05 ? "▲" : up < -0.05 ? "▼" : ""}`;
    cells.fuel.textContent = `${at(data, "propellant", t).toFixed(1)} kg`;
    clock.textContent = `T+${t.toFixed(0)} s`;
    scrub.value = t; scrub.setAttribute("aria-valuetext", `${t.toFixed(0)} seconds, altitude ${cells.h.textContent}, believed ${cells.est.textContent}`);
  }

  function move() { drawMoving(size(moving), words, data, plan, width, t); telemetry(); }

  function redraw() {
    queued = false;
    if (gone || !data) return;
    width = Math.max(320, Math.floor(stage.clientWidth || el.clientWidth || 640));
    plan = layout(words, span, width, full);
    stage.style.height = `${plan.height}px`;
    drawStill(size(still), words, data, plan, width);
    move();
    root.dispatchEvent(new CustomEvent("lunarlab:drawn", { bubbles: true, detail: { seq: words.seq, settings: words.settings } }));
  }

  function later() { if (!queued) { queued = true; requestAnimationFrame(redraw); } }

  function take() {
    const next = model.get("words");
    error.hidden = !next.error; error.textContent = next.error || "";
    root.classList.toggle("ll-stale", !next.rows);  // the last good flight stays, greyed, under the message
    if (!next.rows) return;
    words = next;
    data = unpack(words, model.get("numbers"));
    span = spans(data, title.textContent === words.title && !words.fresh ? span : null);
    title.textContent = words.title;
    const mood = PHASES[words.verdict] || "bad";
    badge.className = `ll-badge ll-${mood}`; badge.textContent = `${SIGN[mood]} ${words.verdict.replace(/_/g, " ")}`;
    reasons.textContent = words.reasons.length ? words.reasons.join(" · ") : "every limit of the landing was kept";
    why.replaceChildren(...words.why.map((line) => make("p", "", null, line)));
    line.textContent = words.summary;
    still.setAttribute("aria-label", words.summary);
    scrub.min = data.t[0]; scrub.max = data.t[data.t.length - 1];
    if (!playing) { t = words.cursor; poster = true; }
    clearTimeout(telling);  // a screen reader hears the flight that the slider stopped at, not every one on the way
    telling = setTimeout(() => { live.textContent = words.summary; fill(); }, 250);
    later();
  }

  function fill() {
    list.replaceChildren(...words.events.map((e) => {
      const item = make("li");
      const jump = make("button", "ll-jump", item, `T+${e.t.toFixed(0)} s`); jump.type = "button";
      jump.addEventListener("click", () => go(e.t));
      make("span", "", item, ` ${metres(e.alt)} — ${e.text}`);
      return item;
    }));
  }

  function go(time) { stop(); poster = false; t = Math.min(Math.max(time, data.t[0]), data.t[data.t.length - 1]); move(); }
  function stop() { playing = false; play.textContent = "▶ Play"; play.setAttribute("aria-pressed", "false"); }

  function tick(now) {
    if (!playing || gone) return;
    t += (now - stamp) / 1000 * rate.value; stamp = now;
    const end = data.t[data.t.length - 1];
    if (t >= end) { t = end; stop(); }
    move();
    frames.push(now); if (frames.length > 600) frames = frames.slice(-300);
    root.dataset.frames = frames.length;
    if (playing) requestAnimationFrame(tick);
    else root.dispatchEvent(new CustomEvent("lunarlab:ended", { bubbles: true }));
  }

  function toggle() {
    if (!data) return;
    if (playing) { stop(); return; }
    const end = data.t[data.t.length - 1];  // from a picture that nobody has touched: where the lander comes into it
    if (poster || t >= end - 0.5) { let i = 0; while (i < data.t.length - 1 && data.x[i] > span.x0) i++; t = data.t[i]; }
    poster = false; playing = true; play.textContent = "❚❚ Pause"; play.setAttribute("aria-pressed", "true");
    stamp = performance.now(); frames = []; requestAnimationFrame(tick);
  }

  play.addEventListener("click", toggle);
  scrub.addEventListener("input", () => go(+scrub.value));
  bar.addEventListener("keydown", (e) => {
    if (!data || e.target === rate) return;
    const step = e.shiftKey ? 10 : 1, end = data.t[data.t.length - 1];
    const jump = { ArrowLeft: t - step, ArrowRight: t + step, Home: data.t[0], End: end, PageUp: t + 30, PageDown: t - 30 }[e.key];
    if (jump !== undefined) { go(jump); e.preventDefault(); }
    else if (e.key === " " && e.target !== play) { toggle(); e.preventDefault(); }
  });
  stage.addEventListener("pointermove", (e) => {  // the charts scrub under the pointer while a button is held
    if (!e.buttons || !plan || !plan.altitude) return;
    const p = e.clientX - stage.getBoundingClientRect().left, g = plan.altitude;
    if (e.offsetY > g.top) go(g.x0 + (p - g.left) / g.width * (g.x1 - g.x0));
  });

  const watch = new ResizeObserver(() => { if (stage.clientWidth && Math.abs(stage.clientWidth - width) > 1) later(); });
  watch.observe(stage);
  model.on("change:words", take);
  take();
  requestAnimationFrame(() => { const panel = el.closest(".ll-panel"); if (panel) nameControls(panel); });
  return () => { gone = true; watch.disconnect(); clearTimeout(telling); model.off("change:words", take); };
}

export default { render };
