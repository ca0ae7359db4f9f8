/** One run that yields some of the benchmark's figures. */
export type Progress = (line: string) => void;

export interface Measurement {
  /** The figures that it yields, by the keys of figures.ts. */
  readonly keys: readonly string[];
  /** What it does, for those who wait. */
  readonly what: string;
  /** Figures by key. Other numbers are details that only the JSON has; texts are shown below the table. */
  measure(progress: Progress): Promise<ReadonlyMap<string, number | string>>;
}
