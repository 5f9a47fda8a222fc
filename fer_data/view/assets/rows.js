"use strict";
// Contact sheets: rows as tiles, filtered, sorted and grouped; a picture is decoded when its tile comes into sight.
// `fer.rows` answers what a face's dialog (face.js) asks of a row.
(() => {
  const element = document.querySelector("[data-rows]");
  if (!element) return;
  const SVG = "http://www.w3.org/2000/svg";
  const COLUMN = 112;
  const AT_ONCE = 96;
  const CHOICES = { split: "Split", expression: "Class", predicted: "Answer", state: "State", kind: "Kind", corpus: "Corpus" };
  const GROUPS = { expression: "class", split: "split", cell: "class and answer", state: "state", corpus: "corpus", kind: "kind", video_id: "video", none: "nothing" };
  const data = fer.read(element.dataset.rows);
  const size = data.part.length;
  const blocks = new Map();

  // What is known of a row by the name of a column; null where nothing is.
  function value(row, name) {
    if (name in data.codes) {
      const code = data.codes[name][row];
      return code < 0 ? null : data.names[name][code];
    }
    return data.columns[name]?.[row] ?? null;
  }

  function picture(row) {
    if (!element.dataset.faces) return null;
    const block = Math.floor(row / data.per_block);
    if (!blocks.has(block)) blocks.set(block, fer.read(`rows-pictures-${block}`));
    const text = blocks.get(block)[row % data.per_block];
    return text === null ? null : `data:image/webp;base64,${text}`;
  }

  const answer = (row) => {
    const told = data.answers.expression?.rows[row];
    return told ? { name: data.answers.expression.names[told[0]], confidence: told[1], right: told[2], source: told[3] } : null;
  };

  // "Anger, predicted Fear 0.83, video 12 frame 4": what a screen reader says of a row.
  function label(row) {
    const told = answer(row);
    const parts = [value(row, "expression") ?? "no class"];
    if (told) parts.push(`predicted ${told.name}${told.confidence === null ? "" : ` ${told.confidence.toFixed(2)}`}`);
    if (value(row, "kind") === "augmented copy") parts.push("augmented copy");
    const state = value(row, "state");
    if (state && state !== "kept") parts.push(state.replaceAll("_", " "));
    const video = value(row, "video_id");
    parts.push(`${video === null ? value(row, "row_id") : `video ${video}`} frame ${value(row, "frame_index") ?? 0}`);
    return parts.join(", ");
  }

  const original = (row) => value(row, "kind") !== "augmented copy";

  // "video 12, frame 4" below a tile; a picture has its row's id.
  function placeOf(row) {
    const video = value(row, "video_id");
    return video === null ? value(row, "row_id") : `${video}, frame ${value(row, "frame_index") ?? 0}`;
  }

  // The rows that the page has of a video, by frame; of a source where videos of several may have one name.
  function ofVideo(video, source = "") {
    const ours = (row) => !source || [null, source].includes(value(row, "corpus"));
    const found = Array.from({ length: size }, (_, row) => row).filter((row) => value(row, "video_id") === video && original(row) && ours(row));
    return found.sort((a, b) => value(a, "frame_index") - value(b, "frame_index") || String(value(a, "subject_id")).localeCompare(String(value(b, "subject_id"))));
  }

  function svg(tag, attributes, ...children) {
    const made = document.createElementNS(SVG, tag);
    for (const [name, one] of Object.entries(attributes)) made.setAttribute(name, one);
    made.append(...children);
    return made;
  }

  // How far the boxes of each video reach, where nobody says how large its frames are.
  const reached = new Map();
  (data.columns.box ?? []).forEach((box, row) => {
    if (!box) return;
    const [x, y] = reached.get(value(row, "video_id")) ?? [1, 1];
    reached.set(value(row, "video_id"), [Math.max(x, box[2] * 1.15), Math.max(y, box[3] * 1.15)]);
  });

  // The source frame with box and landmarks, to scale; its size is the video's, or else what its boxes reach.
  function frame(row) {
    const box = value(row, "box");
    if (!box) return null;
    const known = data.frames[value(row, "video_id")];
    const [width, height] = known ?? reached.get(value(row, "video_id"));
    const dot = Math.max(width, height) / 110;
    const points = value(row, "landmarks") ?? [];
    return svg("svg", { viewBox: `${-dot} ${-dot} ${width + 2 * dot} ${height + 2 * dot}`, class: "frame", "aria-hidden": "true" },
      svg("rect", { x: 0, y: 0, width, height, class: known ? "edge" : "edge unknown" }),
      svg("rect", { x: box[0], y: box[1], width: Math.max(box[2] - box[0], 0), height: Math.max(box[3] - box[1], 0), class: "box" }),
      ...points.map(([x, y]) => svg("circle", { cx: x, cy: y, r: dot, class: "landmark" })));
  }

  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) load(target);
  }, { rootMargin: "400px" });

  function load(image) {
    seen.unobserve(image);
    image.src = picture(Number(image.dataset.row));
  }

  // The picture of a row as an element: drawn when it is in sight; without one, why, or the frame in its place.
  function shown(row, alt = "") {
    if (element.dataset.faces && !data.faults[row]) {
      const image = fer.make("img", { alt, "data-row": row, class: element.dataset.faces, decoding: "async" });
      seen.observe(image);
      return image;
    }
    if (!element.dataset.faces && !data.columns.box) return ""; // nothing here has a face
    const reason = element.dataset.faces ? data.faults[row] : "";
    const drawn = element.dataset.faces ? null : frame(row);
    return drawn ?? fer.make("span", { class: "none" }, reason || "no crop");
  }

  class Sheets {
    constructor() {
      this.filters = new Map();
      this.sought = "";
      this.order = "";
      this.down = true;
      this.limit = AT_ONCE;
      this.address = "";
      this.controls = fer.make("div", { class: "controls" });
      this.count = fer.make("p", { class: "quiet", role: "status" });
      this.body = fer.make("div", { class: "sheets", role: "group", "aria-label": "Contact sheets. Arrow keys move, Enter opens a row" });
      element.append(this.controls, this.count, this.body);
      this.makeControls();
      this.group.value = this.usualGroup();
      this.body.addEventListener("click", (event) => this.press(event.target.closest("button[data-row]")));
      this.body.addEventListener("keydown", (event) => this.key(event));
      this.show();
      fer.onRoute("rows", (filters) => this.go(filters));
    }

    // A sheet a class where there are some, else a sheet of whatever parts the rows.
    usualGroup() {
      const parting = ["expression", "split", "corpus"].find((name) => new Set(data.codes[name]).size > 1);
      return parting ?? "none";
    }

    makeControls() {
      for (const [name, title] of Object.entries(CHOICES)) {
        const values = [...new Set(data.codes[name])].sort((a, b) => a - b);
        if (values.length < 2) continue;
        const options = values.map((code) => (code < 0 ? ["", "none"] : [data.names[name][code], data.names[name][code].replaceAll("_", " ")]));
        this.select(title, [["\u0000", "all"], ...options], { "data-key": name }, (chosen) => this.filter(name, chosen));
      }
      this.search = fer.make("input", { type: "search" });
      this.search.addEventListener("input", () => { this.sought = this.search.value.toLowerCase(); this.change(); });
      this.controls.append(fer.make("label", {}, "Row or video", this.search));
      this.makeOrder();
      const groups = Object.entries(GROUPS).filter(([name]) => this.parts(name));
      this.group = this.select("A sheet for each", groups, {}, () => this.change());
      const clear = fer.make("button", { type: "button" }, "Show all");
      clear.addEventListener("click", () => { this.group.value = this.usualGroup(); this.go(new URLSearchParams()); });
      this.controls.append(clear);
    }

    makeOrder() {
      const titles = Object.keys(data.orders).map((name) => [name, data.titles[name]]);
      this.orders = this.select("Order", [["", "as drawn"], ...titles], {}, (chosen) => { this.order = chosen; this.down = chosen !== "frame_index"; this.change(); });
      this.direction = fer.make("button", { type: "button" }, "");
      this.direction.addEventListener("click", () => { this.down = !this.down; this.change(); });
      this.controls.append(this.direction);
    }

    parts(name) {
      if (name === "none" || name === "video_id") return true;
      if (name === "cell") return new Set(data.codes.predicted).size > 1;
      return new Set(data.codes[name]).size > 1;
    }

    select(title, options, attributes, chosen) {
      const made = fer.make("select", attributes, ...options.map(([one, text]) => fer.make("option", { value: one }, text)));
      made.addEventListener("change", () => chosen(made.value));
      this.controls.append(fer.make("label", {}, title, made));
      return made;
    }

    filter(name, chosen) {
      if (chosen === "\u0000") this.filters.delete(name); else this.filters.set(name, chosen);
      this.change();
    }

    // An address: filters by any column, `q`, `sort`, `order` (up or down), `sheets`, and `row`, which is opened.
    go(filters) {
      const known = [...filters].filter(([name]) => name in CHOICES || name in data.columns);
      this.filters = new Map(known);
      this.search.value = filters.get("q") ?? "";
      this.sought = this.search.value.toLowerCase();
      const sort = filters.get("sort") ?? "";
      this.order = sort in data.orders ? sort : "";
      this.down = filters.has("order") ? filters.get("order") !== "up" : this.order !== "frame_index";
      if (filters.get("sheets") in GROUPS) this.group.value = filters.get("sheets");
      this.change();
      if (filters.has("row")) this.openRow(filters.get("row"));
    }

    openRow(rowId) {
      const row = data.columns.row_id.indexOf(rowId);
      if (row >= 0) fer.face.open(row, this.chosen());
      else this.count.textContent = `Row ${rowId} is not among the ${fer.counted(size, "row")} that this page has of ${fer.number(data.total)}.`;
    }

    change() {
      this.limit = AT_ONCE;
      this.orders.value = this.order;
      for (const select of this.controls.querySelectorAll("select[data-key]")) {
        select.value = this.filters.has(select.dataset.key) ? this.filters.get(select.dataset.key) : "\u0000";
      }
      this.show();
    }

    matches(row) {
      for (const [name, wanted] of this.filters) if (String(value(row, name) ?? "") !== wanted) return false;
      if (!this.sought) return true;
      return ["row_id", "video_id", "subject_id"].some((name) => String(value(row, name) ?? "").toLowerCase().includes(this.sought));
    }

    chosen() {
      const found = Array.from({ length: size }, (_, row) => row).filter((row) => this.matches(row));
      const values = data.orders[this.order];
      const copied = (row) => Number(value(row, "kind") === "augmented copy");
      if (!values) return found.sort((a, b) => copied(a) - copied(b) || data.drawn[b] - data.drawn[a]);
      const sign = this.down ? -1 : 1;
      return found.sort((a, b) => (values[a] === null) - (values[b] === null) || sign * (values[a] - values[b]));
    }

    // How many rows there are of all that match; null where the filters are not those that sheets are counted by.
    total(extra = []) {
      const wanted = [...this.filters, ...extra];
      if (this.sought || wanted.some(([name]) => !(name in CHOICES))) return null;
      const names = Object.keys(data.codes);
      return data.counts.reduce((sum, line) => sum + (wanted.every(([name, one]) => {
        const code = line[names.indexOf(name)];
        return (code < 0 ? "" : data.names[name][code]) === one;
      }) ? line.at(-1) : 0), 0);
    }

    keyOf(row) {
      if (this.group.value === "none") return [];
      const names = this.group.value === "cell" ? ["expression", "predicted"] : [this.group.value];
      return names.map((name) => [name, String(value(row, name) ?? "")]);
    }

    show() {
      const found = this.chosen();
      const groups = new Map();
      for (const row of found) {
        const key = this.keyOf(row);
        const text = JSON.stringify(key);
        if (!groups.has(text)) groups.set(text, { key, rows: [] });
        groups.get(text).rows.push(row);
      }
      const sheets = [...groups.values()].sort((a, b) => this.rank(a) - this.rank(b));
      this.count.textContent = this.told(found.length, this.total());
      this.count.classList.toggle("filtered", this.filters.size > 0 || this.sought !== "");
      for (const select of this.controls.querySelectorAll("select[data-key]")) select.classList.toggle("set", this.filters.has(select.dataset.key));
      this.search.classList.toggle("set", this.sought !== "");
      this.direction.textContent = this.down ? "Highest first" : "Lowest first";
      this.direction.disabled = !this.order;
      this.body.replaceChildren(...sheets.slice(0, 60).map((one) => this.sheet(one, sheets.length > 1)));
      if (sheets.length > 60) this.body.append(fer.make("p", { class: "quiet" }, `${fer.counted(sheets.length - 60, "more sheet")}: set a filter.`));
      this.body.querySelector("button[data-row]")?.setAttribute("tabindex", "0");
    }

    // Sheets stand in label order; those without a class last.
    rank({ key }) {
      return key.reduce((sum, [name, one]) => sum * 1000 + ((data.names[name]?.indexOf(one) ?? 0) + 1000) % 1000, 0);
    }

    told(shown, total) {
      const by = this.filtered();
      if (total === null) return `${fer.number(shown)} of the ${fer.counted(size, "row")} that this page has${by}.`;
      return total === shown ? `${total === 1 ? "1 row" : `All ${fer.counted(total, "row")}`}${by}.` : `Showing ${fer.number(shown)} of ${fer.counted(total, "row")}${by}.`;
    }

    // Which filters are on, in words: a link may have set some that no list here offers.
    filtered() {
      const said = [...this.filters].map(([name, one]) => `${(CHOICES[name] ?? name.replaceAll("_", " ")).toLowerCase()}: ${one.replaceAll("_", " ") || "none"}`);
      if (this.sought) said.push(`\u201c${this.search.value}\u201d in the name`);
      return said.length ? ` with ${said.join("; ")}` : "";
    }

    sheet({ key, rows }, several) {
      const most = several ? this.inOverview() : this.limit;
      const total = this.total(key);
      const list = fer.make("ul", { class: "sheet" }, ...rows.slice(0, most).map((row) => fer.make("li", {}, this.tile(row))));
      const made = fer.make("div", {}, ...(key.length ? [this.heading(key, Math.min(most, rows.length), total)] : []), list);
      if (rows.length > most) made.append(this.more(key, rows.length, several));
      return made;
    }

    // Of several sheets one line of tiles each, or two where a line is short.
    inOverview() {
      const columns = Math.max(3, Math.floor((element.clientWidth + 8) / COLUMN));
      return columns < 6 ? 2 * columns : columns;
    }

    heading(key, shown, total) {
      const text = key.map(([name, one]) => (one === "" ? `no ${CHOICES[name]?.toLowerCase() ?? "name"}` : one.replaceAll("_", " ")));
      const title = key.length > 1 ? `${text[0]} answered ${text[1]}` : text[0];
      const counted = total === null ? "" : ` ${fer.number(shown)} of ${fer.number(total)}`;
      return fer.make("h3", {}, title, fer.make("span", { class: "quiet" }, counted));
    }

    more(key, count, several) {
      const text = several ? `Open this sheet: ${fer.counted(count, "row")}` : `Show ${fer.number(Math.min(AT_ONCE, count - this.limit))} more`;
      const button = fer.make("button", { type: "button" }, text);
      button.addEventListener("click", () => {
        if (!several) { this.limit += AT_ONCE; this.show(); return; }
        const filters = new URLSearchParams([...this.filters, ...key]);
        if (this.order) filters.set("sort", this.order);
        if (this.order && !this.down) filters.set("order", "up");
        location.hash = `rows?${filters}`;
      });
      return button;
    }

    tile(row) {
      const told = answer(row);
      const expression = value(row, "expression");
      const right = told && told.name === expression;
      const mark = told && expression !== null ? fer.make("span", { class: right ? "right" : "wrong" }, `${right ? "=" : "≠"} ${told.name}${told.confidence === null ? "" : ` ${told.confidence.toFixed(2)}`}`) : "";
      const values = data.orders[this.order];
      const state = value(row, "state");
      const second = values ? `${data.titles[this.order]} ${fer.number(values[row])}`
        : state && state !== "kept" ? state.replaceAll("_", " ") : value(row, "kind") === "augmented copy" ? "copy" : "";
      const caption = fer.make("span", { class: "caption" }, fer.make("b", {}, expression ?? "no class"), mark, fer.make("span", { class: "quiet" }, second), fer.make("span", { class: "quiet" }, placeOf(row)));
      return fer.make("button", { type: "button", class: "tile", "data-row": row, tabindex: -1, "aria-label": label(row) }, shown(row), caption);
    }

    press(tile) {
      if (tile) fer.face.open(Number(tile.dataset.row), [...this.body.querySelectorAll("button[data-row]")].map((one) => Number(one.dataset.row)));
    }

    // One tile is in the order of tabs; the arrow keys lead to the others.
    key(event) {
      const tiles = [...this.body.querySelectorAll("button[data-row]")];
      const at = tiles.indexOf(document.activeElement);
      if (at < 0) return;
      const to = this.next(event.key, tiles, at);
      if (to === undefined) return;
      event.preventDefault();
      this.rove(tiles[at], tiles[to]);
    }

    rove(from, to) {
      if (!to) return;
      from?.setAttribute("tabindex", "-1");
      to.setAttribute("tabindex", "0");
      to.focus();
    }

    next(key, tiles, at) {
      const last = tiles.length - 1;
      const steps = { ArrowRight: Math.min(at + 1, last), ArrowLeft: Math.max(at - 1, 0), Home: 0, End: last };
      if (key in steps) return steps[key];
      if (key !== "ArrowDown" && key !== "ArrowUp") return undefined;
      // The nearest tile of the next line of tiles that way.
      const own = tiles[at].getBoundingClientRect();
      const down = key === "ArrowDown" ? 1 : -1;
      const boxes = tiles.map((tile) => tile.getBoundingClientRect());
      const beyond = boxes.filter((box) => down * (box.top - own.top) > 4).map((box) => box.top);
      if (!beyond.length) return at;
      const line = down * Math.min(...beyond.map((top) => down * top));
      const candidates = boxes.flatMap((box, index) => (Math.abs(box.top - line) < 4 ? [[Math.abs(box.left - own.left), index]] : []));
      return candidates.sort((a, b) => a[0] - b[0])[0][1];
    }

    // Where the dialog of a row was closed, that row's tile has the focus.
    focus(row) {
      const tile = this.body.querySelector(`button[data-row="${row}"]`);
      if (tile) this.rove(this.body.querySelector("button[tabindex='0']"), tile);
      return Boolean(tile);
    }
  }

  fer.beforePrint(() => element.querySelectorAll("img[data-row]:not([src])").forEach(load));
  fer.rows = { data, value, answer, label, frame, shown, svg, element, ofVideo };
  const started = () => { fer.rows.sheets = new Sheets(); };
  document.addEventListener("DOMContentLoaded", started);
})();
