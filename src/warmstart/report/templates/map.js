"use strict";
// The map: points on a canvas that can be dragged, zoomed and filtered. All data stands in the page itself.
(() => {
  const data = JSON.parse(document.getElementById("points").textContent);
  const canvas = document.getElementById("canvas"), pen = canvas.getContext("2d");
  const tip = document.getElementById("tip"), pictures = document.getElementById("pictures"), colouring = document.getElementById("colouring");
  const count = data.x.length, SPAN = 10000, UNKNOWN = "#8a9099", CELL = 30;
  const view = { x: 0, y: 0, scale: 1 };
  let only = null, hovered = -1, queued = false, moved = false;

  const sheet = data.sheet ? new Image() : null;
  if (sheet) { sheet.onload = draw; sheet.src = "data:image/jpeg;base64," + data.sheet.jpeg; }

  // --- what a point belongs to under the chosen colouring, and the colour of that
  const kinds = {
    cluster: { of: i => data.cluster[i], names: data.names },
    label: { of: i => data.label[i], names: data.classes },
    outlier: { of: i => data.outlier[i] >= 2 ? 2 : data.outlier[i] >= 1.5 ? 1 : 0, names: ["in a crowd (below 1.5)", "apart (1.5 to 2)", "far apart (2 and more)"] },
  };
  const kind = () => kinds[colouring.value];
  const colour = code => code < 0 ? UNKNOWN : colouring.value === "outlier" ? [UNKNOWN, "#e0912f", "#d2485a"][code] : data.colours[code % data.colours.length];
  const visible = i => only === null || kind().of(i) === only;

  // --- from the data's grid to the canvas and back
  const size = () => ({ width: canvas.clientWidth, height: canvas.clientHeight });
  const toScreen = i => [data.x[i] * view.scale + view.x, (SPAN - data.y[i]) * view.scale + view.y];
  function whole() {
    moved = false;
    const { width, height } = size(), high = Math.max(...data.y, 1), wide = Math.max(...data.x, 1);
    view.scale = Math.min((width - 48) / wide, (height - 48) / high);
    view.x = (width - wide * view.scale) / 2;
    view.y = (height - high * view.scale) / 2 - (SPAN - high) * view.scale;
    draw();
  }
  function zoom(factor, x, y) {
    const before = view.scale;
    moved = true;
    view.scale = Math.min(Math.max(before * factor, 0.005), 5);
    view.x = x - (x - view.x) * view.scale / before;
    view.y = y - (y - view.y) * view.scale / before;
    draw();
  }

  function move(right, down) { moved = true; view.x += right; view.y += down; draw(); }

  // --- drawing, once a frame at most
  function draw() { if (!queued) { queued = true; requestAnimationFrame(paint); } }
  function paint() {
    queued = false;
    const { width, height } = size(), ratio = window.devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio); canvas.height = Math.round(height * ratio);
    }
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    const seen = [];
    for (let i = 0; i < count; i++) {
      const [x, y] = toScreen(i);
      if (x > -30 && y > -30 && x < width + 30 && y < height + 30) seen.push([i, x, y]);
    }
    const shown = seen.filter(([i]) => visible(i));
    const radius = Math.min(6, Math.max(2.2, 110 / Math.sqrt(seen.length + 1)));
    pen.globalAlpha = 0.12; dots(seen.filter(([i]) => !visible(i)), radius);
    pen.globalAlpha = 0.85; dots(shown, radius);
    pen.globalAlpha = 1;
    if (sheet && sheet.complete && pictures.getAttribute("aria-pressed") === "true") thumbnails(shown);
    if (colouring.value === "cluster") numbers();
    if (hovered >= 0) ring(hovered, radius);
  }
  function dots(points, radius) {
    const byColour = new Map();
    for (const point of points) {
      const own = colour(kind().of(point[0]));
      if (!byColour.has(own)) byColour.set(own, []);
      byColour.get(own).push(point);
    }
    for (const [own, some] of byColour) {
      pen.fillStyle = own; pen.beginPath();
      for (const [, x, y] of some) { pen.moveTo(x + radius, y); pen.arc(x, y, radius, 0, 7); }
      pen.fill();
    }
  }
  // Where pictures would lie on each other, the first has the place; the others stay dots until one zooms in.
  function thumbnails(points) {
    const taken = new Set();
    for (const [i, x, y] of points) {
      if (data.picture[i] < 0) continue;
      const cells = [-0.5, 0.5].flatMap(a => [-0.5, 0.5].map(b => Math.round(x / CELL + a) + ":" + Math.round(y / CELL + b)));
      if (cells.some(cell => taken.has(cell))) continue;
      cells.forEach(cell => taken.add(cell));
      thumbnail(i, x, y);
    }
  }
  function thumbnail(i, x, y) {
    const place = data.picture[i], side = data.sheet.side, half = 18;
    const left = place % data.sheet.columns * side, top = Math.floor(place / data.sheet.columns) * side;
    pen.drawImage(sheet, left, top, side, side, x - half, y - half, 2 * half, 2 * half);
    pen.strokeStyle = colour(kind().of(i)); pen.lineWidth = 2;
    pen.strokeRect(x - half, y - half, 2 * half, 2 * half);
  }
  function numbers() {
    pen.font = "600 13px system-ui, sans-serif"; pen.textAlign = "center"; pen.textBaseline = "middle";
    centres.forEach((i, code) => {
      if (i < 0 || (only !== null && only !== code)) return;
      const [x, y] = toScreen(i);
      pen.beginPath(); pen.arc(x, y, 12, 0, 7);
      pen.fillStyle = colour(code); pen.fill();
      pen.strokeStyle = "#fff"; pen.lineWidth = 2; pen.stroke();
      pen.fillStyle = "#fff"; pen.fillText(code + 1, x, y + 0.5);
    });
  }
  function ring(i, radius) {
    const [x, y] = toScreen(i);
    pen.beginPath(); pen.arc(x, y, radius + 4, 0, 7);
    pen.strokeStyle = getComputedStyle(canvas).color; pen.lineWidth = 2; pen.stroke();
  }
  // The number of a cluster stands on the point nearest to the median of its points.
  const centres = data.names.map((_, code) => {
    const own = []; for (let i = 0; i < count; i++) if (data.cluster[i] === code) own.push(i);
    const middle = values => values.sort((a, b) => a - b)[values.length >> 1];
    const x = middle(own.map(i => data.x[i])), y = middle(own.map(i => data.y[i]));
    return own.reduce((best, i) => best < 0 || far(i, x, y) < far(best, x, y) ? i : best, -1);
  });
  function far(i, x, y) { return (data.x[i] - x) ** 2 + (data.y[i] - y) ** 2; }

  // --- filtering
  const legend = document.getElementById("legend"), all = document.getElementById("all");
  function filter(code) {
    only = code;
    all.setAttribute("aria-pressed", only === null);
    legend.querySelectorAll("button").forEach(b => b.setAttribute("aria-pressed", Number(b.dataset.code) === only));
    draw();
  }
  function relabel() {
    legend.replaceChildren(...kind().names.map((name, code) => {
      const item = document.createElement("li"), button = document.createElement("button"), swatch = document.createElement("span");
      swatch.className = "swatch"; swatch.style.setProperty("--c", colour(code));
      button.type = "button"; button.dataset.code = code;
      button.append(swatch, name); button.onclick = () => filter(only === code ? null : code);
      item.append(button);
      return item;
    }));
    filter(null);
  }
  colouring.onchange = relabel;
  all.onclick = () => filter(null);
  if (pictures) pictures.onclick = () => { pictures.setAttribute("aria-pressed", pictures.getAttribute("aria-pressed") !== "true"); draw(); };
  document.querySelectorAll("button[data-cluster]").forEach(button => {
    button.onclick = () => { colouring.value = "cluster"; relabel(); filter(Number(button.dataset.cluster)); document.getElementById("map").scrollIntoView(); };
  });

  // --- hovering
  function nearest(x, y) {
    let best = -1, least = 144;
    for (let i = 0; i < count; i++) {
      if (!visible(i)) continue;
      const [px, py] = toScreen(i), distance = (px - x) ** 2 + (py - y) ** 2;
      if (distance < least) { least = distance; best = i; }
    }
    return best;
  }
  function line(text, className) { const p = document.createElement("p"); p.textContent = text; if (className) p.className = className; return p; }
  function tell(i, x, y) {
    hovered = i; draw();
    tip.hidden = i < 0;
    if (i < 0) return;
    const parts = [];
    if (sheet && data.picture[i] >= 0) {
      const picture = document.createElement("canvas"), side = data.sheet.side, place = data.picture[i];
      picture.width = picture.height = 2 * side;
      picture.getContext("2d").drawImage(sheet, place % data.sheet.columns * side, Math.floor(place / data.sheet.columns) * side, side, side, 0, 0, 2 * side, 2 * side);
      parts.push(picture);
    }
    if (data.text) parts.push(line(data.text[i]));
    parts.push(line(data.names[data.cluster[i]]));
    if (data.label && data.label[i] >= 0) parts.push(line("label: " + data.classes[data.label[i]]));
    parts.push(line("outlier score " + data.outlier[i].toFixed(2)), line(data.id[i], "id"));
    tip.replaceChildren(...parts);
    const { width, height } = size();
    tip.style.left = Math.max(4, x + tip.offsetWidth + 20 > width ? x - tip.offsetWidth - 14 : x + 14) + "px";
    tip.style.top = Math.max(4, y + tip.offsetHeight + 20 > height ? y - tip.offsetHeight - 14 : y + 14) + "px";
  }

  // --- dragging with one pointer, zooming with two, the wheel or the keyboard
  const pointers = new Map();
  const spread = () => { const [a, b] = [...pointers.values()]; return Math.hypot(a[0] - b[0], a[1] - b[1]); };
  canvas.onpointerdown = event => { canvas.setPointerCapture(event.pointerId); pointers.set(event.pointerId, [event.offsetX, event.offsetY]); tell(-1); };
  canvas.onpointerup = canvas.onpointercancel = event => pointers.delete(event.pointerId);
  canvas.onpointerleave = () => tell(-1);
  canvas.onpointermove = event => {
    const before = pointers.get(event.pointerId), now = [event.offsetX, event.offsetY];
    if (!before) return tell(nearest(...now), ...now);
    const apart = pointers.size === 2 ? spread() : 0;
    pointers.set(event.pointerId, now);
    if (pointers.size === 2) zoom(spread() / apart, ...now);
    else move(now[0] - before[0], now[1] - before[1]);
  };
  canvas.addEventListener("wheel", event => {
    if (!event.ctrlKey && !event.metaKey && document.activeElement !== canvas) return;
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 300), event.offsetX, event.offsetY);
  }, { passive: false });
  const middle = factor => { const { width, height } = size(); zoom(factor, width / 2, height / 2); };
  canvas.onkeydown = event => {
    const steps = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] };
    if (event.key === "+" || event.key === "=") middle(1.4);
    else if (event.key === "-") middle(1 / 1.4);
    else if (event.key === "0") whole();
    else if (event.key === "Escape") canvas.blur();
    else if (steps[event.key]) move(...steps[event.key]);
    else return;
    event.preventDefault();
  };
  document.getElementById("closer").onclick = () => middle(1.6);
  document.getElementById("farther").onclick = () => middle(1 / 1.6);
  document.getElementById("whole").onclick = whole;
  window.addEventListener("resize", () => moved ? draw() : whole());
  relabel();
  whole();
})();
