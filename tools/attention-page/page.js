"use strict";
// Computes exact attention maps from the factors that stand in the page: row i of a head is
// scale_i · (q_i · k_j) · scale_j, or the exponential of that for softmax, plus the depthwise kernel's taps.
const data = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);

function bytes(text) {
  const raw = atob(text), result = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) result[i] = raw.charCodeAt(i);
  return result.buffer;
}

function halves(text) {
  const bits = new Uint16Array(bytes(text)), values = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) {
    const sign = bits[i] & 0x8000 ? -1 : 1, exponent = (bits[i] >> 10) & 31, fraction = bits[i] & 1023;
    values[i] = sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -24 * fraction);
  }
  return values;
}

const floats = (text) => new Float32Array(bytes(text));

// A block's factors, unpacked when it is first shown.
class Block {
  constructor(described) {
    Object.assign(this, described);
    this.q = halves(this.packed.queries);
    this.k = halves(this.packed.keys);
    this.qs = floats(this.packed.query_scales);
    this.ks = floats(this.packed.key_scales);
    this.z = this.packed.normaliser ? floats(this.packed.normaliser) : null;
    this.bias = this.packed.bias ? floats(this.packed.bias) : null;
    this.queryLayout = new Layout(this.grid, this.leading_tokens, this.window);
    this.keyLayout = new Layout(this.key_grid, this.leading_tokens, this.window);
  }

  heads(head) { return head === null ? [...Array(this.heads_count).keys()] : [head]; }

  // The weights of a query slot of a window, over the slots of its keys.
  row(head, window, slot, depthwise) {
    const out = new Float64Array(this.keyLayout.slots), all = this.heads(head);
    for (const h of all) {
      const i = h * this.queryLayout.total + window * this.queryLayout.slots + slot;
      for (let j = 0; j < out.length; j++) out[j] += this.weight(h, i, window, slot, j) / all.length;
    }
    if (depthwise && this.depthwise) this.taps(this.kernelOf(head), slot, (key, weight) => { out[key] += weight; });
    return out;
  }

  column(head, window, key, depthwise) {
    const out = new Float64Array(this.queryLayout.slots), all = this.heads(head);
    for (let slot = 0; slot < out.length; slot++) {
      for (const h of all) {
        const i = h * this.queryLayout.total + window * this.queryLayout.slots + slot;
        out[slot] += this.weight(h, i, window, slot, key) / all.length;
      }
      if (depthwise && this.depthwise)
        this.taps(this.kernelOf(head), slot, (k, weight) => { if (k === key) out[slot] += weight; });
    }
    return out;
  }

  weight(h, i, window, slot, key) {
    const m = this.features, j = h * this.keyLayout.total + window * this.keyLayout.slots + key;
    let sum = 0;
    for (let n = 0; n < m; n++) sum += this.q[i * m + n] * this.k[j * m + n];
    sum *= this.qs[i] * this.ks[j];
    return this.z ? Math.exp(sum + this.addend(h, window, slot, key) - this.z[i]) : sum;
  }

  // The relative bias and the mask of a softmax in windows.
  addend(h, window, query, key) {
    let sum = 0;
    if (this.bias) {
      const side = this.window.height;
      const dy = Math.floor(query / side) - Math.floor(key / side) + side - 1;
      const dx = (query % side) - (key % side) + side - 1;
      sum = this.bias[(dy * (2 * side - 1) + dx) * this.heads_count + h];
    }
    const regions = this.keyLayout.regions;
    if (!regions) return sum;
    const a = regions[window * this.keyLayout.slots + query], b = regions[window * this.keyLayout.slots + key];
    return b & 4 || (a ^ b) & 3 ? sum - 100 : sum;
  }

  kernelOf(head) {
    const area = this.depthwise.side ** 2, all = this.heads(head), kernel = new Float64Array(area);
    for (const h of all) for (let t = 0; t < area; t++) kernel[t] += this.depthwise.kernels[h][t] / all.length;
    return kernel;
  }

  taps(kernel, slot, body) {
    const d = this.depthwise, position = slot - this.leading_tokens;
    if (position < 0) return;
    const y = Math.floor(position / d.width), x = position % d.width, reach = d.side >> 1;
    for (let row = Math.max(0, y - reach); row <= Math.min(d.height - 1, y + reach); row++)
      for (let column = Math.max(0, x - reach); column <= Math.min(d.width - 1, x + reach); column++) {
        const weight = kernel[(row - y + reach) * d.side + column - x + reach], p = row * d.width + column;
        if (d.sources === null) { body(this.leading_tokens + p, weight); continue; }
        const place = Math.max(0, d.sources / (d.height * d.width) * (p + 0.5) - 0.5);
        const first = Math.min(Math.floor(place), d.sources - 1), part = place - first;
        body(first, weight * (1 - part));
        if (part > 0) body(Math.min(first + 1, d.sources - 1), weight * part);
      }
  }

