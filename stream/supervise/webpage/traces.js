// Receives a bed's traces and keeps the last seconds of every channel.

const HEADER_BYTES = 28;
const MISSING = -32768;
const RETRY_MS = 1000;

export class Traces {
  constructor(layout) {
    this.layout = layout;
    this.points_per_s = layout.rate_hz / layout.samples_per_point;
    this.size = Math.ceil(layout.kept_s * this.points_per_s);
    this.channels = layout.channels.map(() => new Float32Array(this.size).fill(NaN));
    this.end = -1; // index just past the newest point
  }

  get first() {
    return Math.max(0, this.end - this.size);
  }

  // Add one frame; false where it does not follow what is here: another recording has begun.
  add(frame) {
    const first = frame.getFloat64(8, true);
    const [channels, count] = [frame.getUint16(20, true), frame.getUint16(22, true)];
    if (this.end >= 0 && first < this.end) return false;
    if (channels !== this.channels.length) return false;
    if (this.end >= 0) this.leaveOut(Math.min(first - this.end, this.size), first);
    const step_uv = frame.getFloat32(24, true);
    this.channels.forEach((points, channel) => {
      for (let at = 0; at < count; at++) {
        const steps = frame.getInt16(HEADER_BYTES + 2 * (channel * count + at), true);
        points[(first + at) % this.size] = steps === MISSING ? NaN : steps * step_uv;
      }
    });
    this.end = first + count;
    return true;
  }

  // A visitor that was too slow misses frames: what they held is not drawn as if it were known.
  leaveOut(count, end) {
    for (const points of this.channels) for (let at = end - count; at < end; at++) points[at % this.size] = NaN;
  }
}

// Follow a bed until `signal` aborts: onTraces(traces) after everything that came.
export async function follow(bed, onTraces, signal) {
  while (!signal.aborted) {
    try {
      const layout = await (await fetch(`beds/${encodeURIComponent(bed)}/layout.json`, { signal })).json();
      if (layout.channels) await receive(bed, new Traces(layout), onTraces, signal);
    } catch (error) {
      if (!signal.aborted) console.warn(String(error));
    }
    await new Promise((wake) => setTimeout(wake, RETRY_MS));
  }
}

async function receive(bed, traces, onTraces, signal) {
  const answer = await fetch(`beds/${encodeURIComponent(bed)}/traces`, { signal });
  if (!answer.ok) throw new Error(`traces: ${answer.status}`);
  const reader = answer.body.getReader();
  let waiting = new Uint8Array(0);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    waiting = joined(waiting, value);
    const { used, ok } = addWhole(traces, waiting);
    waiting = waiting.slice(used);
    if (!ok) return void reader.cancel();
    onTraces(traces);
  }
}

function joined(before, after) {
  const both = new Uint8Array(before.length + after.length);
  both.set(before);
  both.set(after, before.length);
  return both;
}

// Frames may be cut anywhere on their way.
function addWhole(traces, bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let used = 0;
  while (bytes.length - used >= HEADER_BYTES) {
    const length = view.getUint32(used, true);
    if (bytes.length - used < length) break;
    if (!traces.add(new DataView(bytes.buffer, bytes.byteOffset + used, length))) return { used, ok: false };
    used += length;
  }
  return { used, ok: true };
}
