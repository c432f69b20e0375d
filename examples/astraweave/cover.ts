import { type Cell, manhattan } from './snapshot.ts'

/** A free cell on the near side of the obstacle nearest to `from`; without obstacles, `from` itself. */
export function coverFrom(from: Cell, obstacles: readonly Cell[]): Cell {
  const isFree = (cell: Cell) => !obstacles.some(({ x, y }) => x === cell.x && y === cell.y)
  const beside = obstacles.flatMap(({ x, y }) => [
    { x: x - 1, y },
    { x, y: y - 1 },
    { x, y: y + 1 },
    { x: x + 1, y },
  ])
  let best = from
  for (const cell of beside)
    if (isFree(cell) && (best === from || manhattan(from, cell) < manhattan(from, best))) best = cell
  return best
}