  // What every key gets from all queries; kept, for it takes all rows.
  received(head, depthwise) {
    const name = `${head} ${depthwise}`;
    this.sums ??= {};
    if (this.sums[name]) return this.sums[name];
    const map = new Float64Array(this.keyLayout.count);
    for (let window = 0; window < this.queryLayout.windows; window++) {
      const sums = this.windowSums(head, window, depthwise);
      this.keyLayout.scatter(sums, window, map);
    }
    return (this.sums[name] = map);
  }

  windowSums(head, window, depthwise) {
    const out = new Float64Array(this.keyLayout.slots), all = this.heads(head), m = this.features;
    const { slots, total } = this.queryLayout;
    const present = (slot) => this.queryLayout.tokens[window * slots + slot] >= 0;
    for (const h of all) {
      if (this.z) {
        for (let slot = 0; slot < slots; slot++) if (present(slot)) {
          const row = this.row(h, window, slot, false);
          for (let j = 0; j < out.length; j++) out[j] += row[j] / all.length;
        }
        continue;
      }
      const sums = new Float64Array(m);
      for (let slot = 0; slot < slots; slot++) if (present(slot)) {
        const i = h * total + window * slots + slot;
        for (let n = 0; n < m; n++) sums[n] += this.q[i * m + n] * this.qs[i];
      }
      for (let key = 0; key < out.length; key++) {
        const j = h * this.keyLayout.total + window * this.keyLayout.slots + key;
        let sum = 0;
        for (let n = 0; n < m; n++) sum += sums[n] * this.k[j * m + n];
        out[key] += sum * this.ks[j] / all.length;
      }
    }
    if (depthwise && this.depthwise) {
      const kernel = this.kernelOf(head);
      for (let slot = 0; slot < slots; slot++)
        if (present(slot)) this.taps(kernel, slot, (key, weight) => { out[key] += weight; });
    }
    return out;
  }
}

// Where the slots of windows lie on the map; without windows every token is its own slot.
class Layout {
  constructor([height, width], leading, window) {
    this.height = height; this.width = width; this.leading = leading; this.count = leading + height * width;
    this.windows = 1; this.slots = this.count; this.regions = null;
    this.tokens = Int32Array.from({ length: this.count }, (_, i) => i);
    this.places = this.tokens;
    if (window) this.cut(window);
    this.total = this.windows * this.slots;
  }

  cut({ height: h, width: w, shift }) {
    const across = Math.ceil(this.width / w), down = Math.ceil(this.height / h);
    this.windows = across * down; this.slots = h * w;
    this.tokens = new Int32Array(this.windows * this.slots);
    this.regions = new Uint8Array(this.tokens.length);
    this.places = new Int32Array(this.count);
    for (let slot = 0; slot < this.tokens.length; slot++) {
      const index = Math.floor(slot / this.slots), position = slot % this.slots;
      const row = Math.floor(index / across) * h + Math.floor(position / w);
      const column = (index % across) * w + (position % w);
      const y = (row + shift) % (down * h), x = (column + shift) % (across * w);
      const padding = y >= this.height || x >= this.width;
      this.tokens[slot] = padding ? -1 : y * this.width + x;
      if (!padding) this.places[y * this.width + x] = slot;
      this.regions[slot] =
        (row >= down * h - shift ? 1 : 0) + (column >= across * w - shift ? 2 : 0) + (padding ? 4 : 0);
    }
  }

  scatter(values, window, map) {
    for (let slot = 0; slot < this.slots; slot++) {
      const token = this.tokens[window * this.slots + slot];
      if (token >= 0) map[token] = values[slot];
    }
    return map;
  }

  // The token under a point of the photo, or null.
  tokenAt(x, y) {
    const g = data.geometry;
    const column = Math.floor((x * g.resized_width / g.photo_width - g.offset_x) * this.width / g.input_width);
    const row = Math.floor((y * g.resized_height / g.photo_height - g.offset_y) * this.height / g.input_height);
    if (column < 0 || row < 0 || column >= this.width || row >= this.height) return null;
    return this.leading + row * this.width + column;
  }

