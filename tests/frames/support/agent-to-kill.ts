import { openFrameSource } from '@oneface/edge/frames/open-frame-source';
import { sourceDeps } from './source-deps.js';

/*
 * A program that takes frames until somebody kills it. Its arguments are the options of the source and the
 * folders for shots as JSON. It says "frame" at each.
 */
const [options, shotFolders] = process.argv.slice(2).map((text) => JSON.parse(text));
const source = await openFrameSource(options, sourceDeps({ shotFolders }));
const never = new AbortController().signal;
while ((await source.next(never)) !== undefined) process.stdout.write('frame\n');
