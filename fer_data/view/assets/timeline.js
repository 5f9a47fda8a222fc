"use strict";
// The timeline of one video at a time: which video, where in it, and what its lanes say there.
(() => {
  const [GUTTER, NARROW_GUTTER, AXIS, HEAD, GAP] = [118, 84, 24, 24, 4];
  const LEAST_FRAMES = 5;
  const AROUND = 150; // frames to either side of one that a link leads to, in a long video
  const TABLE_ROWS = 400;
  const [MOST_PEOPLE, MOST_PIXELS] = [60, 30_000]; // of one drawing: browsers draw no taller canvas

  class Timeline {
    constructor(element) {
      this.element = element;
      this.directory = fer.read("timelines-directory");
      this.names = new Map(this.directory.videos.map((key, index) => [JSON.stringify(key), index]));
      this.build();
      this.listen();
      this.open(0);
      fer.onRoute("timelines", (filters) => this.go(filters));
    }

    build() {
      const list = fer.make("datalist", { id: "timeline-names" });
      this.search = fer.make("input", { type: "search", list: "timeline-names", autocomplete: "off" });
      this.place = fer.make("span", { class: "quiet" });
      this.controls = fer.make("div", { class: "controls" },
        fer.make("label", {}, "Video", this.search), list,
        this.button("Back", "the video before, a worse one", () => this.open(this.index - 1)),
        this.button("Next", "the video after, a better one", () => this.open(this.index + 1)),
        this.place);
      fer.later(() => list.append(...this.directory.videos.map((key) => fer.make("option", { value: this.title(key) }))));
      this.moves = fer.make("div", { class: "controls", role: "group", "aria-label": "what the timeline shows" },
        this.button("+", "closer", () => this.zoom(0.5)), this.button("−", "wider", () => this.zoom(2)),
        this.button("Whole video", null, () => this.show(0, this.end)));
      this.nextMark = this.button("Next label to look at", null, () => this.jump(1));
      this.moves.append(this.nextMark);
      this.canvas = fer.make("canvas", { "aria-hidden": "true" });
      this.plot = fer.make("div", { class: "plot", role: "slider", tabindex: "0", "aria-label": "frame of the video", "aria-valuemin": 0 }, this.canvas);
      this.reading = fer.make("div", { class: "reading" });
      this.legend = fer.make("p", { class: "legend quiet" });
      this.hint = fer.make("p", { class: "hint quiet" }, "Arrow keys step through frames (with Shift ten), + and − zoom, 0 shows the whole video, n and p go to the next and previous label to look at. Enter or a click opens the row of a frame. Drag to move, Ctrl and the wheel zoom.");
      this.table = fer.make("div", { class: "wide", tabindex: "0" });
      this.details = fer.make("details", {}, fer.make("summary", {}, "Spans as a table"), this.table);
      this.heading = fer.make("h3");
      this.element.append(this.heading, this.controls, this.moves, this.plot, this.reading, this.legend, this.hint, this.details);
    }

    button(text, label, action) {
      // What is seen is part of the name, so that who speaks to the browser is understood.
      const made = fer.make("button", { type: "button", "aria-label": label && `${text}: ${label}`, title: label }, text);
      made.addEventListener("click", action);
      return made;
    }

    listen() {
      this.search.addEventListener("change", () => this.choose(this.search.value));
      this.plot.addEventListener("keydown", (event) => this.press(event));
      this.plot.addEventListener("pointerdown", (event) => this.grab(event));
      this.plot.addEventListener("pointermove", (event) => this.move(event));
      this.plot.addEventListener("pointerup", (event) => this.release(event));
      this.plot.addEventListener("click", (event) => this.moved || fer.opening.click(this, event));
      this.plot.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
      this.details.addEventListener("toggle", () => this.details.open && this.tabulate());
      new ResizeObserver(() => this.draw()).observe(this.plot);
      new MutationObserver(() => this.draw()).observe(document.documentElement, { attributes: true });
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
      matchMedia("print").addEventListener("change", () => this.paint());
    }

    print() {
      this.details.open = true;
      this.tabulate();
      this.paint();
    }

    title([name, source]) {
      return source ? `${name} (${source})` : name;
    }

    choose(text) {
      const index = this.directory.videos.findIndex((key) => this.title(key) === text);
      const near = index >= 0 ? index : this.directory.videos.findIndex((key) => this.title(key).toLowerCase().includes(text.toLowerCase()));
      if (near >= 0) this.open(near);
      this.search.value = "";
      if (near < 0) this.place.textContent = `no video "${text}" has a timeline`;
    }

    go(filters) {
      const video = filters.get("video");
      if (video === null) return;
      const index = this.names.get(JSON.stringify([video, filters.get("source") ?? ""]));
      if (index === undefined) { this.place.textContent = `no video "${video}" has a timeline`; return; }
      this.open(index, false);
      if (!filters.has("frame")) return;
      const frame = Math.min(Math.max(Number.parseInt(filters.get("frame"), 10) || 0, 0), this.end - 1);
      if (this.end > 4 * AROUND) this.show(frame - AROUND, frame + AROUND);
      this.at(frame);
    }

    open(index, told = true) {
      if (index < 0 || index >= this.directory.videos.length) return;
      this.index = index;
      const video = fer.read(`timeline-${index}`);
      const key = this.directory.videos[index];
      this.video = video;
      this.end = Math.max(video.end, 1);
      this.people = video.people.slice(0, MOST_PEOPLE).map((person) => ({ ...person,
        lanes: fer.lanes.lanesOf(person, this.directory, video.marks.filter((mark) => mark.person === person.name)) }));
      this.heading.textContent = this.title(key);
      const people = fer.counted(video.people.length, "person", "people");
      const drawn = video.people.length > MOST_PEOPLE ? `, the first ${MOST_PEOPLE} are drawn` : "";
      this.place.textContent = `${fer.number(index + 1)} of ${fer.number(this.directory.videos.length)}; ${fer.counted(this.end, "frame")}, ${people}${drawn}`;
      this.nextMark.hidden = !video.marks.length;
      this.plot.setAttribute("aria-valuemax", this.end - 1);
      this.explain();
      if (this.details.open) this.tabulate();
      this.frame = 0;
      this.show(0, this.end);
      this.at(video.marks[0]?.first ?? 0);
      if (told) this.tell();
    }

    // Keeps the address in step, so that it can be sent to somebody.
    tell() {
      if (!this.asked) { this.asked = true; return; } // not for the video that the page opens by itself
      const [video, source] = this.directory.videos[this.index];
      const query = new URLSearchParams({ video, ...(source ? { source } : {}), frame: this.frame });
      history.replaceState(null, "", `#timelines?${query}`);
    }

    show(from, to) {
      const span = Math.min(Math.max(to - from, Math.min(LEAST_FRAMES, this.end)), this.end);
      this.from = Math.min(Math.max(from, 0), this.end - span);
      this.to = this.from + span;
      this.draw();
    }

    zoom(factor, around = this.frame + 0.5) {
      const share = (around - this.from) / (this.to - this.from);
      const span = (this.to - this.from) * factor;
      this.show(around - span * share, around + span * (1 - share));
    }

    at(frame) {
      this.frame = Math.min(Math.max(Math.round(frame), 0), this.end - 1);
      const span = this.to - this.from;
      if (this.frame < this.from) this.show(this.frame, this.frame + span);
      else if (this.frame + 1 > this.to) this.show(this.frame + 1 - span, this.frame + 1);
      else this.draw();
      this.read();
    }

    jump(step) {
      const firsts = [...new Set(this.video.marks.map((mark) => mark.first))].sort((a, b) => a - b);
      const next = step > 0 ? firsts.find((frame) => frame > this.frame) ?? firsts[0]
        : firsts.findLast((frame) => frame < this.frame) ?? firsts.at(-1);
      if (next === undefined) return;
      this.at(next);
      this.tell();
    }

    press(event) {
      const step = event.shiftKey ? 10 : 1;
      const page = Math.max(1, Math.round((this.to - this.from) * 0.8));
      const actions = {
        ArrowRight: () => this.at(this.frame + step), ArrowUp: () => this.at(this.frame + step),
        ArrowLeft: () => this.at(this.frame - step), ArrowDown: () => this.at(this.frame - step),
        PageUp: () => this.at(this.frame + page), PageDown: () => this.at(this.frame - page),
        Home: () => this.at(0), End: () => this.at(this.end - 1),
        "+": () => this.zoom(0.5), "=": () => this.zoom(0.5), "-": () => this.zoom(2), 0: () => this.show(0, this.end),
        n: () => this.jump(1), p: () => this.jump(-1), Enter: () => { this.tell(); fer.opening.open(this); },
      };
      if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(actions, event.key)) return;
      event.preventDefault();
      actions[event.key]();
    }

    frameAt(event) {
      const x = event.clientX - this.canvas.getBoundingClientRect().left - this.gutter();
      return Math.floor(this.from + (x / this.width()) * (this.to - this.from));
    }

    grab(event) {
      this.grabbed = { x: event.clientX, from: this.from, to: this.to, moved: false };
      this.plot.setPointerCapture(event.pointerId);
    }

    move(event) {
      if (!this.grabbed) {
        if (event.pointerType === "mouse" && event.clientX > this.canvas.getBoundingClientRect().left + this.gutter()) this.hover(event);
        return;
      }
      const { x, from, to } = this.grabbed;
      if (Math.abs(event.clientX - x) > 4) this.grabbed.moved = true;
      if (!this.grabbed.moved) return;
      const frames = ((x - event.clientX) / this.width()) * (to - from);
      this.show(from + frames, to + frames);
    }

    hover(event) {
      const frame = Math.min(Math.max(this.frameAt(event), 0), this.end - 1);
      if (frame !== this.frame) this.at(frame);
    }

    release(event) {
      const moved = this.grabbed?.moved;
      this.moved = moved;
      this.grabbed = null;
      if (moved) return;
      this.at(this.frameAt(event));
      this.tell();
    }

    wheel(event) {
      if (!event.ctrlKey && !event.metaKey && !event.shiftKey) return;
      event.preventDefault();
      this.zoom(event.deltaY + event.deltaX > 0 ? 1.25 : 0.8, this.frameAt(event) + 0.5);
    }

    gutter() { return this.plot.clientWidth < 600 ? NARROW_GUTTER : GUTTER; }
    width() { return Math.max(this.plot.clientWidth - this.gutter(), 10); }

    // Seconds of a frame and whether they are of the video itself; null where nothing says them.
    seconds(frame) {
      const time = this.video.time;
      if (!time) return null;
      if (time.step) return [time.start + frame * time.step, time.stated];
      const after = time.frames.findIndex((one) => one >= frame);
      if (after < 0) return [time.ms.at(-1) / 1000, false];
      if (time.frames[after] === frame || after === 0) return [time.ms[after] / 1000, time.frames[after] === frame];
      const share = (frame - time.frames[after - 1]) / (time.frames[after] - time.frames[after - 1]);
      return [(time.ms[after - 1] + share * (time.ms[after] - time.ms[after - 1])) / 1000, false];
    }

    timeText(frame) {
      const found = this.seconds(frame);
      return found ? `${found[1] ? "" : "about "}${fer.number(found[0], 3)} s` : "time unknown";
    }

    read() {
      const head = `Frame ${fer.number(this.frame)}, ${this.timeText(this.frame)}`;
      const said = this.people.map((person) => [person, person.lanes.map((lane) => fer.lanes.saying(lane, this.frame)).filter(Boolean)]);
      this.reading.replaceChildren(fer.make("strong", {}, head), ...said.map(([person, texts]) =>
        fer.make("p", {}, this.people.length > 1 ? fer.make("b", {}, `${person.name}: `) : "", texts.join(" · ") || "no row")), fer.opening.here(this).length || !fer.rows ? "" : fer.make("p", { class: "quiet" }, "Section Rows has no row of this frame."));
      this.plot.setAttribute("aria-valuenow", this.frame);
      this.plot.setAttribute("aria-valuetext", `${head}: ${said.map(([person, texts]) => `${person.name}: ${texts.slice(0, 4).join(", ") || "no row"}`).join("; ")}`);
    }

    colours() {
      const style = getComputedStyle(document.documentElement);
      const of = (name) => style.getPropertyValue(name).trim();
      return { text: of("--text"), quiet: of("--quiet"), line: of("--line"), paper: of("--paper"), mark: of("--mark") };
    }

    height() {
      return AXIS + this.people.reduce((sum, person) => sum + this.personHeight(person), 0);
    }

    personHeight(person) {
      return HEAD + person.lanes.reduce((all, lane) => all + lane.height + GAP, 0);
    }

    draw() {
      if (!this.people || this.waiting) return;
      this.waiting = requestAnimationFrame(() => { this.waiting = null; this.paint(); });
    }

    paint() {
      const [wide, high] = [this.plot.clientWidth, this.height()];
      const ratio = Math.min(window.devicePixelRatio || 1, MOST_PIXELS / high);
      if (!wide) return;
      Object.assign(this.canvas, { width: Math.round(wide * ratio), height: Math.round(high * ratio) });
      Object.assign(this.canvas.style, { width: `${wide}px`, height: `${high}px` });
      const context = this.canvas.getContext("2d");
      context.scale(ratio, ratio);
      const [left, width, from, to] = [this.gutter(), this.width(), this.from, this.to];
      const plot = { context, left, width, from, to, height: high, colours: this.colours(), x: (frame) => left + ((frame - from) / (to - from)) * width };
      this.paintAxis(plot);
      let top = AXIS;
      for (const person of this.people) top = this.paintPerson(person, top, plot);
      this.paintCursor(plot);
    }

    paintAxis(plot) {
      const { context, colours } = plot;
      const rough = ((plot.to - plot.from) / plot.width) * 90;
      const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
      const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough) ?? 10 * power;
      context.font = "11px system-ui, sans-serif";
      context.textBaseline = "alphabetic";
      for (let frame = Math.ceil(plot.from / step) * step; frame < plot.to; frame += step) {
        context.fillStyle = colours.line;
        context.fillRect(plot.x(frame), AXIS - 8, 1, plot.height - AXIS + 8);
        context.fillStyle = colours.quiet;
        const text = fer.number(frame);
        if (plot.x(frame) + context.measureText(text).width < plot.left + plot.width) context.fillText(text, plot.x(frame) + 3, 13);
      }
      context.fillStyle = colours.quiet;
      context.fillText("frame", 0, 13);
    }

    paintPerson(person, top, plot) {
      const { context, colours } = plot;
      context.font = "600 13px system-ui, sans-serif";
      context.textBaseline = "alphabetic";
      context.fillStyle = colours.paper;
      context.fillRect(0, top, plot.left + plot.width, HEAD - 2);
      context.fillStyle = colours.text;
      context.fillText(person.split ? `${person.name}, ${person.split}` : person.name, 0, top + 16, plot.left + plot.width);
      let at = top + HEAD;
      for (const lane of person.lanes) {
        fer.lanes.draw(lane, at, plot);
        this.paintName(lane, at, plot);
        at += lane.height + GAP;
      }
      return at;
    }

    paintName(lane, top, plot) {
      const { context, colours } = plot;
      context.fillStyle = colours.quiet;
      context.font = lane.height < 14 ? "10px system-ui, sans-serif" : "12px system-ui, sans-serif";
      context.textBaseline = "middle";
      const step = Math.max(lane.step ?? 1, ...(lane.lines ?? []).map((line) => line.step));
      const room = lane.range && plot.left >= GUTTER ? 30 : 6;
      context.fillText(step > 1 ? `${lane.title}, by ${step}` : lane.title, 0, top + lane.height / 2, plot.left - room);
      if (lane.range && plot.left >= GUTTER) this.paintRange(lane, top, plot);
    }

    paintRange(lane, top, plot) {
      const { context } = plot;
      context.font = "9px system-ui, sans-serif";
      context.textAlign = "right";
      const [low, high] = lane.range.map((value) => fer.number(value, value < 1 && value > 0 ? 2 : 0));
      context.fillText(high, plot.left - 4, top + 5);
      context.fillText(low, plot.left - 4, top + lane.height - 3);
      context.textAlign = "left";
    }

    paintCursor(plot) {
      if (this.frame < this.from || this.frame >= this.to) return;
      const [left, right] = [plot.x(this.frame), plot.x(this.frame + 1)];
      plot.context.strokeStyle = plot.colours.text;
      plot.context.lineWidth = 1;
      plot.context.strokeRect(left + 0.5, AXIS - 4, Math.max(right - left - 1, 0.5), plot.height - AXIS + 3);
    }

    explain() {
      const swatch = (colour, text) => fer.make("span", { class: "key" }, this.swatch(colour), text);
      const used = (kind) => new Set(this.people.flatMap((person) => person.lanes.filter((lane) => lane.title === kind).flatMap((lane) => lane.spans.map((span) => span.value))));
      const classes = [...new Set([...used("label"), ...[...used("model")].map((value) => value % this.directory.classes.length)])].sort((a, b) => a - b);
      const states = [...used("row state")].sort((a, b) => a - b).map((value) => this.directory.states[value]);
      const values = this.people.some((person) => person.valence || person.model_valence)
        ? [swatch("#0072b2", "valence"), swatch("#d55e00", "arousal")] : [];
      this.legend.replaceChildren(
        ...classes.map((value) => swatch(fer.lanes.colourOf(value), this.directory.classes[value])), ...values,
        ...states.map((state) => swatch(fer.lanes.stateColour(state), state)), ...this.notes().map((text) => fer.make("span", {}, text)));
    }

    swatch(colour) {
      const made = fer.make("span", { class: "swatch" });
      made.style.background = colour;
      return made;
    }

    notes() {
      const person = this.people.find((one) => one.model);
      const said = [];
      if (person) said.push(`Model: at ${this.directory.resolution} px; "(filled)" is a row without a crop, answered from elsewhere.`);
      if (person && this.directory.window === 0) said.push("Smoothing: the evaluation chose none.");
      if (this.people.some((one) => one.model_units)) said.push("Action units: blue is the label, orange the model.");
      return said;
    }

    tabulate() {
      const rows = this.people.flatMap((person) => person.lanes.flatMap((lane) => this.spansOf(person, lane)));
      const head = fer.make("tr", {}, ...["person", "lane", "says", "first frame", "last frame", "from", "to"].map((text) => fer.make("th", { scope: "col" }, text)));
      const body = rows.slice(0, TABLE_ROWS).map((row) => fer.make("tr", {}, ...row.map((text) => fer.make("td", {}, text))));
      const left = rows.length - body.length;
      this.table.replaceChildren(fer.make("table", {}, fer.make("caption", {}, `Spans of ${this.heading.textContent}`),
        fer.make("thead", {}, head), fer.make("tbody", {}, ...body)), left > 0 ? fer.make("p", {}, `${fer.counted(left, "more span")} not listed.`) : "");
    }

    spansOf(person, lane) {
      if (lane.kind === "lines") return lane.lines.map((line) => this.lineRow(person, lane, line));
      return lane.spans.filter((span) => lane.kind !== "unit" || span.value).map((span) => [person.name, lane.title,
        lane.text(span.value), fer.number(span.first), fer.number(span.end - 1), this.timeText(span.first), this.timeText(span.end - 1)]);
    }

    lineRow(person, lane, line) {
      const low = line.low.filter((value) => value !== null).reduce((a, b) => Math.min(a, b), Infinity);
      const high = line.high.filter((value) => value !== null).reduce((a, b) => Math.max(a, b), -Infinity);
      const last = Math.min(line.first + line.low.length * line.every, this.end) - 1;
      return [person.name, line.name, `${fer.number(low, lane.digits)} to ${fer.number(high, lane.digits)}`,
        fer.number(line.first), fer.number(last), this.timeText(line.first), this.timeText(last)];
    }
  }

  const element = document.getElementById("timeline");
  if (!element) return;
  const make = () => { fer.timeline ??= new Timeline(element); };
  if (fer.route().anchor === "timelines") make(); else fer.onRoute("timelines", make);
  new IntersectionObserver((entries, observer) => {
    if (entries.some((entry) => entry.isIntersecting)) { observer.disconnect(); make(); }
  }, { rootMargin: "400px" }).observe(element);
  window.addEventListener("load", () => fer.later(make));
  fer.beforePrint(() => { make(); fer.timeline.print(); });
})();
