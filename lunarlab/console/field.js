// Fields on a grid: colours, contour lines, filled regions. Joined behind pen.js (see scene.py).
// A field is {v, nx, ny, x0, x1, y0, y1}: values row by row, NaN where there is none.

// Cheap is bright, dear is dark: a shortened cividis (Nuñez et al. 2018), the same as in plots/paint.py.
const PALETTE = ["#fee838", "#d2c060", "#a59c74", "#7d7c78", "#575d6d", "#2a3f6d", "#00224e"]
  .map((c) => [1, 3, 5].map((i) => parseInt(c.slice(i, i + 2), 16)));

function shade(u) {
  const s = Math.min(Math.max(u, 0), 1) * (PALETTE.length - 1), i = Math.min(Math.floor(s), PALETTE.length - 2), w = s - i;
  return PALETTE[i].map((c, k) => Math.round(c + w * (PALETTE[i + 1][k] - c)));
}

const SHADES = Array.from({ length: 256 }, (_, i) => shade(i / 255));

// The field as a picture of one pixel for each value, upside down as canvases count.
function heatPicture(f, low, high) {
  const canvas = document.createElement("canvas");
  canvas.width = f.nx; canvas.height = f.ny;
  const ctx = canvas.getContext("2d"), image = ctx.createImageData(f.nx, f.ny);
  for (let j = 0; j < f.ny; j++) {
    for (let i = 0; i < f.nx; i++) {
      const value = f.v[j * f.nx + i], at = ((f.ny - 1 - j) * f.nx + i) * 4;
      if (!(value === value)) continue;
      const c = SHADES[Math.min(255, Math.max(0, Math.round((value - low) / (high - low) * 255)))];
      image.data[at] = c[0]; image.data[at + 1] = c[1]; image.data[at + 2] = c[2]; image.data[at + 3] = 255;
    }
  }
  ctx.putImageData(image, 0, 0);
  return canvas;
}

// Values stand at the corners of the grid, so the picture reaches half a value beyond.
function paintHeat(ctx, g, f, picture) {
  const wx = (f.x1 - f.x0) / (f.nx - 1) / 2, wy = (f.y1 - f.y0) / (f.ny - 1) / 2;
  const left = g.px(f.x0 - wx), top = g.py(f.y1 + wy);
  ctx.imageSmoothingEnabled = true; ctx.imageSmoothingQuality = "high";
  ctx.drawImage(picture, left, top, g.px(f.x1 + wx) - left, g.py(f.y0 - wy) - top);
}

function gridPoint(f, i, j) { return [f.x0 + i / (f.nx - 1) * (f.x1 - f.x0), f.y0 + j / (f.ny - 1) * (f.y1 - f.y0)]; }

// Corners of cell (i, j) in turn, each [x, y, value - level].
function corners(f, i, j, level) {
  return [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]].map(([a, b]) => [...gridPoint(f, a, b), f.v[b * f.nx + a] - level]);
}

function crossing(a, b) { const u = a[2] / (a[2] - b[2]); return [a[0] + u * (b[0] - a[0]), a[1] + u * (b[1] - a[1])]; }

// Whether the level runs through cell (i, j); NaN compares as false, so cells without a value have none.
function mixed(f, i, j, level) {
  const a = f.v[j * f.nx + i], b = f.v[j * f.nx + i + 1], c = f.v[(j + 1) * f.nx + i + 1], d = f.v[(j + 1) * f.nx + i];
  const below = (a < level) + (b < level) + (c < level) + (d < level), above = (a >= level) + (b >= level) + (c >= level) + (d >= level);
  return below + above < 4 ? -1 : below === 4 ? 4 : below ? 1 : 0;
}

// Line segments [x1, y1, x2, y2] along which the field has this value (marching squares).
export function contour(f, level) {
  const out = [];
  for (let j = 0; j < f.ny - 1; j++) {
    for (let i = 0; i < f.nx - 1; i++) {
      if (mixed(f, i, j, level) !== 1) continue;
      const c = corners(f, i, j, level), hits = [];
      for (let k = 0; k < 4; k++) { const a = c[k], b = c[(k + 1) % 4]; if ((a[2] < 0) !== (b[2] < 0)) hits.push(crossing(a, b)); }
      for (let k = 0; k + 1 < hits.length; k += 2) out.push([...hits[k], ...hits[k + 1]]);
    }
  }
  return out;
}

// Path over all that is below the level: whole cells as runs, cut cells as polygons. One path, so no seams.
function traceBelow(ctx, g, f, level) {
  ctx.beginPath();
  for (let j = 0; j < f.ny - 1; j++) {
    let run = -1;
    for (let i = 0; i <= f.nx - 1; i++) {
      const kind = i < f.nx - 1 ? mixed(f, i, j, level) : 0;
      if (kind === 4) { if (run < 0) run = i; continue; }
      if (run >= 0) {
        const [x0, y0] = gridPoint(f, run, j), [x1, y1] = gridPoint(f, i, j + 1);
        ctx.rect(g.px(x0), g.py(y1), g.px(x1) - g.px(x0), g.py(y0) - g.py(y1));
        run = -1;
      }
      if (kind !== 1) continue;
      const c = corners(f, i, j, level), polygon = [];
      for (let k = 0; k < 4; k++) {
        const a = c[k], b = c[(k + 1) % 4];
        if (a[2] < 0) polygon.push(a);
        if ((a[2] < 0) !== (b[2] < 0)) polygon.push(crossing(a, b));
      }
      polygon.reverse().forEach((p, k) => ctx[k ? "lineTo" : "moveTo"](g.px(p[0]), g.py(p[1])));  // turns as rect does
      ctx.closePath();
    }
  }
}

function strokeSegments(ctx, g, segments) {
  ctx.beginPath();
  for (const [x1, y1, x2, y2] of segments) { ctx.moveTo(g.px(x1), g.py(y1)); ctx.lineTo(g.px(x2), g.py(y2)); }
  ctx.stroke();
}

// Value of the field at (x, y), NaN outside.
export function fieldAt(f, x, y) {
  const u = (x - f.x0) / (f.x1 - f.x0) * (f.nx - 1), w = (y - f.y0) / (f.y1 - f.y0) * (f.ny - 1);
  if (!(u >= 0 && w >= 0 && u <= f.nx - 1 && w <= f.ny - 1)) return NaN;
  const i = Math.min(Math.floor(u), f.nx - 2), j = Math.min(Math.floor(w), f.ny - 2), a = u - i, b = w - j;
  const v = (p, q) => f.v[q * f.nx + p];
  return (1 - b) * ((1 - a) * v(i, j) + a * v(i + 1, j)) + b * ((1 - a) * v(i, j + 1) + a * v(i + 1, j + 1));
}
