// One drawing of a scene: axes of any kind and the marks of plots/scene.py. Joined behind pen.js and field.js.

const PEN = {
  blue: INK.truth, orange: INK.belief, green: INK.used, red: INK.refused, pink: INK.gate, yellow: "#f0e442", ink: INK.text,
  grey: "#8496a9",
};
const DASH = { "": [], dash: [7, 4], dot: [2, 4], dashdot: [9, 3, 2, 3] };
const BODY = { earth: ["#8cc3ee", "#1d4f7c"], moon: ["#d5d9de", "#6a717b"], sun: ["#fff0b0", "#d79a1e"], "": ["#9fb3c8", "#4a5666"] };
const DAY_MS = 86400e3, MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const DAY_STEPS = [1 / 24, 2 / 24, 3 / 24, 6 / 24, 0.5, 1, 2, 4, 7, 14, 28];

// A number as a person writes it: as many digits as the step needs, commas between thousands from 5 (or 4) digits on.
export function numeral(v, step, least = 5) {
  const digits = Math.max(0, Math.min(6, Math.ceil(-Math.log10(step) - 1e-9)));
  const text = (Math.abs(v) < step * 1e-6 ? 0 : v).toFixed(digits), [whole, rest] = text.replace("-", "").split(".");
  const grouped = whole.length >= least ? whole.replace(/\B(?=(\d{3})+$)/g, ",") : whole;
  return (text.startsWith("-") ? "−" : "") + grouped + (rest ? `.${rest}` : "");
}

function dateTicks(axis, low, high, count) {
  const origin = Date.parse(`${axis.origin}${axis.origin.includes("T") ? "" : "T00:00"}Z`), raw = Math.abs(high - low) / count, out = [];
  const [from, to] = [Math.min(low, high), Math.max(low, high)];
  if (raw > 20) {
    const start = new Date(origin + from * DAY_MS), every = raw > 90 ? 12 : raw > 45 ? 3 : raw > 30 ? 2 : 1;
    for (let k = 0, d; k < 400; k++) {
      d = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + k, 1));
      const v = (d - origin) / DAY_MS;
      if (v > to) break;
      if (v >= from && d.getUTCMonth() % every === 0) out.push([v, `${MONTHS[d.getUTCMonth()]} ${d.getUTCFullYear()}`]);
    }
    return out;
  }
  const step = DAY_STEPS.find((s) => s >= raw) || 28, shift = (origin / DAY_MS) % 1;
  for (let v = Math.ceil((from + shift) / step) * step - shift; v <= to + 1e-9; v += step) {
    const d = new Date(Math.round((origin + v * DAY_MS) / 6e4) * 6e4);
    const clock = d.toISOString().slice(11, 16), day = `${d.getUTCDate()} ${MONTHS[d.getUTCMonth()]}`;
    out.push([v, step >= 1 || clock === "00:00" ? day : clock]);
  }
  return out;
}

function axisTicks(axis, low, high, pixels, gap) {
  const count = Math.max(2, pixels / gap);
  if (axis.ticks.length) return axis.ticks;
  if (axis.kind === "date") return dateTicks(axis, low, high, count);
  if (axis.kind === "log") {
    const out = [];
    for (let p = Math.floor(Math.log10(low)); p <= Math.log10(high) + 1e-9; p++) {
      for (const m of Math.log10(high / low) < 2.2 ? [1, 2, 5] : [1]) {
        const v = m * 10 ** p;
        if (v >= low * 0.999 && v <= high * 1.001) out.push([v, numeral(v, Math.min(1, v))]);
      }
    }
    return out;
  }
  const step = niceStep(Math.abs(high - low), count), [from, to] = [Math.min(low, high), Math.max(low, high)];
  return ticks(from, to, Math.abs(high - low) / step).map((v) => [v, numeral(v, step)]);
}

// Limits as they are shown: zoomed, and for equal scales widened to the shape of the box.
function shownLimits(view, box, zoom) {
  let [x0, x1, y0, y1] = zoom || [view.x.low, view.x.high, view.y.low, view.y.high];
  if (view.equal) {
    const scale = Math.max((x1 - x0) / box.width, (y1 - y0) / box.height), cx = (x0 + x1) / 2, cy = (y0 + y1) / 2;
    [x0, x1, y0, y1] = [cx - scale * box.width / 2, cx + scale * box.width / 2, cy - scale * box.height / 2, cy + scale * box.height / 2];
  }
  return [x0, x1, y0, y1];
}

