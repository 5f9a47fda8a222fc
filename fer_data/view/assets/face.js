"use strict";
// The dialog of one row: its picture with box and landmarks, the frame it is of, and all that is known of it.
(() => {
  if (!fer.rows) return;
  const { data, value, answer, label, frame, shown, svg, element } = fer.rows;
  const QUALITY = {
    detector_score: "detector score", sharpness: "sharpness", brightness: "brightness", face_blur: "blur of the face",
    face_brightness: "brightness of the face", face_contrast: "contrast of the face", outside_fraction: "share outside the frame", native_px: "pixels of the source across",
  };
  const LABELS = {
    expression_given: "as given", label_rule: "rule", label_source: "labelled", label_scope: "label of a", segment_id: "segment",
    expression_agreement: "agreement of raters", raters: "raters", valence: "valence", arousal: "arousal",
  };
  const DRAWN = "overlay";
  const ROW = "#rows?row=";
  let directory = null;

  // A word that a shell takes as it is.
  const quoted = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\"'\"'")}'`);

  function terms(title, pairs) {
    const known = pairs.filter(([, one]) => one !== null && one !== undefined && one !== "");
    if (!known.length) return "";
    const list = fer.make("dl");
    for (const [term, one] of known) list.append(fer.make("dt", {}, term), fer.make("dd", {}, typeof one === "number" ? fer.number(one) : one));
    return fer.make("section", {}, fer.make("h4", {}, title), list);
  }

  const named = (row, names) => Object.entries(names).map(([name, title]) => [title, value(row, name)]);
  const list = (values, digits = 1) => values?.map((one) => (Array.isArray(one) ? `(${list(one, digits)})` : fer.number(one, digits))).join(", ");

  // Votes or probabilities as small bars, with their numbers.
  function bars(pairs) {
    const most = Math.max(...pairs.map(([, one]) => one), Number.EPSILON);
    return fer.make("ul", { class: "bars" }, ...pairs.map(([name, one]) => fer.make("li", {},
      fer.make("span", {}, name), fer.make("meter", { min: 0, max: most, value: one, "aria-label": name }), fer.make("span", { class: "number" }, fer.number(one)))));
  }

  function units(row) {
    const known = value(row, "action_units");
    if (!known) return null;
    const strong = value(row, "action_unit_intensity") ?? {};
    const present = Object.entries(known).filter(([, one]) => one === 1).map(([name]) => (name in strong ? `${name} (${fer.number(strong[name])})` : name));
    return `${present.join(", ") || "none present"}; ${Object.keys(known).length} annotated`;
  }

  function labels(row) {
    const votes = value(row, "expression_votes");
    const classes = data.names.expression;
    return [
      terms("Labels", [["class", value(row, "expression") ?? "none"], ...named(row, LABELS), ["action units", units(row)],
        ["no face, said raters", value(row, "votes_no_face")], ["another class, said raters", value(row, "votes_outside")]]),
      votes && data.classes ? fer.make("section", {}, fer.make("h4", {}, "Votes"), bars(votes.map((one, index) => [data.classes[index] ?? classes[index], one]))) : "",
    ];
  }

  function predictions(row) {
    const told = answer(row);
    const others = Object.entries(data.answers).filter(([task, one]) => task !== "expression" && one.rows[row]).map(([task, one]) => [
      task.replaceAll("_", " "), one.names.map((name, index) => [name, one.rows[row][index]]).filter(([, x]) => x !== null).map(([name, x]) => `${name} ${fer.number(x, 2)}`).join(", ")]);
    const pairs = told ? [["answer", told.name], ["probability of the answer", told.confidence], ["probability of the label", told.right],
      ["loss", data.orders.loss?.[row]], ["comes from", told.source === "model" ? null : told.source.replaceAll("_", " ")]] : [];
    const px = Object.values(data.answers)[0]?.resolution;
    return terms(`Predictions${px ? ` at ${px} px` : ""}`, [...pairs, ...others]);
  }

  // The timeline of a row's video: its place in the directory, with name and source; null where it has none.
  function timelineOf(row) {
    directory ??= document.getElementById("timelines-directory") ? fer.read("timelines-directory") : { videos: [] };
    const own = directory.videos.map((key, index) => [index, ...key]).filter(([, name]) => name === value(row, "video_id"));
    return own.find(([, , source]) => source === value(row, "corpus")) ?? (own.length === 1 ? own[0] : null);
  }

  function timelineLink(row) {
    const found = timelineOf(row);
    const index = value(row, "frame_index");
    if (!found || index === null) return null;
    const query = new URLSearchParams({ video: found[1], ...(found[2] ? { source: found[2] } : {}), frame: index });
    return fer.make("a", { href: `#timelines?${query}` }, `at frame ${index}`);
  }

  // Why the label is on the list of labels to look at, and what to do about a wrong one.
  function doubts(row) {
    const found = timelineOf(row);
    const [person, index] = [value(row, "subject_id"), value(row, "frame_index")];
    const marks = found ? fer.read(`timeline-${found[0]}`).marks : [];
    const own = marks.filter((one) => one.person === person && one.first <= index && index <= one.last);
    if (!own.length) return "";
    const told = own.map((one) => fer.make("p", {}, `${one.label}, ${one.first === one.last ? `frame ${one.first}` : `frames ${one.first} to ${one.last}`}: ${one.why}.`));
    return fer.make("section", {}, fer.make("h4", {}, "Why its label is to be looked at"), ...told);
  }

  function remedy(row) {
    const text = data.about[data.part[row]]?.correct;
    if (!text || value(row, "expression") === null) return "";
    const told = value(row, "split") === "test" ? "It is a row of test: its label is never corrected."
      : text.replace("{file}", `${value(row, "subject_id") ?? "SUBJECT"}.txt`).replace("{line}", String((value(row, "frame_index") ?? 0) + 2));
    return fer.make("section", {}, fer.make("h4", {}, "If its label is wrong"), fer.make("p", { class: "quiet" }, told));
  }

  function place(row) {
    const index = value(row, "frame_index");
    return terms("Where it is", [
      ["video", value(row, "video_id")], ["timeline", timelineLink(row)], ["person", value(row, "person_id") ?? value(row, "subject_id")],
      ["frame", index === null ? null : String(index)],
      ["time", value(row, "pts_seconds") === null ? null : `${fer.number(value(row, "pts_seconds"), 3)} s`],
      ["split", value(row, "split")], ["state", value(row, "state")?.replaceAll("_", " ")], ["corpus", value(row, "corpus")],
      ["track", value(row, "track_id") === null ? null : String(value(row, "track_id"))],
      ["box", list(value(row, "box"))], ["landmarks", list(value(row, "landmarks"))],
    ]);
  }

  function provenance(row) {
    const copied = value(row, "augmentation");
    const about = data.about[data.part[row]];
    const group = value(row, "duplicate_group");
    const made = copied ? [["made of", value(row, "parent_id")], ["seed", copied.seed === undefined ? null : String(copied.seed)],
      ["encoder", copied.encoder ? `${copied.encoder}${copied.quality === undefined ? "" : ` of quality ${copied.quality}`}` : null], ["library", copied.library], ["record", copied.unread]] : [];
    return [
      terms("Where it comes from", [...about.lines, ["near-duplicates", group === null ? null : `group ${group}`], ...made]),
      copied?.operations.length ? fer.make("section", {}, fer.make("h4", {}, "What was done, in order"),
        fer.make("ol", {}, ...copied.operations.map(([name, params]) => fer.make("li", {}, name, params ? fer.make("span", { class: "quiet" }, ` ${params}`) : "")))) : "",
    ];
  }

  // What to type to look further, or to settle it.
  function commands(row) {
    const about = data.about[data.part[row]];
    const found = [];
    if (value(row, "augmentation") && about.dataset) found.push(["made again, and compared", `fer-data replay ${about.dataset} ${quoted(value(row, "row_id"))}`]);
    if (value(row, "track_id") !== null && value(row, "video_id")) found.push(["another person? see the tracks, then say which", `fer-data decide ${quoted(value(row, "video_id"))}`]);
    if (data.faults?.[row]?.includes("damaged")) found.push(["what is damaged", `fer-data verify ${about.dataset ?? quoted(about.title)}`]);
    if (!found.length) return "";
    const made = fer.make("section", {}, fer.make("h4", {}, "What to type"));
    for (const [why, line] of found) made.append(fer.make("p", { class: "quiet" }, why), fer.make("code", { class: "type" }, line));
    return made;
  }

  function overlay(row) {
    const drawn = data.places[row];
    if (!drawn) return "";
    const outline = (drawn.box ?? []).map((one) => one.join(",")).join(" ");
    return svg("svg", { viewBox: "0 0 1 1", class: "over", "aria-hidden": "true" },
      svg("polygon", { points: outline, class: "box" }), ...(drawn.landmarks ?? []).map(([cx, cy]) => svg("circle", { cx, cy, r: 0.012, class: "landmark" })));
  }

  function crop(row, caption) {
    const drawn = fer.make("div", { class: "crop" }, shown(row, label(row)), overlay(row));
    return fer.make("figure", {}, drawn, fer.make("figcaption", {}, caption));
  }

  function pictures(row) {
    const made = fer.make("div", { class: "pictures" });
    const parent = data.columns.parent_id ? data.columns.row_id.indexOf(value(row, "parent_id")) : -1;
    if (element.dataset.faces) {
      made.append(crop(row, parent >= 0 ? "this copy" : data.faults[row] ? "no picture" : "the crop"));
      if (parent >= 0) made.append(crop(parent, `its original, ${value(parent, "row_id")}`));
    }
    const known = data.frames[value(row, "video_id")];
    // Beside a face a frame of unknown size says nothing; without one it is all there is to see.
    const drawn = known || !element.dataset.faces ? frame(row) : null;
    if (drawn) {
      const text = known ? `the frame, ${known[0]} × ${known[1]} px` : "the frame as far as boxes of its video reach: name data/catalog as well to have its size";
      made.append(fer.make("figure", { class: "whole" }, drawn, fer.make("figcaption", {}, text)));
    }
    return made;
  }

  class Face {
    constructor() {
      this.title = fer.make("h3", { id: "face-title", tabindex: -1 });
      this.place = fer.make("span", { class: "quiet" });
      this.body = fer.make("div", { class: "facts" });
      const button = (text, act) => { const made = fer.make("button", { type: "button" }, text); made.addEventListener("click", act); return made; };
      this.back = button("← Previous", () => this.step(-1));
      this.on = button("Next →", () => this.step(1));
      const bar = fer.make("div", { class: "bar" }, this.title, this.place, this.back, this.on, button("Close", () => this.dialog.close()));
      const licence = document.querySelector(".licence.every") ?? document.querySelector(".licence");
      const note = licence ? fer.make("p", { class: "licence", role: "note" }, licence.textContent) : "";
      this.dialog = fer.make("dialog", { class: "face", "aria-labelledby": "face-title" }, bar, note, this.body);
      this.dialog.addEventListener("close", () => this.closed());
      this.body.addEventListener("click", (event) => { if (event.target.matches("a")) this.leave(event); });
      this.dialog.addEventListener("keydown", (event) => this.key(event));
      this.dialog.addEventListener("click", (event) => { if (event.target === this.dialog) this.dialog.close(); });
      document.body.append(this.dialog);
    }

    // Opened from somewhere else than a tile, that has the focus again afterwards, at the place of then.
    open(row, among, opener = null) {
      this.among = among.includes(row) ? among : [row];
      this.at = this.among.indexOf(row);
      if (!this.dialog.open) this.remember(opener);
      this.show();
      if (!this.dialog.open) this.dialog.showModal();
      this.title.focus();
    }

    remember(opener) {
      this.opener = opener;
      this.top = opener?.getBoundingClientRect().top; // charts above may still be drawn, and move it
      const own = location.hash.includes("row=") ? "" : location.hash;
      this.address = own || (opener ? location.pathname + location.search : "#rows");
    }

    step(by) {
      const to = this.at + by;
      if (to < 0 || to >= this.among.length) return;
      this.at = to;
      this.show();
    }

    key(event) {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (by === undefined || event.target.matches("input, select")) return;
      event.preventDefault();
      this.step(by);
    }

    show() {
      const row = this.among[this.at];
      this.title.textContent = label(row);
      this.place.textContent = `${this.at + 1} of ${this.among.length}`;
      this.back.disabled = this.at === 0;
      this.on.disabled = this.at === this.among.length - 1;
      const left = fer.make("div", {}, pictures(row), data.places[row] && element.dataset.faces ? this.toggle() : "");
      const counted = value(row, "frame_index") === null ? "" : " (frames are counted from 0; a row's id ends in frame + 1)";
      const row_id = fer.make("p", { class: "quiet" }, "row ", fer.make("code", {}, value(row, "row_id")), counted);
      const right = fer.make("div", {}, row_id, doubts(row), ...labels(row), remedy(row), predictions(row), place(row), terms("Quality", named(row, QUALITY)), ...provenance(row), commands(row));
      this.body.replaceChildren(left, right);
      history.replaceState(null, "", `#rows?${new URLSearchParams({ row: value(row, "row_id") })}`);
    }

    toggle() {
      const box = fer.make("input", { type: "checkbox" });
      box.checked = this.dialog.dataset[DRAWN] !== "off";
      box.addEventListener("change", () => { this.dialog.dataset[DRAWN] = box.checked ? "on" : "off"; });
      return fer.make("label", { class: "toggle" }, box, "Box and landmarks");
    }

    // A link leads to another section: the dialog makes way for it.
    leave(event) {
      event.preventDefault();
      this.leaving = event.target.getAttribute("href");
      this.dialog.close();
    }

    closed() {
      if (this.leaving) {
        location.hash = this.leaving.slice(1);
        this.leaving = null;
        return;
      }
      history.replaceState(null, "", this.address);
      if (!this.opener) { fer.rows.sheets.focus(this.among[this.at]); return; }
      this.opener.focus({ preventScroll: true });
      window.scrollBy(0, this.opener.getBoundingClientRect().top - this.top);
    }
  }

  const rowOf = (address) => {
    const id = String(address).startsWith(ROW) ? new URLSearchParams(address.slice(address.indexOf("?"))).get("row") : null;
    return id === null ? -1 : data.columns.row_id.indexOf(id);
  };

  // The rows of the list that a link stands in, as it is filtered and sorted; without a list that row alone.
  function listed(link) {
    const list = fer.records.get(link.closest("[data-records]")?.id);
    const addresses = list ? list.chosen().flatMap((row) => row.filter(Array.isArray).map((cell) => cell[1])) : [link.getAttribute("href")];
    return [...new Set(addresses.map(rowOf).filter((row) => row >= 0))];
  }

  // A link to a row opens its dialog where the reader is; what the page lacks section `rows` tells.
  document.addEventListener("click", (event) => {
    const link = event.target.closest(`a[href^="${ROW}"]`);
    if (!link || link.closest("dialog") || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const row = rowOf(link.getAttribute("href"));
    if (row < 0) return;
    event.preventDefault();
    fer.face.open(row, listed(link), link);
  });

  fer.face = new Face();
})();
