export interface Place {
  readonly x: number
  readonly y: number
}

/**
 * Is no blocked cell strictly between two cells? Along Bresenham's line, always walked from the same end, so that whoever is seen
 * sees. Places between cells count as the cell that they round to.
 */
export function lineOfSight(a: Place, b: Place, blocked: (x: number, y: number) => boolean): boolean {
  const [from, to] = a.x < b.x || (a.x === b.x && a.y <= b.y) ? [a, b] : [b, a]
  let [x, y] = [Math.round(from.x), Math.round(from.y)]
  const [endX, endY] = [Math.round(to.x), Math.round(to.y)]
  if (![x, y, endX, endY].every(Number.isFinite)) return false
  const [width, height] = [Math.abs(endX - x), -Math.abs(endY - y)]
  const [stepX, stepY] = [x < endX ? 1 : -1, y < endY ? 1 : -1]
  let error = width + height
  while (x !== endX || y !== endY) {
    const twice = 2 * error
    if (twice >= height) {
      error += height
      x += stepX
    }
    if (twice <= width) {
      error += width
      y += stepY
    }
    if ((x !== endX || y !== endY) && blocked(x, y)) return false
  }
  return true
}