// px, py and their inverses for a view in its box.
function viewFrame(view, box, zoom) {
  const [x0, x1, y0, y1] = shownLimits(view, box, zoom), log = (v) => Math.log10(Math.max(v, 1e-300)), plain = (v) => v;
  const fx = view.x.kind === "log" ? log : plain, fy = view.y.kind === "log" ? log : plain;
  const a0 = fx(x0), a1 = fx(x1), b0 = fy(y0), b1 = fy(y1);
  return { ...box, x0, x1, y0, y1,
    px: (x) => box.left + (fx(x) - a0) / (a1 - a0) * box.width,
    py: (y) => box.top + box.height - (fy(y) - b0) / (b1 - b0) * box.height,
    ux: (p) => { const v = a0 + (p - box.left) / box.width * (a1 - a0); return fx === log ? 10 ** v : v; },
    uy: (p) => { const v = b0 + (box.top + box.height - p) / box.height * (b1 - b0); return fy === log ? 10 ** v : v; } };
}

function legendItems(view) {
  const mark = { line: (m) => m.dash || "line", fill: () => "band", region: () => "band", boxes: () => "band", dots: (m) => `at ${m.shape}` };
  return view.marks.flatMap((m) => {
    if (m.kind === "classes") return m.names.map((name, i) => [name, PEN[m.inks[i]], "band", i]).filter((item) => m.v.includes(item[3]));
    return m.name && mark[m.kind] ? [[m.name, PEN[m.ink], mark[m.kind](m)]] : [];
  });
}

// Names of lines, from the right on the title's line if there is room, else on lines of their own. Returns how many.
function legendLines(ctx, items, width, titleWidth) {
  ctx.font = `11px ${FONT}`;
  const sizes = items.map(([text]) => ctx.measureText(text).width + 38), total = sizes.reduce((a, b) => a + b, 0);
  if (!items.length || total < width - titleWidth - 12) return 0;
  let lines = 1, x = 0;
  for (const s of sizes) { if (x + s > width && x) { lines++; x = 0; } x += s; }
  return lines;
}

function drawLegend(ctx, items, box, lines) {
  ctx.font = `11px ${FONT}`;
  const sizes = items.map(([text]) => ctx.measureText(text).width + 38), total = sizes.reduce((a, b) => a + b, 0);
  let x = lines ? box.left : box.left + box.width - total + 14, y = box.top - (lines ? 15 * lines - 4 : 10);
  items.forEach(([text, color, mark], i) => {
    if (lines && x + sizes[i] > box.left + box.width + 24 && x > box.left) { x = box.left; y += 15; }
    ctx.strokeStyle = ctx.fillStyle = color; ctx.lineWidth = 2.2;
    if (mark === "band") { ctx.globalAlpha = 0.5; ctx.fillRect(x, y - 4, 18, 8); ctx.globalAlpha = 1; }
    else if (mark === "line" || mark in DASH) {
      ctx.setLineDash(DASH[mark] || []); ctx.beginPath(); ctx.moveTo(x, y); ctx.lineTo(x + 18, y); ctx.stroke(); ctx.setLineDash([]);
    } else shapeAt(ctx, mark.slice(3), x + 9, y, 6, color);
    label(ctx, text, x + 23, y);
    x += sizes[i];
  });
}

function shapeAt(ctx, shape, x, y, size, color) {
  const r = size / 2 + 0.5;
  ctx.fillStyle = ctx.strokeStyle = color; ctx.lineWidth = 1.8; ctx.beginPath();
  if (shape === "cross") { ctx.moveTo(x - r, y - r); ctx.lineTo(x + r, y + r); ctx.moveTo(x - r, y + r); ctx.lineTo(x + r, y - r); ctx.stroke(); return; }
  if (shape === "ring") { ctx.arc(x, y, r, 0, 7); ctx.stroke(); return; }
  if (shape === "diamond") { ctx.moveTo(x, y - r * 1.3); ctx.lineTo(x + r * 1.3, y); ctx.lineTo(x, y + r * 1.3); ctx.lineTo(x - r * 1.3, y); }
  else if (shape === "square") ctx.rect(x - r, y - r, 2 * r, 2 * r);
  else if (shape === "triangle") { ctx.moveTo(x, y - r * 1.2); ctx.lineTo(x + r * 1.1, y + r); ctx.lineTo(x - r * 1.1, y + r); }
  else if (shape === "star") for (let k = 0; k < 10; k++) { const a = k * Math.PI / 5, s = k % 2 ? r * 0.6 : r * 1.5; ctx.lineTo(x + s * Math.sin(a), y - s * Math.cos(a)); }
  else ctx.arc(x, y, r, 0, 7);
  ctx.closePath(); ctx.fill();
}

