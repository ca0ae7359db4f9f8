/**
 * Who is let in: whoever has the token, and no page of another origin.
 *
 * The token is the first part of each path, in the page's address as in the command line's. It is no cookie, because a cookie of
 * 127.0.0.1 goes to every port of that host [RFC 6265 "Weak Confidentiality"], and so to servers of others. The Host and Origin
 * headers are compared with the one address that is right: a name that was made to point to 127.0.0.1 (DNS rebinding) is another Host,
 * a page of anybody else another Origin.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const TOKEN_BYTES = 24;

export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** In a time that does not depend on where they differ, nor on how long the guess is. */
function isSame(guess: string, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(guess), digest(token));
}

/** The part of the path behind the token, with its slash; null for a request that gets no answer. */
export function admittedPath(request: IncomingMessage, token: string, port: number): string | null {
  const host = `127.0.0.1:${String(port)}`;
  const { headers, url = '' } = request;
  const [, guess = '', path = ''] = /^\/([^/?]*)([^?]*)/.exec(url) ?? [];
  // Compared in any case, so that refusals take the same time.
  const knows = isSame(guess, token);
  if (headers.host !== host) return null;
  if (headers.origin !== undefined && headers.origin !== `http://${host}`) return null;
  return knows ? path : null;
}
