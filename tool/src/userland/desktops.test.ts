import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { desktopParts } from './desktops.ts';
import { LEFT_OUT } from './packages.ts';
import { systemFiles } from './system-files.ts';

describe.each(['weston', 'sway'] as const)('the desktop %s', (name) => {
  const { packages, files } = desktopParts(name);
  const all = [...systemFiles, ...files];

  test('has scripts that a shell can read', () => {
    const scripts = all.filter(({ content }) => typeof content === 'string' && content.startsWith('#!/bin/sh\n'));
    expect(scripts.map(({ path }) => path)).toEqual(expect.arrayContaining(['etc/thimble/start', 'etc/thimble/stop', 'etc/thimble/desktop']));
    for (const { path, content, mode } of scripts) {
      expect(mode, path).toBe(0o755);
      expect(spawnSync('sh', ['-n'], { input: content }).stderr.toString(), path).toBe('');
    }
  });

  test('has each file once, and none of the packages that are left out', () => {
    const paths = all.map(({ path }) => path);
    expect(new Set(paths).size).toBe(paths.length);
    expect(packages.filter((each) => (LEFT_OUT as readonly string[]).includes(each))).toEqual([]);
  });

  test('names no picture that it does not have', () => {
    const texts = files.map(({ content }) => content).filter((content) => typeof content === 'string').join('\n');
    const named = [...texts.matchAll(/\/(usr\/share\/thimble\/[a-z0-9-]+\.png)/g)].map(([, path]) => path);
    expect(named.length).toBeGreaterThan(0);
    expect(files.map(({ path }) => path)).toEqual(expect.arrayContaining(named));
  });
});
