import { expected } from '../errors/errors.js';
import { assertRaster, blankRaster, type Color, type Raster, RGB } from './raster.js';

/** How a contact sheet is laid out. */
export interface SheetLayout {
  readonly columns: number;
  /** Pixels between the cells and around them. */
  readonly margin: number;
  readonly background: Color;
}

const DEFAULT_LAYOUT: SheetLayout = { columns: 8, margin: 4, background: [16, 18, 24] };

/**
 * Lays pictures out in a grid, row by row; each stands centred in a cell as large as the largest picture.
 *
 * @param layout what differs from 8 columns, a margin of 4 px and a dark background
 * @throws InputError when there is no picture, or columns or margin are not whole and in range
 */
export function contactSheet(pictures: readonly Raster[], layout: Partial<SheetLayout> = {}): Raster {
  const { columns, margin, background } = { ...DEFAULT_LAYOUT, ...layout };
  if (pictures.length === 0) throw expected('one picture or more', 'a contact sheet', undefined);
  if (!Number.isInteger(columns) || columns < 1)
    throw expected('1 or more', 'the columns of a sheet', columns);
  if (!Number.isInteger(margin) || margin < 0) throw expected('0 or more', 'the margin of a sheet', margin);
  const across = Math.min(columns, pictures.length);
  const down = Math.ceil(pictures.length / across);
  const cellWidth = Math.max(...pictures.map(({ width }) => width)) + margin;
  const cellHeight = Math.max(...pictures.map(({ height }) => height)) + margin;
  const sheet = blankRaster(across * cellWidth + margin, down * cellHeight + margin, background);
  pictures.forEach((picture, index) => {
    const left = margin + (index % across) * cellWidth + ((cellWidth - margin - picture.width) >> 1);
    const top =
      margin + Math.floor(index / across) * cellHeight + ((cellHeight - margin - picture.height) >> 1);
    paste(sheet, picture, left, top);
  });
  return sheet;
}

/**
 * Copies a picture into another one with its top left pixel at `left`, `top`; what reaches past the edge is
 * cut off.
 */
export function paste(into: Raster, picture: Raster, left: number, top: number): void {
  assertRaster(picture, 'the picture to paste');
  const first = Math.max(0, -left);
  const end = Math.min(picture.width, into.width - left);
  if (end <= first) return;
  for (let y = Math.max(0, -top); y < Math.min(picture.height, into.height - top); y++) {
    const row = picture.data.subarray((y * picture.width + first) * RGB, (y * picture.width + end) * RGB);
    into.data.set(row, ((top + y) * into.width + left + first) * RGB);
  }
}
