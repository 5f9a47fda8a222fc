// What DVC's page calls for each plot. Its templates state an older Vega-Lite, which newer scripts draw and warn of.
async function drawn(place, {$schema, ...spec}) {
    const result = await vegaEmbed(place, spec, {mode: "vega-lite", renderer: "canvas", logLevel: 1});
    const figure = document.querySelector(place);
    figure.tabIndex = 0; // a plot wider than the screen scrolls by keyboard, too
    figure.setAttribute("role", "group");
    figure.setAttribute("aria-label", spec.title?.text || "Plot");
    figure.querySelector("summary")?.setAttribute("aria-label", "Save or open this plot");
    return result;
}

window.vegaEmbed = drawn;
