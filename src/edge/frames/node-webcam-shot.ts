import NodeWebcam, { type WebcamOptions } from 'node-webcam';
import { SHOT_FILE } from './shot-program.js';

/*
 * A program of its own that takes one picture with node-webcam into its working folder: node-webcam keeps no
 * handle of the shell that it starts, so only the end of a whole process group ends that too.
 *
 * Its one argument is node-webcam's options as JSON; who starts it has checked them.
 */

// The agent holds the other end of stdin: when the agent is gone, so is everything here.
process.stdin.resume().once('close', () => process.kill(0, 'SIGKILL'));

const options: WebcamOptions = JSON.parse(process.argv[2]);
const webcam = NodeWebcam.create(options, 'fswebcam');
// It would keep what fswebcam complains of to itself, but for "no such device".
webcam.runCaptureValidations = (complaint) => {
  process.stderr.write(complaint);
  return null;
};
webcam.capture(SHOT_FILE, (error) => {
  if (error !== null) process.stderr.write(`${error.message}\n`);
  process.exit(error === null ? 0 : 1);
});
