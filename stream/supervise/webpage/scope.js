// Draws traces as a reader of EEG is used to: negative up, microvolts per millimetre, millimetres per second.

import { GAINS, PIXELS_PER_MM, fitting } from "./gain.js";
import { hatch, label } from "./hatch.js";
import { TraceLayer } from "./layer.js";

const SPEEDS = [10, 15, 30, 60];
const MONTAGES = ["detector", "average", "referential"];
const HEAD = 18; // for marks
const COLOURS = ["trace", "grid", "quiet", "hatch", "warn", "event", "mark"];

export class Scope {
  constructor(canvas, marks) {
    this.canvas = canvas;
    this.marks = marks;
    this.layer = new TraceLayer();
    this.gain = GAINS.indexOf(10);
    this.isChosen = false; // whether the reader has chosen a gain
    this.speed = SPEEDS.indexOf(30);
    this.montage = "detector";
    this.traces = null;
    this.frozenEnd = null;
  }

  // ---- what a reader changes ----

  moreGain(steps) {
    this.isChosen = true;
    this.gain = Math.min(GAINS.length - 1, Math.max(0, this.gain + steps));
  }

  faster(steps) {
    this.speed = Math.min(SPEEDS.length - 1, Math.max(0, this.speed + steps));
  }

  nextMontage() {
    const there = this.traces ? this.traces.layout.montages : MONTAGES;
    this.montage = there[(there.indexOf(this.montage) + 1) % there.length];
  }

  // Of the same recording a place stays what it is, in any montage.
  take(traces) {
    if (this.traces && this.traces.layout.recording !== traces.layout.recording) this.frozenEnd = null;
    const height = this.canvas.clientHeight - HEAD;
    if (!this.isChosen && height > 0) this.gain = fitting(height / traces.rows);
    this.traces = traces;
    this.montage = traces.layout.montage;
  }

  freeze() {
    this.frozenEnd = this.frozenEnd === null && this.traces ? this.traces.end : null;
  }

  // Scroll what is frozen, as far as anything is kept.
  scroll(seconds) {
    if (!this.traces) return;
    if (this.frozenEnd === null) this.frozenEnd = this.traces.end;
    const moved = Math.round(this.frozenEnd + seconds * this.traces.columns_per_s);
    const earliest = Math.ceil(this.traces.first + this.width_s * this.traces.columns_per_s);
    this.frozenEnd = Math.min(this.traces.end, Math.max(earliest, moved));
  }

  page(steps) {
    this.scroll(steps * this.width_s * 0.9);
  }

  toNow() {
    this.frozenEnd = null;
  }

  // To the event before or behind what is in the middle of the screen.
  toEvent(steps) {
    if (!this.traces) return;
    const each = this.traces.layout.samples_per_column;
    const at = this.frozenEnd === null ? Infinity : this.shown.end - (this.width_s / 2) * this.traces.columns_per_s;
    const places = this.marks.eventsOf(this.traces.layout.recording).map(({ sample }) => sample / each);
    const place = steps < 0 ? places.findLast((one) => one < at - 2) : places.find((one) => one > at + 2);
    if (place !== undefined) this.showPlace(place * each);
  }

  // False where its samples are not kept: too old, or of an earlier recording.
  showEvent(event) {
    return this.traces !== null && this.marks.isOf(this.traces.layout.recording, event) && this.showPlace(event.sample);
  }

  showPlace(sample) {
    const column = sample / this.traces.layout.samples_per_column;
    if (column < this.traces.first || column > this.traces.end) return false;
    this.frozenEnd = Math.min(this.traces.end, Math.round(column + (this.width_s / 2) * this.traces.columns_per_s));
    return true;
  }

  // The columns that are on the screen.
  get shown() {
    const end = this.frozenEnd === null ? this.traces.end : this.frozenEnd;
    return { begin: Math.max(this.traces.first, Math.ceil(end - this.width_s * this.traces.columns_per_s)), end };
  }

  // ---- drawing ----

  // Room for names; a phone has little.
  get gutter() {
    return this.canvas.clientWidth < 600 ? 52 : 76;
  }

  get width_s() {
    return (this.canvas.clientWidth - this.gutter) / (SPEEDS[this.speed] * PIXELS_PER_MM);
  }

  get settings() {
    if (!this.traces) return "waiting for traces";
    const [low, high] = this.traces.layout.band_hz;
    const back_s = (this.traces.end - this.frozenEnd) / this.traces.columns_per_s;
    const place = this.frozenEnd === null ? "" : ` · FROZEN, ${back_s.toFixed(1)} s back of ${Math.round((this.traces.end - this.traces.first) / this.traces.columns_per_s)} s`;
    return `${this.montage} montage · ${GAINS[this.gain]} µV/mm · ${SPEEDS[this.speed]} mm/s · filters ${low}–${high} Hz · negative up${place}`;
  }

  draw() {
    const context = this.prepare();
    // A canvas that is not on the screen has no size.
    if (!this.traces || this.traces.end < 0 || this.canvas.clientWidth <= this.gutter || !this.canvas.clientHeight) return;
    const view = this.view(context);
    // Whole pixels of the screen at a time, so that what is drawn already can be moved.
    view.end = this.layer.update(this.traces, view);
    this.drawSeconds(view);
    this.drawRejected(view);
    const { canvas } = this.layer;
    const left = this.gutter * view.scale;
    context.drawImage(canvas, left, 0, canvas.width - left, canvas.height, this.gutter, 0, view.width - this.gutter, view.height);
    for (const row of view.rows) this.drawName(view, row);
    for (const event of this.marks.eventsOf(this.traces.layout.recording)) this.drawEvent(view, event);
    const ground = getComputedStyle(this.canvas).backgroundColor;
    for (const one of view.labels) label(context, one, ground);
  }

