/** Which package holds the kernel: the one that the distribution's metapackage depends on. */
import { dependencies, isKernelPackage } from './apt-output.ts';
import type { PrivateApt } from './private-apt.ts';

/** Debian's and Ubuntu's names for "the kernel", in order of preference. */
export const KERNEL_METAPACKAGES = ['linux-image-arm64', 'linux-image-virtual', 'linux-image-generic'] as const;
/** The same for 32-bit kernels. */
export const KERNEL_METAPACKAGES_ARM = ['linux-image-armmp', 'linux-image-generic', 'linux-image-generic-lpae'] as const;

/** The kernel's package in the sources of `apt`; null where they have none. */
export async function kernelPackageOf(apt: PrivateApt, metapackages: readonly string[] = KERNEL_METAPACKAGES): Promise<string | null> {
  for (const metapackage of metapackages) {
    const record = await apt.show(metapackage);
    const kernelPackage = dependencies(record ?? '').find(isKernelPackage);
    if (kernelPackage !== undefined) return kernelPackage;
  }
  return null;
}

/** What `uname -r` says in a guest that runs `vmlinuz-<release>`. */
export function releaseOf(kernelFile: string): string {
  return kernelFile.slice(kernelFile.lastIndexOf('/vmlinuz-') + '/vmlinuz-'.length);
}
