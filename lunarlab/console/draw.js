// Drawing of a descent only: pure functions from numbers to a canvas. Joined with pen.js and deck.js into one module
// (see deck.py).

// Columns by name, each a view of the one Float32Array that came from the kernel.
export function unpack(words, view) {
  const bytes = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
  const all = new Float32Array(bytes), n = words.rows, data = {};
  words.columns.forEach((name, i) => { data[name] = all.subarray(i * n, (i + 1) * n); });
  const start = words.columns.length * n;
  data.groundX = all.subarray(start, start + words.ground);
  data.groundZ = all.subarray(start + words.ground, start + 2 * words.ground);
  return data;
}

export function at(data, name, t) {
  const [i, u] = locate(data.t, t), column = data[name];
  return i + 1 < column.length ? column[i] + u * (column[i + 1] - column[i]) : column[i];
}

function ground(data, x) {
  const xs = data.groundX;
  if (!xs.length || x <= xs[0]) return data.groundZ[0] || 0;
  const [i, u] = locate(xs, x);
  return i + 1 < xs.length ? data.groundZ[i] + u * (data.groundZ[i + 1] - data.groundZ[i]) : data.groundZ[i];
}

// Ranges: used ones are filled dots, refused ones open crosses, so that colour is not the only difference.
function samples(ctx, f, data, ys, gap) {
  ctx.fillStyle = INK.used; ctx.strokeStyle = INK.refused; ctx.lineWidth = 1.4; ctx.beginPath();
  let lastX = -9, lastY = -9;
  for (let i = 0; i < ys.length; i++) {
    const value = ys[i];
    if (!(value === value) || !(data.range[i] === data.range[i])) continue;
    const x = f.px(data.t[i]), y = f.py(value);
    if (Math.abs(x - lastX) + Math.abs(y - lastY) < gap) continue;
    lastX = x; lastY = y;
    if (data.refused[i] > 0) { ctx.moveTo(x - 2.4, y - 2.4); ctx.lineTo(x + 2.4, y + 2.4); ctx.moveTo(x - 2.4, y + 2.4); ctx.lineTo(x + 2.4, y - 2.4); }
    else ctx.fillRect(x - 1.6, y - 1.6, 3.2, 3.2);
  }
  ctx.stroke();
}

// Between where it is and where it believes to be.
function gapArea(ctx, f, data) {
  ctx.fillStyle = INK.refused; ctx.globalAlpha = 0.16; ctx.beginPath();
  let open = [];
  const close = () => {
    open.forEach((i, k) => ctx[k ? "lineTo" : "moveTo"](f.px(data.t[i]), f.py(data.h[i])));
    for (const i of open.reverse()) ctx.lineTo(f.px(data.t[i]), f.py(data.est_h[i]));
    open = [];
  };
  for (let i = 0; i < data.t.length; i++) { if (Math.abs(data.h[i] - data.est_h[i]) > 200) open.push(i); else if (open.length) close(); }
  if (open.length) close();
  ctx.fill(); ctx.globalAlpha = 1;
}

function legend(ctx, items, right, y, left) {  // from the right; what would run into the title at the left stays out
  let x = right;
  ctx.font = `11px ${FONT}`;
  for (const [text, color, mark] of [...items].reverse()) {
    ctx.font = `11px ${FONT}`;
    x -= ctx.measureText(text).width;
    if (x - 24 < left) return;
    label(ctx, text, x, y);
    x -= 24; ctx.strokeStyle = ctx.fillStyle = color; ctx.lineWidth = 2.2; ctx.beginPath();
    if (mark === "dot") ctx.fillRect(x + 7, y - 2.5, 5, 5);
    else if (mark === "cross") { ctx.lineWidth = 1.6; ctx.moveTo(x + 6, y - 3.5); ctx.lineTo(x + 13, y + 3.5); ctx.moveTo(x + 6, y + 3.5); ctx.lineTo(x + 13, y - 3.5); }
    else if (mark === "diamond") { ctx.lineWidth = 1.4; ctx.moveTo(x + 10, y - 4.5); ctx.lineTo(x + 14.5, y); ctx.lineTo(x + 10, y + 4.5); ctx.lineTo(x + 5.5, y); ctx.closePath(); }
    else if (mark === "band") { ctx.globalAlpha = 0.45; ctx.fillRect(x + 1, y - 4, 18, 8); ctx.globalAlpha = 1; }
    else { ctx.setLineDash(mark === "dash" ? [5, 3] : []); ctx.moveTo(x + 1, y); ctx.lineTo(x + 19, y); }
    ctx.stroke(); ctx.setLineDash([]);
    x -= 14;
  }
}

