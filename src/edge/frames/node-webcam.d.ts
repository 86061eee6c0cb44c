/** The part of node-webcam 0.8 that the agent uses; the package has no types of its own. */
declare module 'node-webcam' {
  export interface WebcamOptions {
    device: string;
    width: number;
    height: number;
    quality: number;
    skip: number;
    output: 'jpeg' | 'png';
    saveShots: boolean;
    callbackReturn: 'location';
    verbose: boolean;
  }

  export interface Webcam {
    /** Pictures that `saveShots` kept. */
    readonly shots: readonly unknown[];
    /**
     * Judges a run of the camera program that ended with 0; may be replaced.
     *
     * @param complaint what it wrote to stderr
     * @returns the error of the capture, if any
     */
    runCaptureValidations(complaint: string): Error | null;
    /**
     * Runs the camera program through a shell.
     *
     * @param location where the picture should be; null for memory
     * @param done told the location, whether or not a picture is there
     */
    capture(location: string | null, done: (error: Error | null, location?: string | Buffer) => void): void;
  }

  const NodeWebcam: {
    create(options: Partial<WebcamOptions>, type: 'fswebcam'): Webcam;
  };
  export default NodeWebcam;
}