function bodyAt(ctx, x, y, r, body) {
  const [light, dark] = BODY[body] || BODY[""], paint = r > 3 && r < 4000 ? ctx.createRadialGradient(x - r * 0.4, y - r * 0.4, r * 0.1, x, y, r) : null;
  if (paint) { paint.addColorStop(0, light); paint.addColorStop(1, dark); }
  ctx.fillStyle = paint || (r <= 3 ? light : dark); ctx.beginPath(); ctx.arc(x, y, r, 0, 2 * Math.PI); ctx.fill();
  if (r > 6) { ctx.strokeStyle = light; ctx.globalAlpha = 0.5; ctx.lineWidth = 1; ctx.stroke(); ctx.globalAlpha = 1; }
}

// Words beside a point, on the side that is asked for if they cover nothing there and stay inside.
function words(ctx, g, placed, text, x, y, { side = "right", color = INK.text, off = 8, bold = false } = {}) {
  if (!text || x < g.left - 2 || x > g.left + g.width + 2 || y < g.top - 2 || y > g.top + g.height + 2) return;
  ctx.font = `${bold ? "600 " : ""}11.5px ${FONT}`;
  const w = ctx.measureText(text).width, h = 15;
  const spots = { right: [x + off, y - h / 2], left: [x - off - w, y - h / 2], above: [x - w / 2, y - off - h], below: [x - w / 2, y + off],
    corner: [x + off * 0.7, y - off * 0.5 - h] };
  const free = ([a, b]) => a >= g.left + 2 && a + w <= g.left + g.width - 2 && b >= g.top + 2 && b + h <= g.top + g.height - 2
    && !placed.some((p) => a < p[0] + p[2] && p[0] < a + w && b < p[1] + p[3] && p[1] < b + h);
  const order = [side, "right", "left", "above", "below"], found = order.find((s) => free(spots[s]));
  let [a, b] = spots[found || side];
  if (!found) { a = Math.min(Math.max(a, g.left + 3), g.left + g.width - w - 3); b = Math.min(Math.max(b, g.top + 3), g.top + g.height - h - 3); }
  placed.push([a, b, w, h]);
  halo(ctx, text, a, b + h / 2, { color, size: 11.5, bold });
}

function stroke(ctx, g, m) {
  ctx.strokeStyle = PEN[m.ink]; ctx.lineWidth = m.width; ctx.globalAlpha = m.alpha; ctx.setLineDash(DASH[m.dash] || []);
  ctx.lineJoin = "round"; ctx.beginPath();
  let pen = false;
  for (let i = 0; i < m.x.length; i++) {
    const x = m.x[i], y = m.y[i];
    if (!(x === x) || !(y === y)) { pen = false; continue; }
    if (pen) ctx.lineTo(g.px(x), g.py(y)); else ctx.moveTo(g.px(x), g.py(y));
    pen = true;
  }
  ctx.stroke(); ctx.setLineDash([]); ctx.globalAlpha = 1;
}