  view(context) {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    return {
      context,
      ...this.shown,
      width,
      height,
      left: this.gutter,
      scale: window.devicePixelRatio || 1,
      pixels_per_column: (SPEEDS[this.speed] * PIXELS_PER_MM) / this.traces.columns_per_s,
      pixels_per_uv: PIXELS_PER_MM / GAINS[this.gain],
      rows: this.placed(this.traces.layout.rows),
      colours: this.colours(),
      live: this.frozenEnd === null,
      labels: [], // of what is marked: over everything else
    };
  }

  // A canvas knows no custom property: each is looked up as the colour that it comes to in this theme.
  colours() {
    const found = {};
    for (const name of COLOURS) {
      this.canvas.style.color = `var(--${name})`;
      found[name] = getComputedStyle(this.canvas).color;
    }
    return found;
  }

  // Half a row stands between two groups.
  placed(rows) {
    const gaps = rows.map((row, at) => (at && row.group !== rows[at - 1].group ? 0.5 : 0));
    const height = (this.canvas.clientHeight - HEAD) / Math.max(1, rows.length + gaps.reduce((sum, gap) => sum + gap, 0));
    let top = HEAD;
    return rows.map((row, at) => {
      top += gaps[at] * height;
      const place = { ...row, top, middle: top + height / 2, bottom: top + height };
      top += height;
      return place;
    });
  }

  // Sharp on any screen: a line is at most one of its pixels wide.
  prepare() {
    const { clientWidth, clientHeight } = this.canvas;
    const scale = window.devicePixelRatio || 1;
    if (this.canvas.width !== Math.round(clientWidth * scale) || this.canvas.height !== Math.round(clientHeight * scale)) {
      this.canvas.width = Math.round(clientWidth * scale);
      this.canvas.height = Math.round(clientHeight * scale);
    }
    const context = this.canvas.getContext("2d", { alpha: false, willReadFrequently: true });
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.fillStyle = getComputedStyle(this.canvas).backgroundColor;
    context.fillRect(0, 0, clientWidth, clientHeight);
    context.lineWidth = 1 / scale;
    context.font = "12px system-ui, 'Liberation Sans', sans-serif";
    return context;
  }

  x(view, column) {
    return view.width - (view.end - column) * view.pixels_per_column;
  }

  drawSeconds(view) {
    const { context, colours } = view;
    context.strokeStyle = colours.grid;
    context.beginPath();
    for (let second = Math.ceil(view.begin / this.traces.columns_per_s); second * this.traces.columns_per_s <= view.end; second++) {
      const x = this.x(view, second * this.traces.columns_per_s);
      context.moveTo(x, HEAD);
      context.lineTo(x, this.canvas.clientHeight);
    }
    context.stroke();
  }

  drawName({ context, colours }, { name, middle }) {
    const bad = name.split("-").some((electrode) => electrode in this.marks.channels);
    context.fillStyle = bad ? colours.warn : colours.quiet;
    context.fillText(bad ? `▲ ${name}` : name, 6, middle + 4, this.gutter - 10);
  }

  // Hatched and named, not only coloured: what was not analysed, and why.
  drawRejected(view) {
    const { recording, rate_hz, samples_per_column } = this.traces.layout;
    for (const { group, begin, end, reason } of this.marks.stretches(recording, rate_hz, this.traces.end * samples_per_column)) {
      const own = view.rows.filter((row) => !group || !row.group || row.group === group);
      // Without groups on the screen, what is lost of one would hide the others.
      if (!own.length || (group && !own[0].group)) continue;
      const span = { from: begin / samples_per_column, to: end / samples_per_column, reason };
      this.drawSpan(view, span, own[0].top, own[own.length - 1].bottom);
    }
  }

  drawSpan(view, { from, to, reason }, top, bottom) {
    const { context, colours, width } = view;
    const [left, right] = [Math.max(this.gutter, this.x(view, from)), Math.min(width, this.x(view, to))];
    if (right <= left) return;
    hatch(context, left, top, right, bottom, colours.hatch);
    view.labels.push({ words: `not analysed: ${reason}`, left: left + 4, base: top + 13, most: Math.max(0, width - left - 8), colour: colours.warn });
  }

  drawEvent(view, event) {
    const { context, colours } = view;
    const x = this.x(view, event.sample / this.traces.layout.samples_per_column);
    const own = view.rows.filter((row) => row.group === event.group || !row.group);
    if (x < this.gutter || x > this.canvas.clientWidth || !own.length) return;
    const [top, bottom] = [own[0].top, own[own.length - 1].bottom];
    context.fillStyle = colours.mark;
    context.fillRect(x - 8, top, 16, bottom - top);
    context.fillStyle = colours.event;
    context.beginPath();
    context.moveTo(x - 5, top - 6);
    context.lineTo(x + 5, top - 6);
    context.lineTo(x, top + 2);
    context.fill();
    view.labels.push({ words: `${event.probability.toFixed(2)} ${event.peak_channel}`, left: x + 8, base: top + 2, most: 160, colour: colours.event });
  }
}
