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

// Words that can be read on traces: on the ground's colour, at most so many pixels wide.
export function label(context, { words, left, base, most, colour }, ground) {
  context.fillStyle = ground;
  context.fillRect(left - 1, base - 11, Math.min(most, context.measureText(words).width) + 2, 14);
  context.fillStyle = colour;
  context.fillText(words, left, base, most);
}