// How each mark is drawn; `later` collects words, which go on top of everything.
const DRAW = {
  line: stroke,
  fill(ctx, g, m) {
    ctx.fillStyle = PEN[m.ink]; ctx.globalAlpha = m.alpha; ctx.beginPath();
    for (let i = 0; i < m.x.length; i++) ctx[i ? "lineTo" : "moveTo"](g.px(m.x[i]), g.py(m.y[i]));
    ctx.fill(); ctx.globalAlpha = 1;
  },
  boxes(ctx, g, m, later) {
    for (let i = 0; i < m.x0.length; i++) {
      const a = g.px(m.x0[i]), b = g.px(m.x1[i]), c = g.py(m.y0[i]), d = g.py(m.y1[i]);
      ctx.fillStyle = PEN[m.ink]; ctx.globalAlpha = m.alpha;
      ctx.fillRect(Math.min(a, b), Math.min(c, d), Math.max(Math.abs(b - a), 1), Math.max(Math.abs(d - c), 1)); ctx.globalAlpha = 1;
      if (m.texts[i]) later.push(() => {
        ctx.font = `600 11.5px ${FONT}`;
        const w = ctx.measureText(m.texts[i]).width, inside = w + 8 < Math.abs(b - a);
        if (inside) label(ctx, m.texts[i], (a + b) / 2, (c + d) / 2, { align: "center", color: "#0a121d", size: 11.5, bold: true });
        else if (!m.name) halo(ctx, m.texts[i], Math.min(Math.max(a, b) + 6, g.left + g.width - w - 4), (c + d) / 2, { color: INK.text, size: 11.5 });
      });
    }
  },
  dots(ctx, g, m, later, placed) {
    for (let i = 0; i < m.x.length; i++) {
      const x = g.px(m.x[i]), y = g.py(m.y[i]);
      shapeAt(ctx, m.shape, x, y, m.size, PEN[m.ink]);
      if (m.x.length < 30) placed.push([x - m.size, y - m.size, 2 * m.size, 2 * m.size]);  // words keep off them
    }
  },
  spot(ctx, g, m, later, placed) {
    const x = g.px(m.x), y = g.py(m.y);
    shapeAt(ctx, m.shape, x, y, m.size, PEN[m.ink]);
    placed.push([x - m.size / 2, y - m.size / 2, m.size, m.size]);
    later.push(() => words(ctx, g, placed, m.text, x, y, { side: m.side, color: PEN[m.ink], off: m.size / 2 + 5 }));
  },
  disc(ctx, g, m, later, placed) {
    const x = g.px(m.x), y = g.py(m.y), r = Math.max(m.least, Math.abs(g.px(m.x + m.radius) - x));
    bodyAt(ctx, x, y, r, m.body);
    if (r < 60) later.push(() => words(ctx, g, placed, m.name, x, y, { side: "below", color: INK.axis, off: r + 3 }));
  },
  rule(ctx, g, m, later) {
    const vertical = m.axis === "x", p = Math.round(vertical ? g.px(m.value) : g.py(m.value)) + 0.5;
    ctx.strokeStyle = PEN[m.ink]; ctx.lineWidth = 1.4; ctx.setLineDash(DASH[m.dash] || []); ctx.beginPath();
    if (vertical) { ctx.moveTo(p, g.top); ctx.lineTo(p, g.top + g.height); } else { ctx.moveTo(g.left, p); ctx.lineTo(g.left + g.width, p); }
    ctx.stroke(); ctx.setLineDash([]);
    if (!m.text) return;
    later.push((placed) => {
      ctx.font = `11.5px ${FONT}`;
      const w = ctx.measureText(m.text).width;
      const open = (a, b) => !placed.some((q) => a < q[0] + q[2] && q[0] < a + w && b < q[1] + q[3] && q[1] < b + 15);
      let a, b;
      if (vertical) {
        a = p + 6 + w < g.left + g.width ? p + 6 : p - 6 - w; b = g.top + 5;
        while (!open(a, b) && b < g.top + g.height - 34) b += 15;
      } else {
        const step = m.side === "end" ? -30 : 30;
        a = m.side === "end" ? g.left + g.width - w - 8 : g.left + 8; b = p - 17 > g.top ? p - 17 : p + 3;
        while (!open(a, b) && a + step > g.left && a + step + w < g.left + g.width) a += step;
      }
      placed.push([a, b, w, 15]);
      halo(ctx, m.text, a, b + 7.5, { color: PEN[m.ink], size: 11.5 });
    });
  },
  arrow(ctx, g, m, later, placed) {
    const a = g.px(m.x), b = g.py(m.y), c = g.px(m.x + m.dx), d = g.py(m.y + m.dy), way = Math.atan2(d - b, c - a);
    ctx.strokeStyle = PEN[m.ink]; ctx.lineWidth = 2; ctx.beginPath(); ctx.moveTo(a, b); ctx.lineTo(c, d);
    for (const s of [-1, 1]) { ctx.moveTo(c, d); ctx.lineTo(c - 9 * Math.cos(way + s * 0.45), d - 9 * Math.sin(way + s * 0.45)); }
    ctx.stroke();
    later.push(() => words(ctx, g, placed, m.text, c, d, { side: Math.cos(way) < 0 ? "left" : "right", color: PEN[m.ink] }));
  },
  heat(ctx, g, m, later) {
    m.picture = m.picture || heatPicture(m, m.low, m.high);
    paintHeat(ctx, g, m, m.picture);
    ctx.lineWidth = 1.1;
    for (const level of m.levels) {
      m.lines = m.lines || {};
      const segments = m.lines[level] = m.lines[level] || contour(m, level);
      ctx.strokeStyle = "#ffffff"; ctx.globalAlpha = 0.75; strokeSegments(ctx, g, segments); ctx.globalAlpha = 1;
      const seen = segments.filter(([x, y]) => g.px(x) > g.left + 30 && g.px(x) < g.left + g.width - 30 && g.py(y) > g.top + 14 && g.py(y) < g.top + g.height - 14);
      if (!seen.length) continue;
      const [x, y] = seen[Math.floor(seen.length * 0.62)];
      later.push((placed) => {
        const a = g.px(x) - 18, b = g.py(y) - 7;
        if (placed.some((q) => a < q[0] + q[2] && q[0] < a + 36 && b < q[1] + q[3] && q[1] < b + 14)) return;
        placed.push([a, b, 36, 14]);
        halo(ctx, `${+level.toPrecision(4)}`, g.px(x), g.py(y), { align: "center", color: "#ffffff", size: 10.5 });
      });
    }
  },
  region(ctx, g, m) {
    traceBelow(ctx, g, m, m.level);
    ctx.fillStyle = ctx.strokeStyle = PEN[m.ink]; ctx.globalAlpha = m.alpha; ctx.fill(); ctx.globalAlpha = 0.9;
    ctx.lineWidth = 1.4; m.lines = m.lines || contour(m, m.level); strokeSegments(ctx, g, m.lines); ctx.globalAlpha = 1;
  },
  classes(ctx, g, m) {  // runs of equal cells of a row in one rectangle; a dark line between classes, so that colour is not all
    const wx = (m.x1 - m.x0) / Math.max(m.nx - 1, 1), wy = (m.y1 - m.y0) / Math.max(m.ny - 1, 1), left = m.x0 - wx / 2, low = m.y0 - wy / 2;
    const v = (i, j) => m.v[j * m.nx + i], px = (i) => g.px(left + i * wx), py = (j) => g.py(low + j * wy);
    ctx.globalAlpha = m.alpha;
    for (let j = 0; j < m.ny; j++) for (let i = 0, k; i < m.nx; i = k) {
      for (k = i + 1; k < m.nx && v(k, j) === v(i, j); k++);
      if (!(v(i, j) >= 0)) { k = i + 1; continue; }
      const a = Math.round(px(i)), b = Math.round(py(j + 1));
      ctx.fillStyle = PEN[m.inks[v(i, j)]]; ctx.fillRect(a, b, Math.round(px(k)) - a, Math.round(py(j)) - b);
    }
    ctx.globalAlpha = 1; ctx.strokeStyle = INK.sky; ctx.lineWidth = 1.6; ctx.beginPath();
    for (let j = 0; j < m.ny; j++) for (let i = 0; i < m.nx; i++) {
      if (i && v(i, j) !== v(i - 1, j)) { ctx.moveTo(px(i), py(j)); ctx.lineTo(px(i), py(j + 1)); }
      if (j && v(i, j) !== v(i, j - 1)) { ctx.moveTo(px(i), py(j)); ctx.lineTo(px(i + 1), py(j)); }
    }
    ctx.stroke();
  },
};

