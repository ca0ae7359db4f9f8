/**
 * The server inside the process that runs a handset: the page over HTTP, the protocol over WebSockets, both only to whoever
 * has the token (access.ts). Anybody else gets 403 and nothing more, whatever was asked.
 */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { admittedPath, newToken } from './access.ts';
import { ClientSession } from './client-session.ts';
import type { HandsetControl } from './handset-control.ts';
import type { HandsetPanel } from './handset-panel.ts';
import type { Listener } from './listener.ts';
import { pageFiles, pageHeaders, withNonce } from './page-files.ts';
import { PanelSession } from './panel-session.ts';
import { FRAME_BYTES_MAX, type Panel, PANEL_PATH, PANEL_SUBPROTOCOL, PROTOCOL_VERSION, requestNames, SUBPROTOCOL, type Welcome } from './protocol.ts';

export const CLIENTS_MAX = 32;
/** Browsers that show the panel. QEMU serves more, and drops the oldest one too many. */
export const PANELS_MAX = 16;
const PROBE_INTERVAL_MS = 15_000;
/** How long clients have to take leave. */
const FAREWELL_MS = 1000;
const NONCE_BYTES = 16;

/** Where the protocol is spoken, behind the token. */
export const CONTROL_PATH = '/control';

export interface HandsetDescription {
  readonly name: string;
  readonly board: string;
  readonly startedAtMs: number;
}

/** Ends the connection of somebody who is not to learn anything. */
function refuse(socket: Duplex, status = '403 Forbidden', text = ''): void {
  socket.on('error', () => undefined);
  const length = String(Buffer.byteLength(text));
  // Its end is not waited for: whoever was refused holds nothing open here.
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${length}\r\n\r\n${text}`, () => {
    socket.destroy();
  });
}

function panelOf({ description: { width, height, screens }, front }: HandsetPanel): Panel {
  return { width, height, machines: screens.map(({ name }) => name), front };
}

/** Whether a WebSocket of somebody who has the token is opened: it speaks what is spoken there, and there is room. If not, it is told why. */
function mayEnter({ headers }: IncomingMessage, socket: Duplex, subprotocol: string, connected: number, connectedMax: number): boolean {
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  if (!offered.includes(subprotocol)) refuse(socket, '426 Upgrade Required', `this handset speaks ${subprotocol}\n`);
  else if (connected >= connectedMax) refuse(socket, '503 Service Unavailable', `${String(connectedMax)} clients are connected already\n`);
  else return true;
  return false;
}

export class ControlServer {
  readonly token = newToken();
  private readonly clients = new Map<WebSocket, ClientSession>();
  private readonly panels = new Map<WebSocket, PanelSession>();
  private readonly probing: NodeJS.Timeout;
  private readonly webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: FRAME_BYTES_MAX,
    perMessageDeflate: false,
  });

  constructor(
    private readonly listener: Listener,
    private readonly control: HandsetControl,
    private readonly handset: HandsetDescription,
  ) {
    listener.server.on('request', (request, response) => {
      void this.serve(request, response);
    });
    listener.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.upgrade(request, socket, head);
    });
    this.probing = setInterval(() => {
      for (const each of [...this.clients.values(), ...this.panels.values()]) each.probe();
    }, PROBE_INTERVAL_MS).unref();
  }

  /** Where the page is, token included. */
  get address(): string {
    return `http://127.0.0.1:${String(this.listener.port)}/${this.token}/`;
  }

  /** Tells every client why the handset has ended, and stops listening. */
  async close(reason: string): Promise<void> {
    clearInterval(this.probing);
    const { server } = this.listener;
    const gone = new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
    });
    for (const client of this.clients.values()) client.end(reason);
    for (const socket of this.panels.keys()) socket.close();
    server.closeIdleConnections();
    const late = setTimeout(() => {
      for (const socket of [...this.clients.keys(), ...this.panels.keys()]) socket.terminate();
      server.closeAllConnections();
    }, FAREWELL_MS);
    await gone;
    clearTimeout(late);
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.sendDate = false;
    const path = admittedPath(request, this.token, this.listener.port);
    if (path === null) response.writeHead(403, { Connection: 'close', 'Content-Length': '0' }).end();
    else if (path === '') response.writeHead(308, { Location: `/${this.token}/`, 'Content-Length': '0' }).end();
    else if (request.method !== 'GET' && request.method !== 'HEAD') response.writeHead(405, { Connection: 'close', Allow: 'GET, HEAD' }).end();
    else await this.servePage(path.slice(1), request.method === 'HEAD', response);
  }

  private async servePage(name: string, headOnly: boolean, response: ServerResponse): Promise<void> {
    try {
      const file = (await pageFiles()).get(name);
      if (!file) {
        response.writeHead(404, { 'Content-Length': '0' }).end();
        return;
      }
      const nonce = randomBytes(NONCE_BYTES).toString('base64url');
      const body = name === '' ? withNonce(file, nonce) : file.text;
      response.writeHead(200, pageHeaders(file.type, nonce, this.listener.port)).end(headOnly ? undefined : body);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      response.writeHead(500, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`the page could not be made: ${reason}\n`);
    }
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const path = admittedPath(request, this.token, this.listener.port);
    const { panel } = this.control;
    if (path === CONTROL_PATH) {
      if (!mayEnter(request, socket, SUBPROTOCOL, this.clients.size, CLIENTS_MAX)) return;
      this.webSockets.handleUpgrade(request, socket, head, (client) => {
        this.welcome(client);
      });
    } else if (path === `/${PANEL_PATH}` && panel) {
      if (!mayEnter(request, socket, PANEL_SUBPROTOCOL, this.panels.size, PANELS_MAX)) return;
      this.webSockets.handleUpgrade(request, socket, head, (browser) => {
        this.panels.set(browser, new PanelSession(browser, panel.doors.display()));
        browser.once('close', () => this.panels.delete(browser));
      });
    } else {
      refuse(socket);
    }
  }

  private welcome(socket: WebSocket): void {
    const { control } = this;
    const session = new ClientSession(socket, control);
    this.clients.set(socket, session);
    socket.once('close', () => this.clients.delete(socket));
    const welcome: Welcome = {
      message: 'welcome',
      version: PROTOCOL_VERSION,
      requests: [...requestNames],
      handset: { ...this.handset, pid: process.pid },
      machines: control.machines.map(({ name, memoryMib, vcpus }) => ({ name, memoryMib, vcpus })),
      focus: control.focusedMachine,
      ...(control.panel && { panel: panelOf(control.panel) }),
    };
    session.send(welcome);
  }
}
