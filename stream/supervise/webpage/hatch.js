// Oblique lines for what was not analysed: to be told from a colour, and from traces.

export function hatch(context, left, top, right, bottom, colour) {
  context.save();
  context.beginPath();
  context.rect(left, top, right - left, bottom - top);
  context.clip();
  context.strokeStyle = colour;
  context.beginPath();
  for (let at = left - (bottom - top); at < right; at += 8) {
    context.moveTo(at, bottom);
    context.lineTo(at + bottom - top, top);
  }
  context.stroke();
  context.restore();
}
