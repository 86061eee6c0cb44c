interface Waiter<T> {
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** Those who wait for the next result; all of them get the same one. */
export class SharedRequest<T> {
  #waiters: Waiter<T>[] = [];

  get pending(): boolean {
    return this.#waiters.length > 0;
  }

  /** Waits for the next result. */
  join(): Promise<T> {
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  /** Takes the request on, if there is one. Who joins later waits for the result after this one. */
  take(): Waiter<T> | undefined {
    if (!this.pending) return undefined;
    const waiters = this.#waiters;
    this.#waiters = [];
    return {
      resolve(value) {
        for (const waiter of waiters) waiter.resolve(value);
      },
      reject(error) {
        for (const waiter of waiters) waiter.reject(error);
      },
    };
  }
}
