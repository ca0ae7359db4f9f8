/** The functions of programs/boot-under-test.ts as the tests call them. */
export interface BootFunctions {
  fdtOpen(at: bigint, bytes: number): boolean;
  fdtNext(): boolean;
  fdtDepth(): number;
  fdtDamaged(): boolean;
  fdtName(): number;
  fdtNameBytes(): number;
  fdtAt(property: number): number;
  fdtBytes(property: number): number;
  fdtNumber(first: number, count: number): bigint;
  fdtCell(index: number): number;
  fdtMeaning(): number;
  fdtKind(): number;
  fdtExplore(at: bigint, end: bigint): number;

  boardDiscover(): boolean;
  boardReserve(imageBase: bigint, imageBytes: bigint): void;
  boardRegionBase(which: number): bigint;
  boardRegionBytes(which: number): bigint;
  boardControllerKind(): number;
  boardUartInterrupt(): number;
  boardHasPsci(): boolean;
  boardUartKind(): number;
  boardUartSpacing(): number;
  boardPrivate(which: number): number;
  boardHasTimer(): boolean;
  boardCpusOff(): number;
  boardStartCpu(affinity: bigint, entry: bigint): boolean;
  cpuReleaseAddress(index: number): bigint;
  boardPowerOff(): void;
  boardBytesHeld(): bigint;
  cpuCount(): number;
  cpuAffinity(index: number): bigint;
  cpuAdd(affinity: bigint): boolean;
  cpuAddress(index: number): bigint;

  ramAddBank(base: bigint, bytes: bigint): void;
  ramReserve(base: bigint, bytes: bigint): void;
  ramClaim(bytes: bigint, alignment: bigint): bigint;
  ramBoardBytes(): bigint;

  uartUse(at: bigint, kind: number, spacing: number): void;
  uartSend(byte: number): void;
  uartListen(on: boolean): void;

  refusalsSay(): void;
  manifestRead(fileBytes: bigint): boolean;
  vmTotal(): number;
  vmMemoryMib(vm: number): number;
  vmPriority(vm: number): number;
  vmEntry(vm: number): bigint;
  vmDeviceTree(vm: number): bigint;
  vmSeed(vm: number): bigint;
  vmVttbr(vm: number): bigint;
  vmVcpuCount(vm: number): number;
  vmCpuOf(vm: number, vcpu: number): number;
  vmSegmentCount(vm: number): number;
  segmentSource(vm: number, segment: number): bigint;
  segmentBytes(vm: number, segment: number): bigint;
  segmentTarget(vm: number, segment: number): bigint;

  loaderBegin(vm: number): void;
  loaderStep(cpu: number, vm: number): boolean;
  vcpuPc(vm: number, vcpu: number): bigint;
  vcpuX0(vm: number, vcpu: number): bigint;

  framesPrepare(pages: bigint): boolean;
  framesBytes(): bigint;
  framesVa(): bigint;
  stage2Create(vmid: bigint): bigint;
  stage2MapBlock(vttbr: bigint, at: bigint, block: bigint): void;
  stage2Show(vttbr: bigint, at: bigint): bigint;
  stage2Translate(vttbr: bigint, at: bigint): bigint;
  stage2PrepareGrants(vttbr: bigint): void;
  stage2Grant(vttbr: bigint, at: bigint, own: bigint, from: bigint): boolean;
  stage2PageOf(vttbr: bigint, at: bigint): bigint;
  stage2MapDevice(vttbr: bigint, at: bigint, page: bigint): void;
  stage2FrameCount(blocks: number): number;
  stage2Control(): bigint;

  tablesBuild(image: bigint, workspace: bigint): void;
  tablesActivate(tables: bigint): bigint;
  mapDevice(base: bigint, bytes: bigint): bigint;
  mapBlob(at: bigint): bigint;
  unmapBlob(): void;
  mapWindow(cpu: number, isDestination: boolean, at: bigint): bigint;
  closeWindows(cpu: number): void;

  randomSeed(at: bigint, bytes: number): void;
  randomFill(at: bigint): void;
}
