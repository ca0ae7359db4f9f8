/**
 * Setting up a machine: what must be there before an image can be built and run.
 *
 * Everything here is idempotent. The second call finds everything with a few file checks, fetches nothing and
 * says nothing. What cannot be had is a `Refusal` that names the place and the remedy.
 */
export type { Progress } from './progress.ts';
export { ensureSystemPackages, type SystemTools } from './system-packages.ts';
export { ensureGuestFiles, type GuestFiles } from './guest-files.ts';
export { type DeviceTrees, ensureDeviceTrees, findDeviceTrees } from './device-trees.ts';
export { ensureBackportsKernel } from './backports-kernel.ts';
export { ensureUBoot } from './u-boot-file.ts';
export { type KernelFiles, requireDrivers } from './kernel-files.ts';
export { ensureRootVolume } from './root-volume.ts';
export { ensureInitrd } from './initrd-file.ts';
export { buildInitrd, defaultKernelCommandLine, type InitrdFile, rootWord } from './initrd.ts';
