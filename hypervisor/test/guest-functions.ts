/** The functions of programs/guests-under-test.ts as the tests call them. */
export interface GuestFunctions {
  discoverBoard(at: bigint, bytes: number): boolean;
  addCpu(affinity: bigint, redistributor: bigint): bigint;
  /** Ticks each vCPU of a VM may run in each period. */
  setBudget(vm: number, budget: bigint, period: bigint): void;
  addVm(letter: number, memoryMib: number, priority: number): void;
  makeAarch32(vm: number): void;
  hideStolenTime(vm: number): void;
  appointController(vm: number, physicalFirst: number, devices: number): void;
  giveSlots(vm: number): bigint;
  stolenTimePage(vm: number): bigint;
  addVcpu(vm: number, cpu: number): void;
  startVcpu(vcpu: number, entry: bigint): void;
  seedRandom(): void;
  discoverListRegisters(): void;
  startController(): void;
  startControllerCpu(): void;
  listRegister(vcpu: number, index: number): bigint;
  useUart(at: bigint, intid: number, cpu: number): void;

  synchronous(vcpu: number): number;
  interrupt(vcpu: number): number;
  next(): number;

  x(vcpu: number, register: number): bigint;
  setX(vcpu: number, register: number, value: bigint): void;
  vmState(vm: number): number;
  wakeUps(vcpu: number): bigint;
  ticksStolen(vcpu: number): bigint;
  exits(vcpu: number): bigint;
  pc(vcpu: number): bigint;
  setVttbr(vm: number, value: bigint): void;
  alarmOf(cpu: number): bigint;
  setLine(vm: number, intid: number, high: boolean): void;
  startVm(vm: number): void;
  entryOf(vm: number): bigint;
  endVm(vm: number): void;
}
