// What every picture of the console is drawn with: inks, scales, ticks, words. Joined with the files that use it into one
// module (see deck.py, scene.py). Colours are those of Okabe and Ito, which people who are colour-blind can tell apart.

const INK = {
  panel: "#0f1a28", grid: "#233347", axis: "#9fb3c8", text: "#e6eef7",
  truth: "#56b4e9", belief: "#f0a81c", used: "#1fbf92", refused: "#ff7a33", gate: "#cc79a7", published: "#ffffff",
  ground: "#4a5666", groundEdge: "#aeb9c6", sky: "#0a121d", cursor: "#e6eef7",
};
const FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif";

// Index of the last row at or before time t, and how far (0 to 1) t is on the way to the next row.
export function locate(times, t) {
  let low = 0, high = times.length - 1;
  if (t >= times[high]) return [high, 0];
  while (high - low > 1) { const mid = (low + high) >> 1; if (times[mid] <= t) low = mid; else high = mid; }
  return [low, Math.max(0, (t - times[low]) / (times[low + 1] - times[low] || 1))];
}

// A rectangle with scales: px(x) and py(y) map numbers to pixels.
function frame(box, x0, x1, y0, y1, curve = (v) => v) {
  const c0 = curve(y0), c1 = curve(y1);
  return { ...box, x0, x1, y0, y1,
    px: (x) => box.left + (x - x0) / (x1 - x0) * box.width,
    py: (y) => box.top + box.height - (curve(y) - c0) / (c1 - c0) * box.height };
}

function niceStep(span, count) {
  const raw = span / count, power = 10 ** Math.floor(Math.log10(raw)), r = raw / power;
  return power * (r < 1.5 ? 1 : r < 3.5 ? 2 : r < 7.5 ? 5 : 10);
}

function ticks(low, high, count) {
  const step = niceStep(high - low, count), out = [];
  for (let v = Math.ceil(low / step) * step; v <= high + step * 1e-6; v += step) out.push(Math.abs(v) < step * 1e-6 ? 0 : v);
  return out;
}

function label(ctx, text, x, y, { align = "left", base = "middle", color = INK.axis, size = 11, bold = false } = {}) {
  ctx.font = `${bold ? "600 " : ""}${size}px ${FONT}`;
  ctx.textAlign = align; ctx.textBaseline = base; ctx.fillStyle = color;
  ctx.fillText(text, x, y);
}

function halo(ctx, text, x, y, options) {  // words on top of lines: a dark rim keeps them readable
  ctx.font = `${options.bold ? "600 " : ""}${options.size || 11}px ${FONT}`;
  ctx.textAlign = options.align || "left"; ctx.textBaseline = options.base || "middle";
  ctx.lineWidth = 4; ctx.lineJoin = "round"; ctx.strokeStyle = INK.panel;
  ctx.strokeText(text, x, y);
  label(ctx, text, x, y, options);
}

function axes(ctx, f, { xTicks, yTicks, xText, yText, xTitle, title }) {
  ctx.fillStyle = INK.sky; ctx.fillRect(f.left, f.top, f.width, f.height);
  ctx.strokeStyle = INK.grid; ctx.lineWidth = 1; ctx.beginPath();
  for (const x of xTicks) { const p = Math.round(f.px(x)) + 0.5; ctx.moveTo(p, f.top); ctx.lineTo(p, f.top + f.height); }
  for (const y of yTicks) { const p = Math.round(f.py(y)) + 0.5; ctx.moveTo(f.left, p); ctx.lineTo(f.left + f.width, p); }
  ctx.stroke();
  for (const y of yTicks) label(ctx, yText(y), f.left - 6, f.py(y), { align: "right" });
  if (xText) for (const x of xTicks) label(ctx, xText(x), f.px(x), f.top + f.height + 5, { align: "center", base: "top" });
  if (xTitle) label(ctx, xTitle, f.left + f.width, f.top + f.height + 20, { align: "right", base: "top" });
  label(ctx, title, f.left, f.top - 9, { color: INK.text, size: 12, bold: true });
}

function clip(ctx, f, draw) {
  ctx.save(); ctx.beginPath(); ctx.rect(f.left, f.top, f.width, f.height); ctx.clip(); draw(); ctx.restore();
}

function line(ctx, f, xs, ys, color, { dash = [], width = 2.2 } = {}) {
  ctx.strokeStyle = color; ctx.lineWidth = width; ctx.setLineDash(dash); ctx.lineJoin = "round"; ctx.beginPath();
  let pen = false;
  for (let i = 0; i < xs.length; i++) {
    const y = ys[i];
    if (!(y === y)) { pen = false; continue; }
    if (pen) ctx.lineTo(f.px(xs[i]), f.py(y)); else ctx.moveTo(f.px(xs[i]), f.py(y));
    pen = true;
  }
  ctx.stroke(); ctx.setLineDash([]);
}