// The class at (x, y), "" outside.
export function classAt(m, x, y) {
  const i = Math.round((x - m.x0) / (m.x1 - m.x0) * (m.nx - 1)), j = Math.round((y - m.y0) / (m.y1 - m.y0) * (m.ny - 1));
  return i >= 0 && j >= 0 && i < m.nx && j < m.ny ? m.names[m.v[j * m.nx + i]] || "" : "";
}

// The pickable point that is nearest to a pixel, if it is near: [mark, index].
export function pointAt(view, g, x, y) {
  let best = null, least = 12;
  for (const m of view.marks) {
    if (m.kind !== "dots" || !(m.keys || (m.texts || []).length)) continue;
    for (let i = 0; i < m.x.length; i++) {
      const away = Math.hypot(g.px(m.x[i]) - x, g.py(m.y[i]) - y);
      if (away < least) { least = away; best = [m, i]; }
    }
  }
  return best;
}

// Beside a heat picture: its scale.
function drawScale(ctx, box, m) {
  const left = box.left + box.width + 10, height = box.height, top = box.top;
  for (let i = 0; i < height; i++) {
    const c = SHADES[Math.round((1 - i / height) * 255)];
    ctx.fillStyle = `rgb(${c})`; ctx.fillRect(left, top + i, 12, 1.5);
  }
  const step = niceStep(m.high - m.low, height / 34);
  for (const v of ticks(m.low, m.high, (m.high - m.low) / step)) label(ctx, numeral(v, step), left + 17, top + height - (v - m.low) / (m.high - m.low) * height);
  label(ctx, m.label, box.left + box.width + 62, box.top - 10, { align: "right" });
}