  // The middle of a token, in the photo's pixels.
  middle(token) {
    const g = data.geometry, p = token - this.leading;
    const x = ((p % this.width) + 0.5) * g.input_width / this.width + g.offset_x;
    const y = (Math.floor(p / this.width) + 0.5) * g.input_height / this.height + g.offset_y;
    return [x * g.photo_width / g.resized_width, y * g.photo_height / g.resized_height];
  }
}

// How a row is spread over the keys that it can see: p_j = |w_j| / Σ|w|. Null where it is all zeros.
function measures(weights, tokens, keys, from) {
  const sizes = [], seen = [];
  let sum = 0, size = 0;
  for (let j = 0; j < weights.length; j++) {
    if (tokens[j] < 0) continue;
    sizes.push(Math.abs(weights[j])); seen.push(tokens[j]); sum += weights[j]; size += Math.abs(weights[j]);
  }
  if (!(size > 0) || !isFinite(size)) return null;
  let entropy = 0, away = 0, placed = 0;
  sizes.forEach((w, j) => {
    if (w > 0) entropy -= w / size * Math.log2(w / size);
    if (from && seen[j] >= keys.leading) {
      const [x, y] = keys.middle(seen[j]);
      away += w * Math.hypot(x - from[0], y - from[1]); placed += w;
    }
  });
  sizes.sort((a, b) => a - b);
  const n = sizes.length;
  const top = (count) => sizes.slice(n - count).reduce((a, b) => a + b, 0) / size;
  const gini = sizes.reduce((total, w, place) => total + (2 * place + 1 - n) * w, 0) / (n * size);
  return {
    row_sum: sum, entropy_bits: entropy, effective_tokens: 2 ** entropy, top_1_percent: top(Math.ceil(n / 100)),
    top_10_percent: top(Math.ceil(n / 10)), gini, mean_distance_pixels: placed > 0 ? away / placed : null,
  };
}

const names = {
  row_sum: "sum of the row", entropy_bits: "entropy, bits", effective_tokens: "effective tokens",
  top_1_percent: "share of the top 1 %", top_10_percent: "share of the top 10 %", gini: "Gini",
  mean_distance_pixels: "mean distance, pixels",
  rank: "rank, attention alone", stable_rank: "stable rank, alone", effective_rank: "effective rank, alone",
  rank_with_depthwise: "rank with depthwise", stable_rank_with_depthwise: "stable rank with depthwise",
  effective_rank_with_depthwise: "effective rank with depthwise",
};
const state = { block: 0, head: null, map: "row", depthwise: true, x: 0, y: 0, held: false };
const blocks = [];
const block = () => (blocks[state.block] ??= new Block(data.blocks[state.block]));
const photo = new Image();
const number = (v) => v === null || v === undefined ? "undefined"
  : v === 0 ? "0" : Math.abs(v) >= 1000 || Math.abs(v) < 0.001 ? v.toExponential(2) : v.toPrecision(4);

// The values of the map that is shown, on its grid, with NaN outside the window.
function shown() {
  const b = block(), isColumn = state.map === "column";
  const own = isColumn ? b.keyLayout : b.queryLayout, other = isColumn ? b.queryLayout : b.keyLayout;
  const token = own.tokenAt(state.x + 0.5, state.y + 0.5);
  if (state.map === "received")
    return { layout: b.keyLayout, token, values: b.received(state.head, state.depthwise), measures: null };
  if (token === null) return { layout: other, token, values: null, measures: null };
  const window = Math.floor(own.places[token] / own.slots), slot = own.places[token] % own.slots;
  const weights = isColumn ? b.column(state.head, window, slot, state.depthwise)
    : b.row(state.head, window, slot, state.depthwise);
  const values = other.scatter(weights, window, new Float64Array(other.count).fill(NaN));
  const tokens = other.tokens.subarray(window * other.slots, (window + 1) * other.slots);
  const from = token >= own.leading ? own.middle(token) : null;
  return { layout: other, token, values, measures: isColumn ? null : measures(weights, tokens, other, from) };
}

const megabytes = (bytes) => bytes >= 2 ** 20 ? `${bytes / 2 ** 20} MB` : `${bytes / 1024} KB`;
const shade = (v, limit, signed) => {
  const colors = v < 0 && signed ? data.colors.cold : data.colors.heat;
  return colors[Math.min(255, Math.round(Math.max(0, Math.abs(v) / limit) * 255))];
};

