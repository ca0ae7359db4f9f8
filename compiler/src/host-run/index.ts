/** Compiled programs inside Node, for unit tests. */
export { loadProgram, Program, type Functions, type LoadOptions } from './load-program.ts';
export type { HostFunction } from './instance.ts';
export type { Hook, Machine, Mmio } from './machine.ts';
export { ProgramMemory } from './program-memory.ts';
export { Trap } from './trap.ts';
