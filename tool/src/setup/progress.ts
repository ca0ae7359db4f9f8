/** Where long steps report: one line of plain text a call, without an end of line. */
export type Progress = (line: string) => void;

/** Reports `what` with every quarter of the way; percentages that are null say nothing. */
export function percentSteps(what: string, progress: Progress): (percent: number | null) => void {
  let reported = -1;
  return (percent) => {
    const quarter = percent === null ? -1 : Math.min(3, Math.floor(percent / 25));
    if (quarter <= reported) return;
    reported = quarter;
    progress(`${what}: ${String(quarter * 25)} %`);
  };
}
