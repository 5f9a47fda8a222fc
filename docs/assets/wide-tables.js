// A table that is wider than the page scrolls inside of a frame, which the keyboard must be able to reach.
(() => {
  function reachable() {
    for (const frame of document.querySelectorAll(".md-typeset__scrollwrap")) {
      const wide = frame.scrollWidth > frame.clientWidth;
      frame.toggleAttribute("tabindex", wide);
      if (!wide) continue;
      frame.tabIndex = 0;
      frame.setAttribute("role", "region");
      frame.setAttribute("aria-label", "A wide table");
    }
  }
  window.addEventListener("load", () => requestAnimationFrame(reachable));
  window.addEventListener("resize", reachable);
})();
