/** Dearer than any sum of real costs: a pair that must not be made. */
const FORBIDDEN = 1e6;

/**
 * Pairs rows with columns so that as many as possible are paired, and among these ways the sum of costs is
 * least (the Hungarian method with potentials, O(n^3)).
 *
 * @param costs a value from 0 to 1000 for each row and column; undefined where they must not be paired
 * @returns for each row its column, or undefined
 */
export function assign(costs: readonly (readonly (number | undefined)[])[]): (number | undefined)[] {
  const rows = costs.length;
  const columns = costs[0]?.length ?? 0;
  const size = Math.max(rows, columns);
  const costOf = (row: number, column: number) => costs[row]?.[column] ?? FORBIDDEN;
  // Index 0 stands for "none" in all of these; rows and columns count from 1.
  const rowPotential = new Float64Array(size + 1);
  const columnPotential = new Float64Array(size + 1);
  const rowOf = new Int32Array(size + 1);
  for (let row = 1; row <= size; row++) {
    rowOf[0] = row;
    const cameFrom = new Int32Array(size + 1);
    const slack = new Float64Array(size + 1).fill(Infinity);
    const done = new Uint8Array(size + 1);
    let column = 0;
    while (rowOf[column] !== 0) {
      done[column] = 1;
      const current = rowOf[column];
      let least = Infinity;
      let next = 0;
      for (let to = 1; to <= size; to++) {
        if (done[to]) continue;
        const reduced = costOf(current - 1, to - 1) - rowPotential[current] - columnPotential[to];
        if (reduced < slack[to]) {
          slack[to] = reduced;
          cameFrom[to] = column;
        }
        if (slack[to] < least) {
          least = slack[to];
          next = to;
        }
      }
      for (let to = 0; to <= size; to++) {
        if (done[to]) {
          rowPotential[rowOf[to]] += least;
          columnPotential[to] -= least;
        } else {
          slack[to] -= least;
        }
      }
      column = next;
    }
    while (column !== 0) {
      rowOf[column] = rowOf[cameFrom[column]];
      column = cameFrom[column];
    }
  }
  const columnOf: (number | undefined)[] = Array(rows).fill(undefined);
  for (let column = 1; column <= columns; column++) {
    const row = rowOf[column] - 1;
    if (row < rows && costs[row][column - 1] !== undefined) columnOf[row] = column - 1;
  }
  return columnOf;
}
