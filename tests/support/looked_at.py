"""What axe-core looks at of a page, as it takes milliseconds a text: scripts that mark elements for it.

Which faults are still found, `tests/test_serious_faults.py` says.
"""

__all__ = ["EACH_CONTRAST", "FEW_ALIKE"]

FEW_ALIKE = """() => {
  // Texts and numbers differ from row to row; whatever else differs, as a class or a style does, is looked at.
  const own = new Set(["href", "id", "src", "title", "alt", "value", "aria-label", "data-value", "d", "transform",
    "x", "y", "x1", "x2", "y1", "y2", "width", "height"]);
  const kinds = new Map(); // a number for each, as the texts of what is inside would grow with every fold
  const number = (said) => kinds.get(said) ?? (kinds.set(said, kinds.size), kinds.size - 1);
  const put = (groups, key, one) => groups.set(key, [...groups.get(key) ?? [], one]);
  const kind = (one) => {
    const groups = new Map();
    const said = [...one.attributes].map(({name, value}) => [name, own.has(name) ? value.trim() !== "" : value]);
    const inner = [...one.childNodes].map((node) => {
      if (node.nodeType !== Node.ELEMENT_NODE) return node.nodeType === Node.TEXT_NODE && node.data.trim() !== "";
      const found = kind(node);
      put(groups, found, node);
      return found;
    });
    for (const alike of groups.values()) for (const more of alike.slice(2, -1)) more.dataset.alike = "";
    return number(JSON.stringify([one.localName, said.sort(), inner]));
  };
  kind(document.body);
}"""
"""Marks siblings with `data-alike` that differ in texts and numbers alone, but for the first two and the last."""

EACH_CONTRAST = r"""(within) => {
  const numbers = new Map();
  const number = (said) => numbers.get(said) ?? (numbers.set(said, numbers.size + 1), numbers.size);
  const adds = (one, part) => !["none", "normal"].includes(getComputedStyle(one, part).content);
  const grounds = new Map([[null, 0]]); // a number for all that lies behind and over an element's texts
  let places = 0; // what is taken out of the flow may lie over anything, and is like nothing else
  const ground = (one) => {
    if (grounds.has(one)) return grounds.get(one);
    const parent = ground(one.parentElement);
    const style = getComputedStyle(one);
    const said = [style.backgroundColor, style.backgroundImage, style.opacity, style.filter, style.mixBlendMode,
      style.clipPath, one.matches(":disabled, [aria-disabled=true], [inert]"), adds(one, "::before"),
      adds(one, "::after"), ["static", "relative"].includes(style.position) ? "" : places += 1].join("|");
    const nothing = "rgba(0, 0, 0, 0)|none|1|none|normal|none|false|false|false|";
    grounds.set(one, said === nothing ? parent : number(`${parent} ${said}`));
    return grounds.get(one);
  };
  const kinds = new Map();
  for (const one of document.querySelectorAll(within?.map((part) => `${part}, ${part} *`).join() ?? "body, body *")) {
    const texts = [...one.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data);
    const text = texts.join("").trim() || one.value || one.placeholder;
    if (!text || !one.checkVisibility({visibilityProperty: true})) continue;
    const style = getComputedStyle(one);
    const box = one.getBoundingClientRect();
    const said = [ground(one), one.localName, style.color, style.fontSize, style.fontWeight, style.textShadow,
      /[\p{L}\p{N}].*[\p{L}\p{N}]/su.test(text), box.width > 2 && box.height > 2].join("|");
    kinds.set(said, [...kinds.get(said) ?? [], one]);
  }
  for (const alike of kinds.values()) {
    for (const one of [...alike.slice(0, 2), ...alike.slice(-1)]) one.dataset.contrast = "";
  }
}"""
"""Marks texts with `data-contrast`, of the parts that are given or of the whole page: of those with the same letters
on the same ground the first two and the last.

Letters are alike in colour, size, weight and shadow; a ground is what each element around a text paints.
"""
