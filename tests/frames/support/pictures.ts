import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import sharp from 'sharp';

/** A JPEG of one colour. */
export function drawnJpeg(width = 64, height = 48, background = '#ff0000'): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background } })
    .jpeg()
    .toBuffer();
}

/** Writes JPEG pictures one after the other, as a camera would, and gives the file's path. */
export function drawRecording(folder: string, frames: number, name = 'recording.mjpeg'): string {
  const file = join(folder, name);
  const isVideo = !name.endsWith('.mjpeg');
  // The picture counts seconds: at one frame a second each is another one.
  const picture = ['-f', 'lavfi', '-i', `testsrc=size=160x120:rate=${isVideo ? 20 : 1}`];
  const encode = ['-frames:v', `${frames}`, ...(isVideo ? [] : ['-c:v', 'mjpeg', '-huffman', 'default'])];
  execFileSync('ffmpeg', ['-nostdin', '-loglevel', 'error', ...picture, ...encode, file]);
  return file;
}

/** The JPEG without its Huffman tables, as many USB cameras send it. */
export function withoutHuffmanTables(jpeg: Uint8Array): Buffer {
  const kept: Uint8Array[] = [jpeg.subarray(0, 2)];
  let at = 2;
  while (jpeg[at + 1] !== 0xda) {
    const next = at + 2 + ((jpeg[at + 2] << 8) | jpeg[at + 3]);
    if (jpeg[at + 1] !== 0xc4) kept.push(jpeg.subarray(at, next));
    at = next;
  }
  return Buffer.concat([...kept, jpeg.subarray(at)]);
}
