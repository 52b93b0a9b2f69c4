// What is marked on a bed's traces: events, and stretches that were not analysed, as far back as traces are kept.

const EVERY_MS = 2000;
const TOLD_S = 4; // so old may be the newest that the server has told of a stretch that goes on
const SLIVER_S = 1.5; // reasons of single groups are told once a second

export class Marks {
  constructor(bed) {
    this.bed = bed;
    this.known = {};
    this.events = [];
    this.groups = {}; // not analysed at this moment: reason by group
    this.channels = {}; // electrodes that may be why
    this.began = new Map(); // group -> sample at which this page first saw it so
    this.look();
    this.timer = setInterval(() => this.look(), EVERY_MS);
  }

  close() {
    clearInterval(this.timer);
  }

  async look() {
    try {
      const answer = await fetch(`beds/${encodeURIComponent(this.bed)}/marks.json`, { cache: "no-store" });
      if (answer.ok) this.known = await answer.json();
    } catch (error) {
      console.warn(String(error));
    }
  }

  // The state of the moment, with the newest events of all; `end`: the newest sample.
  observe({ events, groups, channels }, end) {
    this.events = events || [];
    this.groups = groups || {};
    this.channels = channels || {};
    for (const group of this.began.keys()) if (!(group in this.groups)) this.began.delete(group);
    for (const group of Object.keys(this.groups)) if (!this.began.has(group)) this.began.set(group, end);
  }

  // Events of this recording in the order of time. The newest of all may be of an earlier one: their samples are counted
  // from another beginning, and lie anywhere on these traces.
  eventsOf(recording) {
    if (this.known.recording !== recording) return [];
    const { events, ordinal } = this.known;
    const newest = this.events.filter((event) => recordingOf(event) === ordinal);
    const found = new Map([...newest, ...events].map((event) => [event.id, event]));
    return [...found.values()].sort((one, other) => one.sample - other.sample);
  }

  isOf(recording, event) {
    return this.eventsOf(recording).some(({ id }) => id === event.id);
  }

  // Stretches of every group ("": of all) that were not analysed, in samples.
  stretches(recording, rate_hz, end) {
    const ours = this.known.recording === recording;
    const lost = ours ? this.known.lost.map((span) => ({ ...span, group: "" })) : [];
    const rejected = ours ? this.known.rejected.map((span) => ({ ...span })) : [];
    for (const [group, reason] of Object.entries(this.groups)) {
      const last = rejected.findLast((span) => span.group === group && span.reason === reason);
      if (last && last.end > end - TOLD_S * rate_hz) last.end = end;
      else rejected.push({ group, reason, begin: this.began.get(group), end });
    }
    return [...lost, ...rejected.flatMap((span) => outside(span, lost, SLIVER_S * rate_hz))];
  }
}

// A cluster is named by recording and number, like 1-2; NaN, which no recording is, of an event without one.
function recordingOf({ cluster }) {
  return Number.parseInt(cluster, 10);
}

// The parts of a stretch that lie in none of the others; what is shorter than `sliver` is left out.
function outside(span, others, sliver) {
  let parts = [span];
  for (const { begin, end } of others) {
    parts = parts.flatMap((part) => {
      if (end <= part.begin || begin >= part.end) return [part];
      const pieces = [{ ...part, end: begin }, { ...part, begin: end }];
      return pieces.filter((piece) => piece.end - piece.begin > sliver);
    });
  }
  return parts;
}
