"use strict";
// Draws the charts of the page with Vega, one after another once the page is there, first those that are in sight.
(() => {
  const config = {
    background: null,
    font: "system-ui, sans-serif",
    axis: { labelLimit: 200, titleFontWeight: 500, gridOpacity: 0.5 },
    axisQuantitative: { tickCount: 8 },
    view: { stroke: null },
    // Okabe and Ito's palette, told apart by colour-blind readers, without its black: the page may be dark.
    range: { category: ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#b8a800", "#999999"] },
  };
  // As tables have it: 89.8 %.
  const formatLocale = { decimal: ".", thousands: ",", grouping: [3], currency: ["$", ""], percent: "\u00a0%" };
  const waiting = new Set();

  async function draw(element, name) {
    waiting.delete(element);
    const specs = fer.read(element.dataset.chart);
    const chosen = name ?? Object.keys(specs)[0];
    element.dataset.drawn = chosen;
    const spec = { $schema: "https://vega.github.io/schema/vega-lite/v6.json", ...specs[chosen] };
    // `ast`: expressions are interpreted, so that the page may forbid the making of functions out of text.
    const drawn = await vegaEmbed(element, spec, { actions: false, renderer: "svg", config, formatLocale, ast: true });
    // The drawing is one picture with a name, and its numbers are in a table: its marks are not read out.
    element.querySelector("svg")?.setAttribute("aria-hidden", "true");
    element.style.minHeight = "auto";
    element.dispatchEvent(new CustomEvent("fer-drawn", { bubbles: true, detail: { view: drawn.view, name: chosen } }));
  }

  function press(button) {
    const figure = button.closest("figure");
    for (const other of figure.querySelectorAll("button[data-spec]")) {
      other.setAttribute("aria-pressed", String(other === button));
    }
    draw(figure.querySelector(".drawing"), button.dataset.spec);
  }

  function next() {
    const [element] = waiting;
    if (element) draw(element).then(() => fer.later(next));
  }

  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (isIntersecting && waiting.has(target)) draw(target);
    }
  }, { rootMargin: "300px" });

  for (const element of document.querySelectorAll("[data-chart]")) {
    waiting.add(element);
    seen.observe(element);
  }
  for (const button of document.querySelectorAll("button[data-spec]")) {
    button.addEventListener("click", () => press(button));
  }
  // Drawing waits for nothing but promises, which are kept before the page is printed.
  fer.beforePrint(() => [...waiting].forEach((element) => draw(element)));
  window.addEventListener("load", () => fer.later(next));
})();
