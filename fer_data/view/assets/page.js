"use strict";
// What all scripts of the page share. Texts become text nodes or attributes here, never markup.
const fer = {
  listeners: new Map(),
  target: null, // what was gone to, until the reader moves on

  // Makes an element: fer.make("td", {class: "number"}, "12", another element).
  make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
    }
    element.append(...children.map((child) => (child instanceof Node ? child : String(child))));
    return element;
  },

  // Reads the values that `json_block` wrote under a name.
  read(name) {
    return JSON.parse(document.getElementById(name).textContent);
  },

  // Calls back with the filters of an address `#name?key=value&...`, now and whenever it is gone to.
  onRoute(name, callback) {
    fer.listeners.set(name, callback);
    const { anchor, filters } = fer.route();
    if (anchor === name) callback(filters);
  },

  route() {
    const [anchor, query = ""] = location.hash.slice(1).split("?");
    return { anchor, filters: new URLSearchParams(query) };
  },

  // A link within the page; any other address stays a text.
  link(text, address) {
    return String(address).startsWith("#") ? fer.make("a", { href: address }, text) : fer.make("span", {}, text);
  },

  number(value, digits = null) {
    if (value === null || value === undefined) return "–";
    if (digits === null) return value.toLocaleString("en", { maximumFractionDigits: 4 });
    return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  },

  // A number of things in words: "1 row", "2 rows", "2 people".
  counted(count, one, several = `${one}s`) {
    return `${fer.number(count)} ${count === 1 ? one : several}`;
  },

  // Runs a task when the browser has nothing better to do, in the order asked for.
  later(task) {
    (window.requestIdleCallback || window.setTimeout)(task, { timeout: 2000 });
  },

  follow() {
    const { anchor, filters } = fer.route();
    const target = document.getElementById(anchor);
    if (!target) return;
    const listener = fer.listeners.get(anchor);
    if (listener) listener(filters);
    fer.target = target;
    target.scrollIntoView();
    (target.querySelector("[tabindex='-1']") || target).focus({ preventScroll: true });
  },

  // Charts above what was gone to are drawn later and take room: it stays where it is until the reader moves on.
  stay() {
    if (fer.target) fer.target.scrollIntoView();
  },

  // What is gone to stands below the header, of however many lines that is.
  makeRoom() {
    const header = document.querySelector("header");
    const sticks = getComputedStyle(header).position === "sticky";
    document.documentElement.style.scrollPaddingTop = sticks ? `${header.offsetHeight + 8}px` : "0";
  },

  // Calls back when the page is about to be printed: it is light and as wide as paper by then.
  beforePrint(callback) {
    window.addEventListener("beforeprint", callback);
  },

  // Paper is light and narrow, whatever the screen is: charts are drawn anew for it.
  toPaper() {
    const root = document.documentElement;
    fer.theme = root.dataset.theme ?? null;
    root.dataset.theme = "light";
    root.dataset.printing = "";
    fer.loadPictures();
    window.dispatchEvent(new Event("resize")); // Vega fits its charts
  },

  // A picture that waits until it is in sight would be printed as an empty place.
  loadPictures() {
    for (const image of document.querySelectorAll("img[loading=lazy]")) image.loading = "eager";
  },

  fromPaper() {
    const root = document.documentElement;
    if (fer.theme === null) delete root.dataset.theme; else root.dataset.theme = fer.theme;
    delete root.dataset.printing;
    window.dispatchEvent(new Event("resize"));
  },

  toggleTheme() {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  },

  // Lets a heading's button sort the rows of a small table.
  sortable(table) {
    const body = table.tBodies[0];
    [...table.tHead.rows[0].cells].forEach((heading, index) => {
      const button = fer.make("button", { type: "button" }, heading.textContent);
      heading.replaceChildren(button);
      button.addEventListener("click", () => {
        const down = heading.getAttribute("aria-sort") === "ascending";
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        heading.setAttribute("aria-sort", down ? "descending" : "ascending");
        const rows = [...body.rows].sort((a, b) => fer.compareCells(a.cells[index], b.cells[index]));
        body.append(...(down ? rows.reverse() : rows));
      });
    });
  },

  compareCells(first, second) {
    const [a, b] = [first, second].map((cell) => cell.dataset.value);
    if (a && b) return Number(a) - Number(b);
    return first.textContent.localeCompare(second.textContent, "en", { numeric: true });
  },
};

document.getElementById("theme").addEventListener("click", fer.toggleTheme);
document.querySelectorAll("table.numbers").forEach(fer.sortable);
fer.beforePrint(fer.toPaper); // before all that others draw for it
window.addEventListener("afterprint", fer.fromPaper);
window.addEventListener("hashchange", fer.follow);
document.addEventListener("fer-drawn", fer.stay);
for (const moved of ["wheel", "pointerdown", "touchmove", "keydown"]) {
  window.addEventListener(moved, () => { fer.target = null; }, { passive: true, capture: true });
}
new ResizeObserver(fer.makeRoom).observe(document.querySelector("header"));
window.addEventListener("load", () => { fer.later(fer.loadPictures); if (location.hash) fer.follow(); });
