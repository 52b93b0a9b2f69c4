// The numbers of every bed, asked for ten times a second through a WebSocket; each answer has what changed since the last.

const EVERY_MS = 100;
const RETRY_MS = 1000;

export class Numbers {
  constructor(onNumbers) {
    this.beds = {};
    this.askedAt = -Infinity; // when these were asked for
    this.onNumbers = onNumbers;
    this.follow();
  }

  follow() {
    const socket = new WebSocket(`${location.protocol.replace("http", "ws")}//${location.host}/numbers`);
    const told = {};
    let [askedAt, due] = [0, 0];
    const ask = () => {
      askedAt = performance.now();
      // What came late is caught up with by one question, not by all that were missed.
      due = Math.max(due + EVERY_MS, askedAt);
      socket.send("");
    };
    socket.onopen = ask;
    socket.onmessage = ({ data }) => {
      for (const [bed, changed] of Object.entries(JSON.parse(data))) told[bed] = { ...told[bed], ...changed };
      [this.beds, this.askedAt] = [told, askedAt];
      this.onNumbers(this);
      setTimeout(ask, Math.max(0, due - performance.now()));
    };
    // Not a visitor's fault, and not told: the whole state is asked for all the same.
    socket.onclose = () => setTimeout(() => this.follow(), RETRY_MS);
  }

  // Whether they are what a whole state that was asked for then must give way to.
  rule(askedAt, within_ms) {
    return askedAt - this.askedAt < within_ms;
  }
}
