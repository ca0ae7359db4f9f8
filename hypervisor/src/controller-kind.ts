/** Which interrupt controller the board has. The one that is asked for most often is zero, so that a branch on it takes one instruction. */
export enum ControllerKind {
  Gicv3,
  /** GIC-400 and its like: distributor and CPU interfaces in memory, list registers too. */
  Gicv2,
  /** Raspberry Pi 2 and 3: no virtualization at all. */
  Bcm2836,
}
