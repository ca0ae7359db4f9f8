/**
 * A compiled program that stopped itself: an overflow, an index out of range, a failed `assert`.
 */
export class Trap extends Error {
  override readonly name = 'Trap';
  /** The exported function that was called. */
  readonly functionName: string;

  constructor(functionName: string, cause: unknown) {
    super(`${functionName} trapped: an overflow, a failed check or an assertion stopped it`, { cause });
    this.functionName = functionName;
  }
}
