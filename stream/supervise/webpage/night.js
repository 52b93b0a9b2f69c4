// The last hours of a bed under its traces: stages of sleep above, events an analysed hour below.

import { hatch } from "./hatch.js";
import { number, say } from "./text.js";

const EVERY_MS = 30000;
const ROWS = ["W", "R", "N1", "N2", "N3"];
const LEFT = 34;
const TOP = 5; // half a line of text
const HOUR_S = 3600;
const LONG_S = 5400; // from here on hours are told, below minutes

const hourly = (rate) => number(rate, rate < 100 ? 1 : 0);

export class Night {
  constructor(bed, fields) {
    this.bed = bed;
    this.fields = fields;
    this.known = {};
    this.wanted = true;
    this.look();
    this.timer = setInterval(() => this.look(), EVERY_MS);
  }

  close() {
    clearInterval(this.timer);
  }

  toggle() {
    this.wanted = !this.wanted;
    this.draw();
  }

  async look() {
    try {
      const answer = await fetch(`beds/${encodeURIComponent(this.bed)}/night.json`, { cache: "no-store" });
      if (answer.ok) this.known = await answer.json();
    } catch (error) {
      console.warn(String(error));
    }
    this.draw();
  }

  draw() {
    const { known, fields } = this;
    fields.night.hidden = !this.wanted || !known.seconds;
    if (fields.night.hidden) return;
    const highest = Math.max(...known.rates.map(([, , rate]) => rate || 0), 1);
    say(fields.nightText, this.words(highest));
    say(fields.nightStages, this.stageWords());
    say(fields.nightLeads, this.leadWords());
    const canvas = fields.nightCanvas;
    const { clientWidth: width, clientHeight: height } = canvas;
    const scale = window.devicePixelRatio || 1;
    [canvas.width, canvas.height] = [Math.round(width * scale), Math.round(height * scale)];
    const context = canvas.getContext("2d");
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.font = "10px system-ui, 'Liberation Sans', sans-serif";
    const x = (at_s) => LEFT + ((width - LEFT) * at_s) / known.seconds;
    const view = { context, x, height, split: Math.round(height * 0.6), colour: (name) => this.colour(canvas, name) };
    this.drawLost(view);
    this.drawStages(view);
    this.drawRates(view, highest);
  }

  words(highest) {
    const { seconds, analysed_s, events } = this.known;
    const rate = analysed_s > 0 ? (HOUR_S * events) / analysed_s : NaN;
    const long = seconds < LONG_S ? number(seconds / 60, 0, " min") : number(seconds / HOUR_S, 1, " h");
    return `last ${long}: ${events} IEDs, ${hourly(rate)} an analysed hour, at most ${hourly(highest)}`;
  }

  stageWords() {
    const told = this.known.by_stage.filter(([, analysed_s]) => analysed_s > 0);
    return told.length ? `by stage ${told.map(([stage, , , rate]) => `${stage} ${hourly(rate)}/h`).join(", ")}` : "";
  }

  leadWords() {
    const { leads, events } = this.known;
    const first = leads.filter(([channel]) => channel).map(([channel, count], at) => `${at + 1}. ${channel} ${number((100 * count) / events, 0, " %")}`);
    return first.length ? `peak first: ${first.join(", ")}` : "";
  }

  // A canvas knows no custom property: each is looked up as the colour that it comes to in this theme.
  colour(canvas, name) {
    canvas.style.color = `var(--${name})`;
    return getComputedStyle(canvas).color;
  }

  drawLost({ context, x, height, colour }) {
    for (const [begin, end] of this.known.lost) hatch(context, x(begin), 0, Math.max(x(end), x(begin) + 1), height, colour("hatch"));
  }

  drawStages({ context, x, split, colour }) {
    const middle = (row) => TOP + ((split - TOP) / ROWS.length) * (row + 0.5);
    context.fillStyle = colour("quiet");
    ROWS.forEach((name, row) => context.fillText(name, 4, middle(row) + 3));
    context.fillStyle = colour("trace");
    for (const [onset, length, stage] of this.known.stages) {
      const thick = stage === "R" ? 4 : 2;
      context.fillRect(x(onset), middle(ROWS.indexOf(stage)) - thick / 2, Math.max(1, x(onset + length) - x(onset)), thick);
    }
  }

  drawRates({ context, x, height, split, colour }, highest) {
    const room = height - split - 3;
    context.fillStyle = colour("quiet");
    context.fillText("IED/h", 4, height - 3);
    context.fillStyle = colour("event");
    for (const [begin, end, rate] of this.known.rates) {
      if (rate) context.fillRect(x(begin), height - (room * rate) / highest, Math.max(1, x(end) - x(begin) - 1), (room * rate) / highest);
    }
  }
}
