// The whole state of every bed, asked for again and again.

// Half a look of the page (100 ms): rather that much too early than as much too late.
const EARLY_MS = 50;

export class WholeState {
  // onState(state, askedAt) after each answer; onEnd() also where none came within `patience_ms`.
  constructor(onState, onEnd, patience_ms) {
    Object.assign(this, { onState, onEnd, patience_ms, askedAt: -Infinity, asking: false });
  }

  // Ask, if it is about so long ago and no answer is waited for: with the events of one bed, or of all (null).
  async ask(every_ms, bed) {
    const askedAt = performance.now();
    if (this.asking || askedAt - this.askedAt < every_ms - EARLY_MS) return;
    [this.askedAt, this.asking] = [askedAt, true];
    const query = bed === null ? "" : `?${new URLSearchParams({ events: bed })}`;
    try {
      const answer = await fetch(`state.json${query}`, { cache: "no-store", signal: AbortSignal.timeout(this.patience_ms) });
      if (!answer.ok) throw new Error(`state.json: ${answer.status}`);
      this.onState(await answer.json(), askedAt);
    } catch (error) {
      console.warn(String(error));
    }
    this.asking = false;
    this.onEnd();
  }
}