const km = (v) => (Math.abs(v) < 1 ? "0" : `${+(v / 1000).toFixed(2)}`);
export const metres = (v) => (!isFinite(v) ? "–" : Math.abs(v) >= 1000 ? `${(v / 1000).toFixed(2)} km` : `${Math.abs(v) < 0.5 ? 0 : v.toFixed(0)} m`);

function event(words, kind) { return words.events.find((e) => e.kind === kind); }

// A double arrow between two heights, with words beside it.
function bracket(ctx, f, x, yTop, yBottom, text, side, beside = f.px(x)) {
  const p = f.px(x), a = f.py(yTop), b = f.py(yBottom);
  ctx.strokeStyle = ctx.fillStyle = INK.text; ctx.lineWidth = 1.5; ctx.beginPath();
  ctx.moveTo(p, a); ctx.lineTo(p, b);
  ctx.moveTo(p - 4, a + 6); ctx.lineTo(p, a); ctx.lineTo(p + 4, a + 6);
  ctx.moveTo(p - 4, b - 6); ctx.lineTo(p, b); ctx.lineTo(p + 4, b - 6);
  ctx.stroke();
  text.forEach((words, i) => halo(ctx, words, beside + 9 * side, (a + b) / 2 + (i - (text.length - 1) / 2) * 15,
    { align: side > 0 ? "left" : "right", color: INK.text, size: i ? 11 : 13, bold: !i }));
}

// Limits of the axes: of this flight, and at least those of `before`, so that the picture keeps still under a slider.
export function spans(data, before) {
  const last = data.t.length - 1;
  let low = 0, near = 0, floor = 0;
  while (low < last && data.h[low] > 13e3) low++;
  while (near < last && data.z[near] > 11e3) near++;
  const x0 = [10e3, 20e3, 30e3, 45e3, 60e3].find((x) => x > data.x[near] * 1.15) || 80e3;
  for (let i = 0; i < data.groundX.length; i++) if (data.groundX[i] > -5e3 && data.groundX[i] < x0) floor = Math.min(floor, data.groundZ[i]);
  const own = { x0, floor: Math.floor((floor - 500) / 500) * 500, t0: Math.floor((data.t[low] - 5) / 20) * 20, t1: Math.ceil((data.t[last] + 5) / 20) * 20 };
  if (!before) return own;
  return { x0: Math.max(own.x0, before.x0), floor: Math.min(own.floor, before.floor), t0: Math.min(own.t0, before.t0), t1: Math.max(own.t1, before.t1) };
}

// Where each panel is. `full`: side view, altitude and innovation; otherwise only the side view (replay).
export function layout(words, span, width, full) {
  const left = 46, right = 14, inner = Math.max(120, width - left - right);
  const zero = event(words, "estimate_zero"), { t0, t1 } = span;
  const side = frame({ left, top: 26, width: inner, height: full ? 208 : 330 }, span.x0, -span.x0 / 10, span.floor, 11e3);
  const out = { side, height: side.top + side.height + 38, zero };
  if (!full) return out;
  out.altitude = frame({ left, top: out.height + 18, width: inner, height: 156 }, t0, t1, -300, 13e3);
  const bend = (v) => Math.asinh(v / 60);
  out.gate = frame({ left, top: out.altitude.top + 156 + 44, width: inner, height: 106 }, t0, t1, -12e3, 12e3, bend);
  out.height = out.gate.top + 106 + 38;
  return out;
}

