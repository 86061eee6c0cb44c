import { readFile, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CameraError } from './camera-error.js';

/** Kernel names of the Raspberry Pi's camera ports (up to the 4, and the 5): they give raw sensor data. */
const RAW_SENSOR = /^(?:unicam|rp1-cfe)/;

/**
 * Finds the device that a name of udev's stands for now. fswebcam cuts names at a colon, which those of
 * /dev/v4l/by-path have, and a camera that was plugged in anew may have another number.
 *
 * @param device "/dev/..."; any other text is given back as it is
 * @param root where "/dev" lies
 * @throws CameraError when there is no such device
 */
export async function resolveDevice(device: string, root: string): Promise<string> {
  if (!device.startsWith('/dev/v4l/')) return device;
  try {
    return await realpath(join(root, device));
  } catch (cause) {
    throw new CameraError('no-device', `There is no camera ${device}`, { cause });
  }
}

/**
 * Says what to do when a device is a camera module on the Raspberry Pi's own port: what current systems give
 * there is raw sensor data, of which only rpicam-apps make pictures.
 *
 * @param device "/dev/..." as configured
 * @param root where "/dev" and "/sys" lie
 * @returns a sentence to add to a complaint, or undefined for any other device
 */
export async function rawSensorHint(device: string, root: string): Promise<string | undefined> {
  if (!device.startsWith('/dev/')) return undefined;
  try {
    const node = basename(await realpath(join(root, device)));
    const name = await readFile(join(root, '/sys/class/video4linux', node, 'name'), 'utf8');
    if (!RAW_SENSOR.test(name)) return undefined;
    return 'it is a camera module that gives raw sensor data: use "kind": "stream" with "program": "rpicam-vid"';
  } catch (error) {
    // A device that is gone, or a system that does not name it: nothing is known of it.
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}