function draw() {
  const map = shown(), canvas = $("map"), context = canvas.getContext("2d"), b = block();
  const { layout, values } = map;
  context.filter = "grayscale(1)";
  context.globalAlpha = 1;
  context.drawImage(photo, 0, 0, canvas.width, canvas.height);
  context.filter = "none";
  let limit = 0, low = 0;
  if (values) {
    const grid = document.createElement("canvas");
    grid.width = layout.width; grid.height = layout.height;
    const pixels = new ImageData(layout.width, layout.height);
    for (const v of values.subarray(layout.leading)) { limit = Math.max(limit, Math.abs(v) || 0); low = Math.min(low, v || 0); }
    for (let p = 0; p < layout.width * layout.height; p++) {
      const v = values[layout.leading + p];
      if (Number.isNaN(v)) continue;
      const color = shade(v, limit || 1, b.signed);
      pixels.data.set([color[0], color[1], color[2], 190], 4 * p);
    }
    grid.getContext("2d").putImageData(pixels, 0, 0);
    const g = data.geometry, sx = canvas.width / g.resized_width, sy = canvas.height / g.resized_height;
    context.imageSmoothingEnabled = !values.some(Number.isNaN);
    context.drawImage(grid, g.offset_x * sx, g.offset_y * sy, g.input_width * sx, g.input_height * sy);
  }
  mark(context, canvas);
  scale(limit, b.signed);
  tell(map, b);
}

function mark(context, canvas) {
  const x = (state.x + 0.5) * canvas.width / data.geometry.photo_width;
  const y = (state.y + 0.5) * canvas.height / data.geometry.photo_height;
  const reach = Math.max(6, canvas.width / 50);
  for (const [width, color] of [[5, "#000"], [2, "#fff"]]) {
    context.lineWidth = width * canvas.width / 800; context.strokeStyle = color;
    context.beginPath();
    context.moveTo(x - reach, y); context.lineTo(x + reach, y);
    context.moveTo(x, y - reach); context.lineTo(x, y + reach);
    context.stroke();
  }
}

function scale(limit, signed) {
  const context = $("bar").getContext("2d"), pixels = new ImageData(256, 1);
  for (let i = 0; i < 256; i++) pixels.data.set([...shade(signed ? i / 127.5 - 1 : i / 255, 1, signed), 255], 4 * i);
  context.putImageData(pixels, 0, 0);
  $("low").textContent = signed ? number(-limit) : "0";
  $("high").textContent = number(limit);
}

function rows(pairs) {
  return pairs.map(([name, value]) => {
    const row = document.createElement("tr"), head = document.createElement("th"), cell = document.createElement("td");
    head.textContent = names[name] ?? name; cell.textContent = value; cell.dataset.name = name;
    row.append(head, cell);
    return row;
  });
}

function tell(map, b) {
  const where = map.token === null ? "outside what the network sees" : `token ${map.token}`;
  $("place").textContent = `${b.block}, ${b.kernel}: pixel ${state.x}, ${state.y}, ${where}${state.held ? ", held" : ""}`;
  const keys = ["row_sum", "entropy_bits", "effective_tokens", "top_1_percent", "top_10_percent", "gini", "mean_distance_pixels"];
  $("query").replaceChildren(...rows(state.map === "row"
    ? keys.map((key) => [key, map.measures ? number(map.measures[key]) : "undefined"]) : []));
  const s = b.statistics.find((s) => s.head === (state.head ?? "mean"));
  const value = (v, error) => v === null || v === undefined ? "undefined"
    : error ? `${number(v)} ± ${number(error)}` : number(v);
  $("block-statistics").replaceChildren(...rows(!s ? [] : [
    ...keys.map((key) => [key, value(s[key], s[key + "_error"])]),
    ...["", "_with_depthwise"].flatMap((ending) => ["rank", "stable_rank", "effective_rank"].map((key) => key + ending))
      .filter((key) => b.depthwise || !key.endsWith("depthwise"))
      .map((key) => [key, value(s[key], s[key + "_error"])]),
    ["queries counted", b.sampling], ["rows of zeros", String(s.undefined_rows)]]));
  compared(b);
  window.fovea = { state, map, measures: map.measures };
}

function compared(b) {
  if (!b.compare) return;
  const keys = ["effective_tokens", "top_1_percent", "rank", "effective_rank", "rank_with_depthwise"];
  const table = document.createElement("table"), head = document.createElement("tr");
  for (const text of ["same q and k", ...keys.map((key) => names[key])]) {
    const cell = document.createElement("th"); cell.textContent = text; head.append(cell);
  }
  table.append(head);
  for (const line of b.compare) {
    const row = document.createElement("tr"), name = document.createElement("th");
    name.textContent = line.kernel; row.append(name);
    for (const key of keys) {
      const cell = document.createElement("td"); cell.textContent = number(line.statistics[key]); row.append(cell);
    }
    table.append(row);
  }
  $("compare").replaceChildren(table);
}

