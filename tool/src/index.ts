/**
 * The library `thimble`: what a handset configuration and a test of a handset import.
 */
export { debian, defineHandset, flat, linux, program, uBoot } from './config/handset-config.ts';
export type { Architecture } from './image/kernel.ts';
export type {
  Budget,
  DebianRoot,
  Desktop,
  FlatImage,
  HandsetConfig,
  ImageConfig,
  LinuxImage,
  MachineConfig,
  ProgramImage,
  ScreenConfig,
  UBootImage,
  VirtioConsoleConfig,
} from './config/handset-config.ts';
export { boards, type Board, type BoardName } from './boards/index.ts';
export { buildHandset, type BuildOptions, type BuiltImage } from './handset/build-handset.ts';
export { launch, type LaunchOptions } from './handset/launch.ts';
export type { HandsetExit, RunningHandset } from './handset/running-handset.ts';
export { type Console, ConsoleError, type ExpectOptions } from './serial/console.ts';
export type { HandsetStatus, MachineState, MachineStatus, VcpuState, VcpuStatus } from './serial/status.ts';
export { Refusal } from './refusal.ts';
