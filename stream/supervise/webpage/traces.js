// Receives a bed's traces and keeps the columns of every row: live ones through a WebSocket, older ones on request.

const HEADER_BYTES = 28;
const MISSING = -32768;
const RETRY_MS = 1000;
const BLOCK = 128; // columns kept together
const UNKNOWN = Infinity; // never sent to this page; NaN: there was no sample
let made = 0;
const MOST_ASKED = 32; // blocks in one request, about half a minute

export class Traces {
  constructor(layout, onTraces) {
    this.id = ++made;
    this.filled = 0; // times that older columns came
    this.layout = layout;
    this.onTraces = onTraces;
    this.rows = layout.rows.length;
    this.columns_per_s = layout.rate_hz / layout.samples_per_column;
    this.end = -1; // index just past the newest column
    this.missed = 0; // frames that this page was too slow for
    this.bytes = 0;
    this.number = 0;
    this.blocks = new Map(); // number -> lowest values of every row, then highest ones
    this.asking = false;
  }

  // The oldest column that the server may still have.
  get first() {
    return Math.max(0, this.end - Math.floor(this.layout.kept_s * this.columns_per_s));
  }

  addLive(buffer) {
    const number = new DataView(buffer).getUint32(0, true);
    if (this.number && number > this.number + 1) this.missed += number - this.number - 1;
    this.number = number;
    const { first, count } = this.add(buffer);
    // Whole columns without a sample are not sent: what lies behind the last frame is a gap, or was missed.
    this.end = Math.max(this.end, first + count);
    for (const block of this.blocks.keys()) if ((block + 1) * BLOCK <= this.first) this.blocks.delete(block);
  }

  add(buffer) {
    this.bytes += buffer.byteLength;
    const head = new DataView(buffer);
    const [count, first, step_uv] = [head.getUint16(8, true), head.getFloat64(16, true), head.getFloat32(24, true)];
    const values = new Int16Array(buffer, HEADER_BYTES);
    for (let at = 0; at < count; at++) {
      const block = this.block(Math.floor((first + at) / BLOCK));
      for (let row = 0; row < 2 * this.rows; row++) {
        const steps = values[row * count + at];
        block[row * BLOCK + ((first + at) % BLOCK)] = steps === MISSING ? NaN : steps * step_uv;
      }
    }
    return { first, count };
  }

  block(number) {
    if (!this.blocks.has(number)) this.blocks.set(number, new Float32Array(2 * this.rows * BLOCK).fill(UNKNOWN));
    return this.blocks.get(number);
  }

  // Call draw(column, lowest, highest) for each column of a row in [begin, end), with NaN where there is none.
  each(row, begin, end, draw) {
    for (let column = begin; column < end; ) {
      const number = Math.floor(column / BLOCK);
      const block = this.blocks.get(number);
      const until = Math.min(end, (number + 1) * BLOCK);
      for (; column < until; column++) {
        const at = column - number * BLOCK;
        const low = block ? block[row * BLOCK + at] : NaN;
        draw(column, low === UNKNOWN ? NaN : low, block ? block[(this.rows + row) * BLOCK + at] : NaN);
      }
    }
  }

  // Ask for what is not known of [begin, end), as far as it is over and the server may have it.
  async want(begin, end, bed, signal) {
    if (this.asking || this.end < 0) return;
    const lacking = [];
    const last = Math.floor(Math.min(end, this.end) / BLOCK);
    for (let number = Math.floor(Math.max(begin, this.first) / BLOCK); number < last; number++) {
      const block = this.blocks.get(number);
      if (!block || block.subarray(0, BLOCK).includes(UNKNOWN)) lacking.push(number);
      else if (lacking.length) break;
    }
    if (!lacking.length) return;
    this.asking = true;
    const [first, count] = [lacking[0], Math.min(lacking.length, MOST_ASKED)];
    const { recording, montage } = this.layout;
    const query = new URLSearchParams({ recording, montage, first: first * BLOCK, columns: count * BLOCK });
    try {
      const answer = await fetch(`beds/${encodeURIComponent(bed)}/traces?${query}`, { signal });
      if (!answer.ok) throw new Error(`traces: ${await answer.text()}`);
      this.add(await answer.arrayBuffer());
      this.filled++;
      this.asking = false;
      this.onTraces(this);
    } catch (error) {
      if (!signal.aborted) console.warn(String(error));
      setTimeout(() => (this.asking = false), RETRY_MS);
    }
  }
}

// Follow a bed in one montage until `signal` aborts: onTraces(traces) after everything that came.
export function follow(bed, montage, onTraces, signal) {
  const kind = location.protocol.replace("http", "ws");
  const socket = new WebSocket(`${kind}//${location.host}/beds/${encodeURIComponent(bed)}/live?${new URLSearchParams({ montage })}`);
  let traces = null;
  // The past may come after somebody has chosen another montage.
  const show = (traces) => signal.aborted || onTraces(traces);
  socket.binaryType = "arraybuffer";
  socket.onmessage = ({ data }) => {
    if (typeof data === "string") {
      const layout = JSON.parse(data);
      traces = layout.rows ? new Traces(layout, show) : null;
    } else if (traces) {
      traces.addLive(data);
      show(traces);
    }
  };
  socket.onclose = () => setTimeout(() => signal.aborted || follow(bed, montage, onTraces, signal), RETRY_MS);
  signal.addEventListener("abort", () => socket.close());
}