let isWaiting = false;
function refresh() {
  if (isWaiting) return;
  isWaiting = true;
  requestAnimationFrame(() => { isWaiting = false; draw(); });
}

function moveTo(x, y) {
  state.x = Math.max(0, Math.min(data.geometry.photo_width - 1, Math.floor(x)));
  state.y = Math.max(0, Math.min(data.geometry.photo_height - 1, Math.floor(y)));
  refresh();
}

function point(event) {
  const canvas = $("map"), box = canvas.getBoundingClientRect();
  // the canvas keeps its proportions inside its box
  const scale = Math.min(box.width / canvas.width, box.height / canvas.height);
  const left = box.left + (box.width - canvas.width * scale) / 2, top = box.top + (box.height - canvas.height * scale) / 2;
  moveTo((event.clientX - left) / scale * data.geometry.photo_width / canvas.width,
    (event.clientY - top) / scale * data.geometry.photo_height / canvas.height);
}

function step(dx, dy) {
  const layout = block().queryLayout, g = data.geometry;
  moveTo(state.x + dx * g.input_width * g.photo_width / g.resized_width / layout.width + (dx > 0 ? 0.5 : 0),
    state.y + dy * g.input_height * g.photo_height / g.resized_height / layout.height + (dy > 0 ? 0.5 : 0));
}

function choose(list, by) {
  list.selectedIndex = Math.max(0, Math.min(list.options.length - 1, list.selectedIndex + by));
  list.dispatchEvent(new Event("change"));
}

function fillHeads() {
  const list = $("head"), kept = list.selectedIndex, b = data.blocks[state.block];
  list.replaceChildren(new Option("mean of all heads", ""), ...Array.from({ length: b.heads_count }, (_, h) => new Option(`head ${h}`, h)));
  list.selectedIndex = kept >= 0 && kept <= b.heads_count ? kept : 0;
  state.head = list.value === "" ? null : Number(list.value);
  $("depthwise").disabled = !b.depthwise;
}

function listen() {
  const canvas = $("map");
  canvas.addEventListener("pointermove", (event) => { if (!state.held || event.buttons) point(event); });
  canvas.addEventListener("pointerdown", (event) => {
    canvas.focus();
    state.held = event.pointerType === "mouse" ? !state.held : true;
    point(event);
  });
  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  canvas.addEventListener("keydown", (event) => {
    const by = event.shiftKey ? 5 : 1;
    if (arrows[event.key]) { state.held = true; step(arrows[event.key][0] * by, arrows[event.key][1] * by); }
    else if (event.key === "Escape") { state.held = false; refresh(); }
    else if (event.key === "[") choose($("block"), -1);
    else if (event.key === "]") choose($("block"), 1);
    else if (event.key === "-") choose($("head"), -1);
    else if (event.key === "+" || event.key === "=") choose($("head"), 1);
    else return;
    event.preventDefault();
  });
  $("block").addEventListener("change", () => { state.block = $("block").selectedIndex; fillHeads(); refresh(); });
  $("head").addEventListener("change", () => { state.head = $("head").value === "" ? null : Number($("head").value); refresh(); });
  $("depthwise").addEventListener("change", () => { state.depthwise = $("depthwise").checked; refresh(); });
  for (const radio of document.getElementsByName("map"))
    radio.addEventListener("change", () => { state.map = radio.value; refresh(); });
  $("theme").addEventListener("click", () => {
    const root = document.documentElement;
    const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = isDark ? "light" : "dark";
  });
}

photo.onload = () => {
  $("map").width = Math.min(1600, photo.width);
  $("map").height = Math.round(photo.height * $("map").width / photo.width);
  state.depthwise = data.depthwise !== "without";
  $("depthwise").checked = state.depthwise;
  $("about").textContent = `${data.model}, ${photo.width} × ${photo.height} pixels, depthwise term: ${data.depthwise}`;
  $("missing").textContent = data.missing.length ? `Left out, to keep the factors below ${megabytes(data.limit)}: ${data.missing.join(", ")}` : "";
  if (!data.blocks.length) { $("place").textContent = "The page has no room for any block."; return; }
  $("block").replaceChildren(...data.blocks.map((b) => new Option(`${b.block} · ${b.kernel} · ${b.grid[1]}×${b.grid[0]}`)));
  $("block").selectedIndex = 0;
  fillHeads();
  listen();
  moveTo(photo.width / 2, photo.height / 2);
};
photo.src = data.photo;
