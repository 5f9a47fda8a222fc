"use strict";
// Lanes of a timeline: what one person's lanes are, unpacked from what the page holds, and how each is drawn.
// Canvas and no chart library: a video has up to 30 lanes of 30,000 frames, redrawn at every step of a zoom.
fer.lanes = (() => {
  const PALETTE = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#b8a800", "#999999"];
  const STATE_COLOURS = {
    kept: "#009e73", unlabelled: "#999999", withdrawn: "#999999", low_quality: "#e69f00", redundant: "#56b4e9",
    no_face: "#d55e00", no_frame: "#cc79a7", decode_error: "#b10026", no_video: "#b10026", quarantined: "#b10026",
  };

  const colourOf = (index) => PALETTE[index % PALETTE.length];

  // Black or white, whichever reads better on a colour.
  function ink(colour) {
    const [red, green, blue] = [1, 3, 5].map((at) => (parseInt(colour.slice(at, at + 2), 16) / 255) ** 2.2);
    const light = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    return light > 0.18 ? "#000000" : "#ffffff";
  }

  // Length and value of each run from frame 0 on, as first frame, end and value; what is none is left out.
  function unpackRuns(packed) {
    const flat = Array.isArray(packed) ? packed : packed.runs;
    const spans = [];
    let frame = 0;
    for (let at = 0; at < flat.length; at += 2) {
      if (flat[at + 1] >= 0) spans.push({ first: frame, end: frame + flat[at], value: flat[at + 1] });
      frame += flat[at];
    }
    return { spans, step: Array.isArray(packed) ? 1 : packed.step };
  }

  function sums(steps, scale) {
    let last = 0;
    return steps.map((step) => (step === null ? null : (last += step) / scale));
  }

  function unpackLine(packed, scale, stride) {
    const low = sums(packed.low, scale);
    const high = packed.high ? sums(packed.high, scale) : low;
    return { first: packed.first, every: packed.every, low, high, step: Math.round(packed.every / stride) };
  }

  // Index of the span that holds a frame, or -1.
  function spanAt(spans, frame) {
    let [low, high] = [0, spans.length - 1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (frame < spans[middle].first) high = middle - 1;
      else if (frame >= spans[middle].end) low = middle + 1;
      else return middle;
    }
    return -1;
  }

  function lineAt(line, frame) {
    const at = Math.floor((frame - line.first) / line.every);
    const low = line.low[at];
    if (low === null || low === undefined) return null;
    return [low, line.high[at]];
  }

  // The lanes of one person, from top to bottom.
  function lanesOf(person, directory, marks) {
    const names = directory.classes;
    const classText = (value) => (value < names.length ? names[value] : `${names[value - names.length]} (filled)`);
    const found = [];
    const runs = (key, title, height, text, colour) => {
      if (person[key]) found.push({ kind: "runs", title, height, text, colour, ...unpackRuns(person[key]) });
    };
    const lines = (title, height, range, digits, keys) => {
      const own = keys.filter(([key]) => person[key]).map(([key, name, style]) =>
        ({ name, ...style, ...unpackLine(person[key], directory.scales[key], person.stride) }));
      if (own.length) found.push({ kind: "lines", title, height, digits, lines: own, range: range ?? [0, highest(own)] });
    };
    if (marks.length) found.push(marksLane(marks));
    runs("label", "label", 24, classText, colourOf);
    runs("model", "model", 20, classText, (value) => colourOf(value % names.length));
    runs("smoothed", `smoothed ±${directory.window}`, 20, classText, colourOf);
    lines("model: p(label)", 30, [0, 1], 3, [["label_probability", "probability of the label", { colour: "#d55e00" }]]);
    lines("valence, arousal", 64, [-1, 1], 3, [
      ["valence", "valence", { colour: "#0072b2" }], ["arousal", "arousal", { colour: "#d55e00" }],
      ["model_valence", "model: valence", { colour: "#0072b2", dashed: true }],
      ["model_arousal", "model: arousal", { colour: "#d55e00", dashed: true }],
    ]);
    for (const unit of unitNames(person)) found.push(unitLane(person, unit));
    runs("state", "row state", 16, (value) => directory.states[value], (value) => STATE_COLOURS[directory.states[value]]);
    runs("track", "track", 16, (value) => `track ${value}`, colourOf);
    lines("detector score", 24, [0, 1], 3, [["detector_score", "detector score", { colour: "#0072b2" }]]);
    lines("face blur", 24, null, 4, [["face_blur", "face blur", { colour: "#cc79a7" }]]);
    lines("native px", 24, null, 0, [["native_px", "native px", { colour: "#009e73" }]]);
    return found;
  }

  function highest(lines) {
    let most = 0;
    for (const line of lines) for (const value of line.high) if (value !== null && value > most) most = value;
    return most || 1;
  }

  function marksLane(marks) {
    const spans = marks.map((mark) => ({ first: mark.first, end: mark.last + 1, value: mark })).sort((a, b) => a.first - b.first);
    return { kind: "marks", title: "to look at", height: 12, spans, step: 1, text: (mark) => `${mark.label}: ${mark.why}` };
  }

  function unitNames(person) {
    return [...new Set([...Object.keys(person.units), ...Object.keys(person.model_units ?? {})])].sort();
  }

  function unitLane(person, unit) {
    const label = person.units[unit] ? unpackRuns(person.units[unit]) : { spans: [], step: 1 };
    const model = person.model_units?.[unit] ? unpackRuns(person.model_units[unit]) : null;
    return { kind: "unit", title: unit, height: 11, spans: label.spans, model, step: label.step,
      text: (value) => (value ? "present" : "absent") };
  }

  // What a lane says at a frame, for the reading below the drawing; null where it says nothing.
  function saying(lane, frame) {
    if (lane.kind === "lines") {
      const said = lane.lines.map((line) => [line, lineAt(line, frame)]).filter(([, value]) => value);
      return said.map(([line, [low, high]]) => `${line.name} ${between(low, high, lane.digits)}`).join(", ") || null;
    }
    const at = spanAt(lane.spans, frame);
    const said = at < 0 ? null : lane.text(lane.spans[at].value);
    if (lane.kind !== "unit") return said === null || said.startsWith(lane.title) ? said : `${lane.title} ${said}`;
    const model = lane.model ? spanAt(lane.model.spans, frame) : -1;
    const answer = model >= 0 && lane.model.spans[model].value ? " (model)" : "";
    const present = at >= 0 && lane.spans[at].value ? lane.title : "";
    return present || answer ? `${present || `no ${lane.title}`}${answer}` : null;
  }

  function between(low, high, digits) {
    const text = (value) => fer.number(value, digits);
    return low === high ? text(low) : `${text(low)} to ${text(high)}`;
  }

  // Draws a lane between top and top + height. `plot` has context, left, width, from, to, colours and x(frame).
  function draw(lane, top, plot) {
    if (lane.kind === "lines") drawLines(lane, top, plot);
    else if (lane.kind === "unit") drawUnit(lane, top, plot);
    else drawSpans(lane, top, plot);
  }

  function visible(spans, plot) {
    let first = 0;
    for (let high = spans.length; first < high;) {
      const middle = (first + high) >> 1;
      if (spans[middle].end <= plot.from) first = middle + 1; else high = middle;
    }
    let end = first;
    while (end < spans.length && spans[end].first < plot.to) end += 1;
    return spans.slice(first, end);
  }

  function drawSpans(lane, top, plot) {
    const { context } = plot;
    context.font = "12px system-ui, sans-serif";
    for (const span of visible(lane.spans, plot)) {
      const [left, right] = [Math.max(plot.x(span.first), plot.left), Math.min(plot.x(span.end), plot.left + plot.width)];
      const colour = lane.kind === "marks" ? "#d55e00" : lane.colour(span.value);
      const width = Math.max(right - left, lane.kind === "marks" ? 4 : 0.6);
      context.fillStyle = colour;
      const apart = lane.kind === "marks" && width > 5 ? 1.5 : 0; // two marks side by side stay two
      context.fillRect(left, top, width - apart, lane.height);
      if (lane.kind === "marks") continue;
      if (width > 3) edge(context, right, top, lane.height, plot);
      write(context, lane.text(span.value), { left, top, width, height: lane.height, colour });
    }
  }

  function edge(context, right, top, height, plot) {
    context.fillStyle = plot.colours.paper;
    context.fillRect(right - 0.5, top, 1, height);
  }

  function write(context, text, box) {
    const measured = context.measureText(text).width;
    const shown = measured + 6 <= box.width ? text : box.width > 34 ? `${text.slice(0, Math.floor(box.width / measured * text.length) - 2)}…` : null;
    if (shown === null || box.height < 14 || shown.length < 2) return;
    context.fillStyle = ink(box.colour);
    context.textBaseline = "middle";
    context.fillText(shown, box.left + 3, box.top + box.height / 2 + 1);
  }

  function drawUnit(lane, top, plot) {
    const { context } = plot;
    const whole = lane.model ? lane.height - 5 : lane.height - 2;
    const parts = [[lane.spans, top, whole, "#0072b2"], ...(lane.model ? [[lane.model.spans, top + whole + 1, 3, "#d55e00"]] : [])];
    for (const [spans, at, height, colour] of parts) {
      for (const span of visible(spans, plot)) {
        const [left, right] = [Math.max(plot.x(span.first), plot.left), Math.min(plot.x(span.end), plot.left + plot.width)];
        context.fillStyle = span.value ? colour : plot.colours.line;
        const thin = span.value ? height : 1;
        context.fillRect(left, at + height - thin, Math.max(right - left, 0.6), thin);
      }
    }
  }

  function drawLines(lane, top, plot) {
    const [low, high] = lane.range;
    const y = (value) => top + lane.height - 1 - ((value - low) / (high - low)) * (lane.height - 2);
    plot.context.fillStyle = plot.colours.line;
    if (low < 0) plot.context.fillRect(plot.left, Math.round(y(0)), plot.width, 1);
    plot.context.fillRect(plot.left, Math.round(y(low)), plot.width, 0.5);
    for (const line of lane.lines) drawLine(line, y, plot);
  }

  function drawLine(line, y, plot) {
    const { context } = plot;
    const first = Math.max(0, Math.floor((plot.from - line.first) / line.every) - 1);
    const end = Math.min(line.low.length, Math.ceil((plot.to - line.first) / line.every) + 2);
    const x = (at) => plot.x(line.first + at * line.every);
    context.save();
    context.beginPath();
    context.rect(plot.left, 0, plot.width, plot.height);
    context.clip();
    context.strokeStyle = context.fillStyle = line.colour;
    context.lineWidth = 1.5;
    context.setLineDash(line.dashed ? [4, 3] : []);
    if (line.high !== line.low) drawRanges(line, [first, end], x, y, context);
    drawMiddles(line, [first, end], x, y, context);
    context.restore();
  }

  // A step of several frames is a bar from its lowest value to its highest.
  function drawRanges(line, [first, end], x, y, context) {
    context.globalAlpha = 0.35;
    for (let at = first; at < end; at += 1) {
      if (line.low[at] !== null) context.fillRect(x(at), y(line.high[at]), x(at + 1) - x(at), y(line.low[at]) - y(line.high[at]));
    }
    context.globalAlpha = 1;
  }

  function drawMiddles(line, [first, end], x, y, context) {
    const known = (at) => at >= 0 && at < line.low.length && line.low[at] !== null;
    const middle = (at) => y((line.low[at] + line.high[at]) / 2);
    context.beginPath();
    for (let at = first; at < end; at += 1) {
      if (!known(at)) continue;
      if (!known(at - 1) && !known(at + 1)) context.fillRect(x(at + 0.5) - 1.5, middle(at) - 1, 3, 2);
      if (known(at - 1) && at > first) context.lineTo(x(at + 0.5), middle(at)); else context.moveTo(x(at + 0.5), middle(at));
    }
    context.stroke();
  }

  return { lanesOf, draw, saying, colourOf, stateColour: (state) => STATE_COLOURS[state] };
})();
