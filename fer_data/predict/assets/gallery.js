"use strict";
// Cards of what a model says: filtered, sorted, a page of them at a time. Texts become text nodes or attributes alone.
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const data = JSON.parse(document.getElementById("gallery").textContent);
  const list = document.getElementById("cards");
  const state = { name: "", kind: "all", best: "all", least: 0, most: 100, order: "name", size: 48, first: 0 };

  function fill(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  }
  const make = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
  const draw = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

  const OPEN = 2; // People whose bars are in sight at once.
  const percent = (permille) => `${Math.round(permille / 10)} %`;
  const signed = (value) => (value < 0 ? "\u2212" : "+") + Math.abs(value).toFixed(2);
  const counted = (number, one, many) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
  const lead = (entry) => entry.people[0];
  const confidence = (entry) => lead(entry)?.confidence ?? -1;
  const isVideo = (entry) => entry.video;

  // What is chosen.

  function kindOf(entry) {
    if (!entry.people.length) return "none";
    return isVideo(entry) ? "video" : "picture";
  }

  function fits(entry) {
    if (state.name && !entry.name.toLowerCase().includes(state.name)) return false;
    if (state.kind === "error" ? !entry.error : state.kind !== "all" && kindOf(entry) !== state.kind) return false;
    const narrowed = state.best !== "all" || state.least > 0 || state.most < 100;
    return !narrowed || entry.people.some((person) =>
      (state.best === "all" || person.best === Number(state.best))
      && (person.confidence === undefined || (person.confidence >= 10 * state.least && person.confidence <= 10 * state.most)));
  }

  const byName = (a, b) => a.name.localeCompare(b.name, "en", { numeric: true });
  const orders = {
    name: ["name", byName],
    sure: ["confidence, highest first", (a, b) => confidence(b) - confidence(a)],
    unsure: ["confidence, lowest first", (a, b) => (confidence(a) < 0) - (confidence(b) < 0) || confidence(a) - confidence(b)],
    best: ["class", (a, b) => (lead(a)?.best ?? 1e9) - (lead(b)?.best ?? 1e9) || confidence(b) - confidence(a)],
    people: ["people, most first", (a, b) => b.people.length + b.more - a.people.length - a.more],
    long: ["length, longest first", (a, b) => b.seconds - a.seconds],
  };

  function chosen() {
    return data.entries.filter(fits).sort((a, b) => orders[state.order][1](a, b) || byName(a, b));
  }

  // A card.

  function card(entry) {
    const parts = [make("h2", {}, entry.name), picture(entry), make("p", { class: "quiet" }, facts(entry))];
    if (entry.error) parts.push(make("p", { class: "failed" }, entry.error));
    parts.push(...entry.people.slice(0, OPEN).flatMap((person) => answer(entry, person)));
    const folded = entry.people.slice(OPEN);
    if (folded.length) {
      const rest = entry.more ? [make("p", { class: "quiet" }, `and ${entry.more} more: predictions.csv has them`)] : [];
      parts.push(make("details", {}, make("summary", {}, `${folded.length + entry.more} more: ${folded.map(short).join(", ")}`),
        ...folded.flatMap((person) => answer(entry, person)), ...rest));
    }
    parts.push(links(entry));
    return make("li", { tabindex: "-1", "aria-label": `${entry.name}: ${said(entry)}` }, ...parts);
  }

  function facts(entry) {
    const people = entry.people.length + entry.more;
    const found = people ? counted(people, "person", "people") : "no face";
    return isVideo(entry) ? `${counted(entry.frames, "frame", "frames")}, ${entry.seconds} s, ${found}` : found;
  }

  function short(person) {
    return person.best === undefined ? `#${person.id}` : `#${person.id} ${data.classes[person.best]} ${percent(person.confidence)}`;
  }

  function said(entry) {
    const person = lead(entry);
    if (!person) return entry.error ? "could not be read" : "no face";
    if (person.best === undefined) return facts(entry);
    return `${data.classes[person.best]} ${percent(person.confidence)}`;
  }

  function picture(entry) {
    if (entry.still) {
      return make("img", { class: "still", src: `data:image/webp;base64,${entry.still}`, alt: `${entry.name}, ${said(entry)}`,
        loading: "lazy", decoding: "async" });
    }
    return entry.size ? sketch(entry) : make("p", { class: "quiet" }, "no picture");
  }

  // Where faces are in the picture, without it.
  function sketch(entry) {
    const [width, height] = entry.size;
    const letters = Math.max(width, height) / 14;
    const boxes = entry.people.filter((person) => person.box).flatMap((person) => {
      const [left, top, right, bottom] = person.box;
      const colour = person.best === undefined ? "#ffffff" : data.colours[person.best];
      return [
        draw("rect", { x: left, y: top, width: right - left, height: bottom - top, fill: "none", stroke: colour,
          "stroke-width": letters / 8 }),
        draw("text", { x: left + letters / 5, y: top + letters, fill: "#ffffff", "font-size": letters }, `#${person.id}`),
      ];
    });
    return draw("svg", { class: "sketch", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `where faces are in ${entry.name}` },
      draw("rect", { x: 0, y: 0, width, height, fill: "#2c2c32" }), ...boxes);
  }

  function answer(entry, person) {
    const found = [];
    const whose = `#${person.id}` + (isVideo(entry) ? `, ${counted(person.faces, "frame", "frames")}` : "");
    if (person.classes) {
      const rows = person.classes.map(([index, permille]) => make("tr", { class: index === person.best ? "best" : null },
        make("th", { scope: "row", title: data.classes[index] }, data.classes[index]), make("td", {}, bar(permille, data.colours[index])),
        make("td", { class: "number" }, percent(permille))));
      const best = `${data.classes[person.best]} ${percent(person.confidence)}`;
      found.push(make("table", {}, make("caption", {}, `${whose}: ${best}`), make("tbody", {}, ...rows)));
    } else {
      found.push(make("p", {}, make("strong", {}, whose)));
    }
    if (person.values) found.push(dimensions(person.values));
    if (person.units) {
      const present = person.units.map((index) => data.units[index]).join(", ");
      found.push(make("p", {}, present ? `action units ${present}` : "no action unit"));
    }
    if (person.line) found.push(line(person));
    return found;
  }

  function bar(permille, colour) {
    return draw("svg", { class: "bar", viewBox: "0 0 1000 10", preserveAspectRatio: "none", "aria-hidden": "true" },
      draw("rect", { class: "track", x: 0, y: 0, width: 1000, height: 10 }),
      draw("rect", { class: "value", x: 0, y: 0, width: permille, height: 10, fill: colour }));
  }

  function dimensions(values) {
    const names = data.values.map((name, index) => `${name} ${signed(values[index])}`);
    if (values.length !== 2) return make("p", {}, names.join(", "));
    const plane = draw("svg", { class: "plane", viewBox: "-1.1 -1.1 2.2 2.2", "aria-hidden": "true" },
      draw("rect", { class: "track", x: -1, y: -1, width: 2, height: 2 }),
      draw("line", { x1: -1, x2: 1, y1: 0, y2: 0, "stroke-width": 0.03 }), draw("line", { x1: 0, x2: 0, y1: -1, y2: 1, "stroke-width": 0.03 }),
      draw("circle", { cx: values[0], cy: -values[1], r: 0.12 }));
    return make("div", { class: "dimensions" }, plane, make("span", {}, names.join(", ")));
  }

  // The likeliest class from the first frame to the last, as high as it is likely.
  function line(person) {
    const [best, permille] = person.line;
    const parts = best.map((index, at) => index < 0 ? null
      : draw("rect", { x: at, y: 1000 - permille[at], width: 1.03, height: permille[at], fill: data.colours[index] }));
    const shares = new Map();
    for (const index of best) if (index >= 0) shares.set(index, (shares.get(index) ?? 0) + 1);
    const ordered = [...shares].sort((a, b) => b[1] - a[1]).slice(0, 3);
    const words = ordered.map(([index, count]) => `${data.classes[index]} ${percent(1000 * count / best.length)} of the time`);
    return draw("svg", { class: "line", viewBox: `0 0 ${best.length} 1000`, preserveAspectRatio: "none", role: "img",
      "aria-label": `#${person.id} over time: ${words.join(", ")}` },
      draw("title", {}, words.join(", ")), draw("rect", { class: "track", x: 0, y: 0, width: best.length, height: 1000 }), ...parts.filter(Boolean));
  }

  function links(entry) {
    const found = [];
    if (entry.annotated) {
      found.push(make("a", { href: entry.annotated, class: "open" }, isVideo(entry) ? "annotated video" : "annotated picture"));
    }
    entry.timelines.forEach((path, index) => {
      found.push(document.createTextNode(found.length ? " · " : ""));
      found.push(make("a", { href: path }, index ? `timeline ${index + 1}` : "timeline"));
    });
    return make("p", {}, ...found);
  }

  // The page.

  function show() {
    const found = chosen();
    state.first = Math.max(0, Math.min(state.first, Math.floor((found.length - 1) / state.size) * state.size));
    const shown = found.slice(state.first, state.first + state.size);
    list.replaceChildren(...shown.map(card));
    if (list.firstChild) list.firstChild.tabIndex = 0;
    document.getElementById("count").textContent = found.length === data.entries.length
      ? counted(found.length, "entry", "entries") : `${found.length.toLocaleString("en")} of ${counted(data.entries.length, "entry", "entries")}`;
    const last = state.first + shown.length;
    document.getElementById("place").textContent = shown.length ? `${state.first + 1} to ${last} of ${found.length}` : "none";
    document.getElementById("back").disabled = state.first === 0;
    document.getElementById("next").disabled = last >= found.length;
  }

  function change(key, value) {
    state[key] = value;
    state.first = 0;
    show();
  }

  function control(label, element, key, read) {
    element.addEventListener("input", () => change(key, read(element)));
    return make("label", {}, label, element);
  }

  function select(pairs, chosen) {
    return make("select", {}, ...pairs.map(([value, text]) => make("option", { value, selected: value === chosen ? "" : null }, text)));
  }

  function controls() {
    const form = document.getElementById("controls");
    const text = (element) => element.value;
    const number = (fallback) => (element) => (element.value === "" ? fallback : Number(element.value));
    const limit = (value) => make("input", { type: "number", min: 0, max: 100, value });
    form.append(control("Name", make("input", { type: "search" }), "name", (element) => element.value.toLowerCase()));
    const kinds = [["all", "all"], ["video", "videos"], ["picture", "pictures"], ["none", "without a face"], ["error", "not read whole"]];
    form.append(control("Kind", select(kinds, "all"), "kind", text));
    if (data.classes.length) {
      const classes = data.classes.map((name, index) => [String(index), name]);
      form.append(control("Class", select([["all", "all"], ...classes], "all"), "best", text));
      form.append(control("Confidence from (%)", limit(0), "least", number(0)), control("to (%)", limit(100), "most", number(100)));
    }
    const usable = Object.entries(orders).filter(([key]) => data.classes.length || !["sure", "unsure", "best"].includes(key));
    form.append(control("Order", select(usable.map(([key, [name]]) => [key, name]), "name"), "order", text));
    const sizes = [["48", "48"], ["200", "200"], ["100000", "all"]];
    form.append(control("On a page", select(sizes, "48"), "size", (element) => Number(element.value)));
    form.addEventListener("submit", (event) => event.preventDefault());
  }

  function totals() {
    const section = document.getElementById("totals");
    const people = data.entries.flatMap((entry) => entry.people).filter((person) => person.best !== undefined);
    if (!people.length) return void section.parentElement.remove();
    const counts = data.classes.map((_, index) => people.filter((person) => person.best === index).length);
    const rows = counts.map((count, index) => make("tr", {}, make("th", { scope: "row" }, data.classes[index]),
      make("td", {}, bar(1000 * count / Math.max(...counts), data.colours[index])), make("td", { class: "number" }, count.toLocaleString("en"))));
    section.append(make("table", {}, make("tbody", {}, ...rows)));
  }

  // Arrows go from card to card, Enter opens what was drawn.
  function keyed(event) {
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
    if (event.target.parentElement !== list) return;
    const cards = [...list.children];
    const at = cards.indexOf(event.target);
    const goal = event.key === "Home" ? cards[0] : event.key === "End" ? cards.at(-1) : cards[at + (steps[event.key] ?? 0)];
    if (event.key === "Enter") event.target.querySelector("a.open")?.click();
    if (!goal || goal === event.target) return;
    event.preventDefault();
    event.target.tabIndex = -1;
    goal.tabIndex = 0;
    goal.focus();
  }

  function toggleTheme() {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  }

  controls();
  totals();
  show();
  list.addEventListener("keydown", keyed);
  document.getElementById("theme").addEventListener("click", toggleTheme);
  document.getElementById("back").addEventListener("click", () => { state.first -= state.size; show(); });
  document.getElementById("next").addEventListener("click", () => { state.first += state.size; show(); });
})();
