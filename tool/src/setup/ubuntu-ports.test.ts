import { describe, expect, test } from 'vitest';
import { portsSources, ubuntuCodename } from './ubuntu-ports.ts';

const template = `ChangelogURI: http://changelogs.example/%s

Suite: noble
RepositoryType: deb
BaseURI: http://ports.example/ubuntu-ports/
MatchURI: ports.example/ubuntu-ports
BaseURI-amd64: http://main.example/ubuntu
Description: Ubuntu 24.04

Suite: noble
ParentSuite: noble
RepositoryType: deb-src
BaseURI: http://main.example/ubuntu/

Suite: noble-security
RepositoryType: deb
BaseURI: http://other.example/ubuntu-ports/
`;

describe("Ubuntu's place for arm64", () => {
  test('is the address that the template of the release has for all other architectures', () => {
    expect(portsSources(template, 'noble')).toBe(
      `Types: deb
URIs: http://ports.example/ubuntu-ports/
Suites: noble noble-updates noble-security
Components: main universe
Signed-By: /usr/share/keyrings/ubuntu-archive-keyring.gpg
`,
    );
  });

  test('is that of the first template for a release that has none of its own', () => {
    expect(portsSources(template, 'plucky')).toMatch(/^URIs: http:\/\/ports\.example\/ubuntu-ports\/\nSuites: plucky /m);
  });

  test('is not known without a template', () => {
    expect(portsSources('ChangelogURI: http://changelogs.example/%s\n', 'noble')).toBeNull();
  });
});

test('only Ubuntu and what is made of it has a code name of Ubuntu', () => {
  expect(ubuntuCodename('ID=ubuntu\nVERSION_CODENAME=noble\nUBUNTU_CODENAME=noble\n')).toBe('noble');
  expect(ubuntuCodename('ID=debian\nVERSION_CODENAME=bookworm\n')).toBeNull();
});
