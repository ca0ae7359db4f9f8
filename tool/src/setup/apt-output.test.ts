import { describe, expect, test } from 'vitest';
import { aptFailure, dependencies, downloadPercent, installPercent, isKernelPackage } from './apt-output.ts';

describe('the dependencies of a package', () => {
  test('are the names in its record, whatever their versions and alternatives', () => {
    const record = 'Package: linux-image-generic\nDepends: linux-image-6.8.0-45-generic (= 1) | linux-image-unsigned-6.8.0-45-generic, linux-firmware:any, busybox\nSize: 5\n';
    expect(dependencies(record)).toEqual([
      'linux-image-6.8.0-45-generic', 'linux-image-unsigned-6.8.0-45-generic', 'linux-firmware', 'busybox',
    ]);
  });

  test('are those of the first record only', () => {
    expect(dependencies('Package: a\nDepends: b\n\nPackage: a\nDepends: c\n')).toEqual(['b']);
  });

  test('are none where there is no record or no such field', () => {
    expect(dependencies('')).toEqual([]);
    expect(dependencies('Package: a\nPre-Depends: b\n')).toEqual([]);
  });
});

test('a kernel package has a version in its name and is no special flavour', () => {
  expect(isKernelPackage('linux-image-6.1.0-56-arm64')).toBe(true);
  expect(isKernelPackage('linux-image-6.12.117+deb13-arm64')).toBe(true);
  expect(isKernelPackage('linux-image-unsigned-6.8.0-45-generic')).toBe(true);
  for (const other of ['linux-image-arm64', 'linux-image-6.1.0-56-cloud-arm64', 'linux-image-6.1.0-56-rt-arm64', 'linux-modules-6.8.0-45-generic']) {
    expect(isKernelPackage(other), other).toBe(false);
  }
});

test('percentages come from the lines that are about them', () => {
  expect(downloadPercent('dlstatus:2:11.8630:Retrieving file 2 of 2')).toBe(11.863);
  expect(downloadPercent('pmstatus:dtc:40.0000:Unpacking dtc')).toBeNull();
  expect(installPercent('pmstatus:libc6:amd64:40.5000:Unpacking libc6')).toBe(40.5);
  expect(installPercent('pmstatus:dpkg-exec:0.0000:Running dpkg')).toBe(0);
});

describe('a failure of apt', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 77 (apt-get)', /another package manager is running/],
    ["W: Failed to fetch http://a/b  Temporary failure resolving 'a'\nE: Unable to locate package clang-19", /sources do not offer clang-19; run/],
    ["E: Unable to locate package libfoo++2.0\nE: Couldn't find any package by regex 'libfoo++2.0'", /sources do not offer libfoo\+\+2\.0; run/],
    ["Package one is not available.\nE: Package 'one' has no installation candidate", /sources do not offer one; run/],
    ['E: Unable to find a source package for one', /sources do not offer it; run/],
    ["W: Failed to fetch http://a/b  Temporary failure resolving 'a'\nW: Some index files failed to download.", /cannot be reached/],
    ["E: Failed to fetch http://a/b  Could not connect to a:80", /cannot be reached/],
    ['E: Failed to fetch http://a/dists/x/main/binary-arm64/Packages  404  Not Found [IP: 1.2.3.4 80]', /has no packages for arm64/],
    ["E: You don't have enough free space in /var/cache/apt/archives/.", /no space left/],
    ["W: GPG error: x InRelease: The following signatures couldn't be verified: NO_PUBKEY 1", /not signed by a key/],
    ["E: dpkg was interrupted, you must manually run 'dpkg --configure -a'", /dpkg --configure -a/],
    ['E: something else entirely', /^something else entirely$/],
    ['', /without saying why/],
  ];
  test.each(cases)('%j is told as %s', (stderr, words) => {
    expect(aptFailure(stderr)).toMatch(words);
  });
});
