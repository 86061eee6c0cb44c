/**
 * Called by long work after each step that is done.
 *
 * @param done steps done, 0 to `total`
 * @param total all steps
 * @param detail one short figure or word to show beside it, such as "loss 0.231"
 */
export type ReportProgress = (done: number, total: number, detail?: string) => void;
