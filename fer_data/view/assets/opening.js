"use strict";
// From a frame of a timeline to the dialog of its row, where the page has that row.
fer.opening = (() => {
  const known = new Map();

  // The rows of the video that a timeline shows.
  function rowsOf(timeline) {
    if (!fer.rows) return [];
    if (!known.has(timeline.index)) known.set(timeline.index, fer.rows.ofVideo(...timeline.directory.videos[timeline.index]));
    return known.get(timeline.index);
  }

  const frameOf = (row) => fer.rows.value(row, "frame_index");
  const personOf = (row) => fer.rows.value(row, "subject_id");
  const here = (timeline) => rowsOf(timeline).filter((row) => frameOf(row) === timeline.frame);

  // The dialog goes on among the rows of the span to look at that holds the frame, or else of the video.
  function open(timeline, person = null) {
    const row = here(timeline).find((one) => person === null || personOf(one) === person);
    if (row === undefined) return;
    const holds = (mark, frame) => mark.person === personOf(row) && mark.first <= frame && frame <= mark.last;
    const mark = timeline.video.marks.find((one) => holds(one, timeline.frame));
    const among = rowsOf(timeline).filter((one) => !mark || (personOf(one) === personOf(row) && holds(mark, frameOf(one))));
    fer.face.open(row, among, timeline.plot);
  }

  // Opens the row under the pointer: of the person whose lanes it is on; beside the lanes nothing.
  function click(timeline, event) {
    const box = timeline.canvas.getBoundingClientRect();
    if (event.clientX < box.left + timeline.gutter()) return;
    const heights = timeline.people.map((one) => timeline.personHeight(one));
    let top = box.top + timeline.height() - heights.reduce((sum, one) => sum + one, 0);
    const at = heights.findIndex((one) => { top += one; return event.clientY < top; });
    open(timeline, timeline.people[at]?.name);
  }

  return { open, here, click };
})();
