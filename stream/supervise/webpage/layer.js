// The traces themselves, on a canvas of their own: what is drawn already moves on, and only what came is drawn anew.

export class TraceLayer {
  constructor() {
    this.canvas = document.createElement("canvas");
    // Kept in memory by the processor, where moving it costs 6 ms with 64 rows; without this hint it was 37 ms.
    this.context = this.canvas.getContext("2d", { willReadFrequently: true });
    this.key = "";
    this.end = 0; // the column at the right edge: a whole number of pixels on from the one before
    this.drawn = 0; // index just past the newest column that is drawn
  }

  // Bring the traces up to date and return the column at the right edge. `view`: begin, end, width, height, scale,
  // pixels_per_column, pixels_per_uv, rows (with `middle`), colours, live; `traces` as they are kept.
  update(traces, view) {
    const { width, height, scale, pixels_per_column, pixels_per_uv, colours, rows } = view;
    const key = [traces.id, traces.filled, width, height, scale, pixels_per_column, pixels_per_uv, colours.trace, rows.length].join();
    const moved = Math.floor((view.end - this.end) * pixels_per_column * scale);
    const most = (width - view.left) * scale;
    if (key !== this.key || moved < 0 || moved > most || (!view.live && moved > 0)) {
      this.key = key;
      this.begin(view);
      this.draw(traces, view, view.begin);
    } else if (view.end > this.drawn) {
      this.move(moved);
      this.end += moved / (pixels_per_column * scale);
      this.draw(traces, view, this.drawn - 1);
    }
    return this.end;
  }

  begin({ width, height, scale, end }) {
    [this.canvas.width, this.canvas.height] = [Math.round(width * scale), Math.round(height * scale)];
    this.context.setTransform(scale, 0, 0, scale, 0, 0);
    this.end = end;
  }

  move(pixels) {
    if (!pixels) return;
    const { context, canvas } = this;
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalCompositeOperation = "copy";
    context.drawImage(canvas, -pixels, 0);
    context.restore();
  }

  draw(traces, view, begin) {
    const { context } = this;
    context.lineWidth = 1 / view.scale;
    context.strokeStyle = view.colours.trace;
    view.rows.forEach(({ middle }, row) => this.drawRow(traces, view, row, middle, begin));
    this.drawn = view.end;
  }

  drawRow(traces, { end, width, pixels_per_column, pixels_per_uv }, row, middle, begin) {
    const { context } = this;
    let last = NaN;
    context.beginPath();
    traces.each(row, begin, end, (column, low, high) => {
      if (Number.isNaN(low)) {
        last = NaN;
        return;
      }
      // Which of the two came first is not known: the nearer one makes no corner that was not there.
      const x = width - (this.end - column) * pixels_per_column;
      const [top, bottom] = [middle + low * pixels_per_uv, middle + high * pixels_per_uv];
      const rising = Math.abs(last - top) < Math.abs(last - bottom);
      if (Number.isNaN(last)) context.moveTo(x, bottom);
      else context.lineTo(x, rising ? top : bottom);
      last = rising ? bottom : top;
      context.lineTo(x, last);
    });
    context.stroke();
  }
}
