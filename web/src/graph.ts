/** A small graph of the last minute and a half of one figure. */
import uPlot from 'uplot';

export const SAMPLES_SHOWN = 90;
const HEIGHT = 34;

export class Graph {
  readonly element = document.createElement('div');
  private readonly times: number[] = [];
  private readonly values: (number | null)[] = [];
  private plot: uPlot | null = null;

  /** `topMin`: the least value that the graph's upper edge stands for. */
  constructor(private readonly topMin: number) {
    this.element.className = 'graph';
    this.element.ariaHidden = 'true';
    new ResizeObserver(() => {
      this.draw();
    }).observe(this.element);
  }

  push(timeMs: number, value: number | null): void {
    this.times.push(timeMs / 1000);
    this.values.push(value);
    if (this.times.length > SAMPLES_SHOWN) {
      this.times.shift();
      this.values.shift();
    }
    this.draw();
  }

  /** After a change of colours. */
  redraw(): void {
    this.plot?.redraw(false);
  }

  private draw(): void {
    const width = this.element.clientWidth;
    if (width === 0) return;
    if (this.plot === null) this.plot = this.make(width);
    else if (this.plot.width !== width) this.plot.setSize({ width, height: HEIGHT });
    this.plot.setData([this.times, this.values]);
  }

  private colour(name: string): string {
    return getComputedStyle(this.element).getPropertyValue(name).trim();
  }

  private make(width: number): uPlot {
    const options: uPlot.Options = {
      width,
      height: HEIGHT,
      padding: [2, 0, 1, 0],
      cursor: { show: false },
      legend: { show: false },
      select: { show: false, left: 0, top: 0, width: 0, height: 0 },
      axes: [{ show: false }, { show: false }],
      scales: {
        // The newest sample is at the right edge from the first one on.
        x: { time: false, range: (_, __, max) => [max - SAMPLES_SHOWN + 1, max] },
        y: { range: (_, __, max) => [0, Math.max(this.topMin, max * 1.15)] },
      },
      series: [
        {},
        {
          stroke: () => this.colour('--machine'),
          fill: () => this.colour('--machine-soft'),
          width: 1.5,
          points: { show: false },
        },
      ],
    };
    return new uPlot(options, [this.times, this.values], this.element);
  }
}