function drawView(ctx, view, g) {
  const later = [], placed = [], heat = view.marks.find((m) => m.kind === "heat");
  const xs = axisTicks(view.x, g.x0, g.x1, g.width, view.x.kind === "date" ? 82 : 72), ys = axisTicks(view.y, g.y0, g.y1, g.height, 34);
  const names = new Map([...xs, ...ys].map(([v, text]) => [v, text])), nameY = new Map(ys);
  axes(ctx, g, { xTicks: xs.map((t) => t[0]), yTicks: ys.map((t) => t[0]), xText: (v) => new Map(xs).get(v), yText: (v) => nameY.get(v) || names.get(v), title: "" });
  label(ctx, view.title, g.left, g.top - 10 - 15 * g.legendLines, { color: INK.text, size: 12, bold: true });
  label(ctx, view.x.label, g.left + g.width, g.top + g.height + 20, { align: "right", base: "top" });
  ctx.save(); ctx.translate(12, 0); ctx.translate(g.outer, g.top + g.height / 2); ctx.rotate(-Math.PI / 2);
  label(ctx, view.y.label, 0, 0, { align: "center" }); ctx.restore();
  clip(ctx, g, () => {
    for (const m of view.marks) if (DRAW[m.kind]) DRAW[m.kind](ctx, g, m, later, placed);
    for (const draw of later) draw(placed);
  });
  drawLegend(ctx, legendItems(view), g, g.legendLines);
  if (heat) drawScale(ctx, g, heat);
  g.placed = placed;
}

function sampleAt(m, name, t) {
  const [i, u] = locate(m.t, t), column = m[name];
  return i + 1 < column.length ? column[i] + u * (column[i + 1] - column[i]) : column[i];
}

function outlineAt(ctx, g, m, t) {
  const [i, u] = locate(m.t, t), j = Math.min(i + 1, m.t.length - 1), at = (v, k) => v[i * m.n + k] + u * (v[j * m.n + k] - v[i * m.n + k]);
  ctx.strokeStyle = ctx.fillStyle = PEN[m.ink]; ctx.lineWidth = m.width; ctx.lineJoin = ctx.lineCap = "round"; ctx.beginPath();
  for (let k = 0; k < m.n; k++) ctx[k ? "lineTo" : "moveTo"](g.px(at(m.x, k)), g.py(at(m.y, k)));
  if (m.fill) { ctx.globalAlpha = m.fill; ctx.fill(); ctx.globalAlpha = 1; }
  ctx.stroke(); ctx.lineCap = "butt";
}

// What moves in a view: spacecraft, bodies, and the time on the axes that are clocks.
function drawMoversOf(ctx, view, g, t) {
  if (t === null) return;
  if (view.x.clock && t >= Math.min(g.x0, g.x1) && t <= Math.max(g.x0, g.x1)) {
    ctx.strokeStyle = INK.cursor; ctx.globalAlpha = 0.7; ctx.lineWidth = 1; ctx.beginPath();
    ctx.moveTo(g.px(t), g.top); ctx.lineTo(g.px(t), g.top + g.height); ctx.stroke(); ctx.globalAlpha = 1;
  }
  clip(ctx, g, () => {
    for (const m of view.marks) {
      if (m.kind === "outline") outlineAt(ctx, g, m, t);
      if (m.kind !== "mover") continue;
      const x = g.px(sampleAt(m, "x", t)), y = g.py(sampleAt(m, "y", t));
      const r = m.body ? Math.max(m.body === "sun" ? 6 : 3, Math.abs(g.px(m.radius) - g.px(0))) : 5.5;
      if (m.body) bodyAt(ctx, x, y, r, m.body);
      else { shapeAt(ctx, "dot", x, y, 10, PEN[m.ink]); ctx.strokeStyle = INK.panel; ctx.lineWidth = 1.5; ctx.stroke(); }
      words(ctx, g, [...(g.placed || [])], m.name, x, y, { side: "above", color: m.body ? INK.axis : PEN[m.ink], off: r + 3, bold: !m.body });
    }
  });
}
