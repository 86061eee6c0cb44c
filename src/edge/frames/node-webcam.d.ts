/** The part of node-webcam 0.8 that the agent uses; the package has no types of its own. */
declare module 'node-webcam' {
  interface WebcamOptions {
    device: string;
    width: number;
    height: number;
    quality: number;
    skip: number;
    output: 'jpeg' | 'png';
    saveShots: boolean;
    verbose: boolean;
  }

  interface Webcam {
    /** The line that `capture` would hand to a shell. */
    generateSh(location: string): string;
    /** The error that the program's stderr tells of, if the package knows it. */
    runCaptureValidations(stderr: string): Error | null;
  }

  const NodeWebcam: {
    create(options: WebcamOptions, type: 'fswebcam'): Webcam;
  };
  export default NodeWebcam;
}