function drawSide(ctx, words, data, f, zero) {
  axes(ctx, f, {
    xTicks: ticks(f.x1, f.x0, 11), yTicks: ticks(f.y0, f.y1, 6), xText: km, yText: km,
    xTitle: "distance to the target, km", title: "Side view: height above the lander's reference level, km",
  });
  clip(ctx, f, () => {
    ctx.fillStyle = INK.ground; ctx.beginPath(); ctx.moveTo(f.px(data.groundX[0]), f.top + f.height);
    for (let i = 0; i < data.groundX.length; i++) ctx.lineTo(f.px(data.groundX[i]), f.py(data.groundZ[i]));
    ctx.lineTo(f.px(data.groundX[data.groundX.length - 1]), f.top + f.height); ctx.fill();
    line(ctx, f, data.groundX, data.groundZ, INK.groundEdge, { width: 1.4 });
    if (!words.mapped) {
      ctx.strokeStyle = INK.belief; ctx.globalAlpha = 0.75; ctx.lineWidth = 1; ctx.setLineDash([2, 4]); ctx.beginPath();
      ctx.moveTo(f.left, f.py(0)); ctx.lineTo(f.left + f.width, f.py(0)); ctx.stroke(); ctx.setLineDash([]); ctx.globalAlpha = 1;
    }
    const end = zero ? locate(data.t, zero.t)[0] + 1 : data.t.length;
    line(ctx, f, data.est_x.subarray(0, end), data.est_z.subarray(0, end), INK.belief, { dash: [7, 4] });
    line(ctx, f, data.x, data.z, INK.truth, { width: 2.6 });
    const lock = event(words, "lockout") || event(words, "first_reject");
    if (lock) {
      const x = f.px(at(data, "x", lock.t)), y = f.py(at(data, "z", lock.t));
      ctx.strokeStyle = INK.refused; ctx.lineWidth = 2.4; ctx.beginPath();
      ctx.moveTo(x - 6, y - 6); ctx.lineTo(x + 6, y + 6); ctx.moveTo(x - 6, y + 6); ctx.lineTo(x + 6, y - 6); ctx.stroke();
      halo(ctx, lock.kind === "lockout" ? "altimeter locked out" : "range refused", x, y - 16, { align: "center", color: INK.refused, bold: true, size: 12 });
    }
    if (zero && zero.alt > 200) {
      const x = at(data, "x", zero.t), z = at(data, "z", zero.t);
      bracket(ctx, f, x, z, z - zero.alt, [metres(zero.alt), "above the ground", "when it reads 0"], -1, Math.min(f.px(x), f.px(at(data, "est_x", zero.t)) - 8));
    }
  });
  if (!words.mapped) halo(ctx, "the ground it assumes", f.left + 10, f.py(0) + 9, { color: INK.belief });
  legend(ctx, [["truth", INK.truth], ["belief", INK.belief, "dash"]], f.left + f.width, f.top - 9, f.left + 360);
}

function drawAltitude(ctx, words, data, f, zero) {
  const clock = (t) => `${t.toFixed(0)}`;
  axes(ctx, f, { xTicks: ticks(f.x0, f.x1, 9), yTicks: ticks(0, f.y1, 6), xText: clock, yText: km, title: "Altitude above the ground, km" });
  clip(ctx, f, () => {
    gapArea(ctx, f, data);
    line(ctx, f, data.t, data.h, INK.truth, { width: 2.6 });
    line(ctx, f, data.t, data.est_h, INK.belief, { dash: [7, 4] });
    samples(ctx, f, data, data.range, 10);
    ctx.strokeStyle = INK.published; ctx.lineWidth = 1.4;
    for (const p of words.published || []) {
      const x = f.px(p.t), y = f.py(p.h);
      ctx.beginPath();
      ctx.moveTo(f.px(p.t - p.st), y); ctx.lineTo(f.px(p.t + p.st), y); ctx.moveTo(x, f.py(p.h - p.sh)); ctx.lineTo(x, f.py(p.h + p.sh));
      ctx.moveTo(x, y - 5); ctx.lineTo(x + 5, y); ctx.lineTo(x, y + 5); ctx.lineTo(x - 5, y); ctx.closePath(); ctx.stroke();
    }
    if (zero && zero.alt > 200) bracket(ctx, f, zero.t, zero.alt, 0, [`gap ${metres(zero.alt - zero.est)}`], 1);
  });
  const items = [["truth", INK.truth], ["belief", INK.belief, "dash"], ["range used", INK.used, "dot"], ["range refused", INK.refused, "cross"]];
  if ((words.published || []).length) items.push(["published", INK.published, "diamond"]);
  legend(ctx, items, f.left + f.width, f.top - 9, f.left + 210);
}

function drawGate(ctx, words, data, f) {
  const short = (v) => (v === 0 ? "0" : Math.abs(v) >= 1000 ? `${v / 1000}k` : `${v}`);
  axes(ctx, f, {
    xTicks: ticks(f.x0, f.x1, 9), yTicks: [-10000, -1000, -100, 0, 100, 1000, 10000], xText: (t) => t.toFixed(0), yText: short,
    xTitle: "seconds since the de-orbit burn", title: "Innovation (range − prediction), m",
  });
  clip(ctx, f, () => {
    ctx.fillStyle = INK.gate; ctx.globalAlpha = 0.3; ctx.beginPath();
    let before = -1;
    for (let i = 0; i < data.t.length; i++) {
      if (!(data.gate[i] === data.gate[i])) continue;
      if (before >= 0 && data.t[i] - data.t[before] < 20) {
        const x = f.px(data.t[before]), w = f.px(data.t[i]) - x + 0.3;
        ctx.rect(x, f.py(data.gate[before]), w, f.py(-data.gate[before]) - f.py(data.gate[before]));
      }
      before = i;
    }
    ctx.fill(); ctx.globalAlpha = 1;
    samples(ctx, f, data, data.innovation, 3.2);
  });
  legend(ctx, [["gate", INK.gate, "band"], ["used", INK.used, "dot"], ["refused", INK.refused, "cross"]], f.left + f.width, f.top - 9, f.left + 225);
}

