"use strict";
// The confusion matrix: which resolution is shown and what its cells say; arrow keys go from cell to cell.
(() => {
  const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

  function press(button, attribute) {
    for (const other of button.parentElement.querySelectorAll("button")) {
      other.setAttribute("aria-pressed", String(other === button));
    }
    return button.dataset[attribute];
  }

  function wire(matrix) {
    for (const button of matrix.querySelectorAll("button[data-show]")) {
      button.addEventListener("click", () => { matrix.dataset.shown = press(button, "show"); });
    }
    for (const button of matrix.querySelectorAll("button[data-side]")) {
      button.addEventListener("click", () => {
        const side = press(button, "side");
        for (const one of matrix.querySelectorAll(".matrix")) one.hidden = one.dataset.side !== side;
      });
    }
    matrix.querySelectorAll("table").forEach(wireKeys);
  }

  // One cell of a table is in the order of the tab key, so that the keyboard gets past it.
  function wireKeys(table) {
    const links = [...table.querySelectorAll("td a")];
    links.forEach((link, index) => link.setAttribute("tabindex", index ? "-1" : "0"));
    table.addEventListener("keydown", (event) => {
      const step = STEPS[event.key];
      const cell = event.target.closest("td");
      if (!step || !cell) return;
      const next = neighbour(table, cell, step);
      if (!next) return;
      event.preventDefault();
      for (const link of links) link.setAttribute("tabindex", link === next ? "0" : "-1");
      next.focus();
    });
  }

  // The next cell in that direction with a link: cells without rows have none.
  function neighbour(table, cell, [down, right]) {
    let row = cell.parentElement.sectionRowIndex + down;
    let column = cell.cellIndex + right;
    while (table.tBodies[0].rows[row]?.cells[column]) {
      const found = table.tBodies[0].rows[row].cells[column].querySelector("a");
      if (found) return found;
      row += down;
      column += right;
    }
    return null;
  }

  document.querySelectorAll("[data-confusion]").forEach(wire);
})();
