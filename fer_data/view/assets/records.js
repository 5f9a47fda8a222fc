"use strict";
// Lists of many records: search, filters, sorting, a page of them at a time. `fer.records` has each by its name.
(() => {
  fer.records = new Map();

  class Records {
    constructor(element) {
      this.name = element.id;
      Object.assign(this, fer.read(element.dataset.records));
      this.filters = new Map();
      this.sought = "";
      this.sort = null;
      this.first = 0;
      this.controls = fer.make("div", { class: "controls" });
      this.count = fer.make("p", { class: "quiet", role: "status" });
      this.clear = fer.make("button", { type: "button" }, "Show all");
      this.clear.addEventListener("click", () => this.go(new URLSearchParams()));
      // Roles are said, since cards on a telephone are no table to a browser.
      this.body = fer.make("tbody", { role: "rowgroup" });
      const table = fer.make("table", { role: "table" }, fer.make("thead", { role: "rowgroup" }, this.headings()), this.body);
      this.pager = this.makePager();
      element.append(this.controls, fer.make("div", { class: "told-of" }, this.count, this.clear), fer.make("div", { class: "wide" }, table), this.pager);
      this.makeControls();
      this.show();
      fer.onRoute(this.name, (filters) => this.go(filters));
    }

    headings() {
      const row = fer.make("tr", { role: "row" });
      this.columns.forEach((column, index) => {
        const button = fer.make("button", { type: "button" }, column.title);
        button.addEventListener("click", () => this.sortBy(index));
        row.append(fer.make("th", { scope: "col", role: "columnheader", class: column.kind === "number" ? "number" : null }, button));
      });
      this.headingRow = row;
      return row;
    }

    makeControls() {
      this.search = fer.make("input", { type: "search" });
      this.search.addEventListener("input", () => { this.sought = this.search.value.toLowerCase(); this.first = 0; this.show(); });
      this.controls.append(fer.make("label", {}, "Search", this.search));
      this.columns.forEach((column, index) => {
        if (column.kind !== "choice") return;
        const values = [...new Set(this.rows.map((row) => row[index] ?? ""))].sort((a, b) => String(a).localeCompare(b, "en", { numeric: true }));
        const select = fer.make("select", { "data-key": column.key }, fer.make("option", { value: "\u0000" }, "all"));
        for (const value of values) select.append(fer.make("option", { value }, value === "" ? "none" : value));
        select.addEventListener("change", () => this.filter(column.key, select.value === "\u0000" ? null : select.value));
        this.controls.append(fer.make("label", {}, column.title, select));
      });
      this.controls.append(this.makeSorting());
    }

    // Cards have no headings to press: a list sorts them.
    makeSorting() {
      this.sorting = fer.make("select", {}, fer.make("option", { value: "" }, "as listed"));
      this.columns.forEach((column, index) => {
        const [up, down] = column.kind === "number" ? ["lowest first", "highest first"] : ["A to Z", "Z to A"];
        this.sorting.append(fer.make("option", { value: `${index} up` }, `${column.title}, ${up}`),
          fer.make("option", { value: `${index} down` }, `${column.title}, ${down}`));
      });
      this.sorting.addEventListener("change", () => {
        const [index, way] = this.sorting.value.split(" ");
        this.sortAs(index === "" ? null : { index: Number(index), down: way === "down" });
      });
      return fer.make("label", { class: "sorting" }, "Sort", this.sorting);
    }

    makePager() {
      const button = (text, step) => {
        const made = fer.make("button", { type: "button" }, text);
        made.addEventListener("click", () => { this.first += step * this.shown; this.show(); });
        return made;
      };
      this.back = button("Back", -1);
      this.on = button("Next", 1);
      this.place = fer.make("span");
      return fer.make("div", { class: "pager" }, this.back, this.place, this.on);
    }

    go(filters) {
      this.sought = (filters.get("q") ?? "").toLowerCase();
      this.search.value = filters.get("q") ?? "";
      this.filters = new Map([...filters].filter(([key]) => this.columns.some((column) => column.key === key)));
      for (const select of this.controls.querySelectorAll("select[data-key]")) {
        select.value = this.filters.has(select.dataset.key) ? this.filters.get(select.dataset.key) : "\u0000";
      }
      this.first = 0;
      this.show();
    }

    filter(key, value) {
      if (value === null) this.filters.delete(key); else this.filters.set(key, value);
      this.first = 0;
      this.show();
    }

    sortBy(index) {
      const down = this.sort?.index === index ? !this.sort.down : this.columns[index].kind === "number";
      this.sortAs({ index, down });
    }

    sortAs(sort) {
      this.sort = sort;
      this.first = 0;
      this.show();
    }

    text(row, index) {
      const value = row[index];
      return String(Array.isArray(value) ? value[0] : value ?? "");
    }

    chosen() {
      const wanted = [...this.filters].map(([key, value]) => [this.columns.findIndex((column) => column.key === key), value]);
      const found = this.rows.filter((row) =>
        wanted.every(([index, value]) => this.text(row, index) === value)
        && (!this.sought || row.some((_, index) => this.text(row, index).toLowerCase().includes(this.sought))));
      if (this.sort) {
        const { index, down } = this.sort;
        const sign = down ? -1 : 1;
        const empty = (row) => row[index] === null || row[index] === undefined;
        found.sort((a, b) => empty(a) - empty(b) || sign * this.compare(a, b, index));
      }
      return found;
    }

    compare(first, second, index) {
      if (this.columns[index].kind === "number") return first[index] - second[index];
      return this.text(first, index).localeCompare(this.text(second, index), "en", { numeric: true });
    }

    show() {
      const found = this.chosen();
      const shown = found.slice(this.first, this.first + this.shown);
      this.body.replaceChildren(...shown.map((row) => this.row(row)));
      this.tell(found.length);
      this.back.disabled = this.first === 0;
      this.on.disabled = this.first + this.shown >= found.length;
      this.place.textContent = `${Math.min(this.first + 1, found.length)} to ${this.first + shown.length}`;
      this.pager.hidden = found.length <= this.shown;
      [...this.headingRow.cells].forEach((cell, index) => {
        if (this.sort?.index === index) cell.setAttribute("aria-sort", this.sort.down ? "descending" : "ascending");
        else cell.removeAttribute("aria-sort");
      });
      this.sorting.value = this.sort ? `${this.sort.index} ${this.sort.down ? "down" : "up"}` : "";
    }

    // How many there are, and which filters are on: a link may have set them.
    tell(found) {
      const filters = [...this.filters].map(([key, value]) => `${this.columns.find((column) => column.key === key).title}: ${value || "none"}`);
      if (this.sought) filters.push(`with \u201c${this.search.value}\u201d`);
      const all = fer.counted(this.rows.length, "record");
      this.count.textContent = filters.length ? `${fer.number(found)} of ${all}; ${filters.join("; ")}` : all;
      this.count.classList.toggle("filtered", filters.length > 0);
      this.clear.hidden = !filters.length;
      for (const select of this.controls.querySelectorAll("select[data-key]")) select.classList.toggle("set", this.filters.has(select.dataset.key));
      this.search.classList.toggle("set", this.sought !== "");
    }

    row(values) {
      const cells = this.columns.map((column, index) => fer.make("td", { role: "cell", "data-label": column.title,
        class: [column.kind === "number" && "number", (values[index] ?? "") === "" && "empty"].filter(Boolean).join(" ") || null }, this.shownAs(column, values[index])));
      return fer.make("tr", { role: "row" }, ...cells);
    }

    shownAs(column, value) {
      if (column.kind === "number") return fer.number(value, column.digits);
      return column.kind === "link" && value ? fer.link(value[0], value[1]) : value ?? "–";
    }
  }

  for (const element of document.querySelectorAll("[data-records]")) fer.records.set(element.id, new Records(element));
})();