// The part of the picture that only a new flight changes.
export function drawStill(ctx, words, data, plan, width) {
  ctx.fillStyle = INK.panel; ctx.fillRect(0, 0, width, plan.height);
  drawSide(ctx, words, data, plan.side, plan.zero);
  if (!plan.altitude) return;
  drawAltitude(ctx, words, data, plan.altitude, plan.zero);
  drawGate(ctx, words, data, plan.gate);
  const lock = event(words, "lockout"), low = plan.altitude;
  if (lock && lock.t > low.x0) {
    const x = low.px(lock.t);
    ctx.strokeStyle = INK.refused; ctx.lineWidth = 1.5; ctx.setLineDash([3, 3]); ctx.beginPath();
    ctx.moveTo(x, low.top); ctx.lineTo(x, plan.gate.top + plan.gate.height); ctx.stroke(); ctx.setLineDash([]);
    halo(ctx, "locked out", x + 6, low.top + 12, { color: INK.refused, bold: true });
  }
}

function lander(ctx, x, y, pitch, color, { thrust = 0, hollow = false } = {}) {
  ctx.save(); ctx.translate(x, y); ctx.rotate(-(pitch - Math.PI / 2));  // flies to the right, pitch from the horizon
  if (thrust > 0 && !hollow) {
    ctx.fillStyle = "#f0e442"; ctx.globalAlpha = 0.9; ctx.beginPath();
    ctx.moveTo(-3, 6); ctx.lineTo(3, 6); ctx.lineTo(0, 10 + 10 * thrust); ctx.fill(); ctx.globalAlpha = 1;
  }
  ctx.beginPath();
  ctx.moveTo(-5, -6); ctx.lineTo(5, -6); ctx.lineTo(6, 3); ctx.lineTo(-6, 3); ctx.closePath();
  ctx.moveTo(-6, 3); ctx.lineTo(-9, 9); ctx.moveTo(6, 3); ctx.lineTo(9, 9);
  ctx.lineWidth = 1.8; ctx.strokeStyle = color; ctx.fillStyle = hollow ? INK.sky : color;
  ctx.fill(); ctx.stroke(); ctx.restore();
}

// What moves: the lander where it is, where it believes to be, and the time in the charts.
export function drawMoving(ctx, words, data, plan, width, t) {
  ctx.clearRect(0, 0, width, plan.height);
  const f = plan.side, x = at(data, "x", t), z = at(data, "z", t), pitch = at(data, "pitch", t);
  clip(ctx, f, () => {
    const below = ground(data, x);
    ctx.strokeStyle = INK.truth; ctx.globalAlpha = 0.5; ctx.lineWidth = 1; ctx.setLineDash([2, 3]); ctx.beginPath();
    ctx.moveTo(f.px(x), f.py(z)); ctx.lineTo(f.px(x), f.py(below)); ctx.stroke(); ctx.setLineDash([]); ctx.globalAlpha = 1;
    lander(ctx, f.px(at(data, "est_x", t)), f.py(at(data, "est_z", t)) - 9, pitch, INK.belief, { hollow: true });
    lander(ctx, f.px(x), f.py(z) - 9, pitch, INK.truth, { thrust: at(data, "thrust", t) / 1600 });
  });
  if (x > f.x0 || z > f.y1) {
    halo(ctx, `↖ ${metres(z - ground(data, x))} up, ${(x / 1000).toFixed(0)} km before the target`, f.left + 10, f.top + 16, { color: INK.truth, bold: true, size: 12 });
  }
  if (!plan.altitude) return;
  for (const g of [plan.altitude, plan.gate]) {
    if (t < g.x0) continue;
    ctx.strokeStyle = INK.cursor; ctx.globalAlpha = 0.7; ctx.lineWidth = 1; ctx.beginPath();
    ctx.moveTo(g.px(t), g.top); ctx.lineTo(g.px(t), g.top + g.height); ctx.stroke(); ctx.globalAlpha = 1;
  }
  const g = plan.altitude;
  clip(ctx, g, () => {
    for (const [name, color] of [["est_h", INK.belief], ["h", INK.truth]]) {
      ctx.fillStyle = color; ctx.beginPath(); ctx.arc(g.px(t), g.py(at(data, name, t)), 4, 0, 7); ctx.fill();
    }
  });
}
