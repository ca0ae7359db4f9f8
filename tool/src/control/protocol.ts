/**
 * The protocol by which a running handset is looked at and controlled: every message, in both directions, and the limits
 * that both sides keep. The command line and the page in the browser speak it, and both check what they get.
 *
 * Messages are JSON, one a WebSocket text frame. The client sends requests, each with a number of its own choice; the server
 * answers each with one reply of that number, and tells by itself what the client watches. The version is the WebSocket's
 * subprotocol. Within a version only additions are made: both sides ignore fields that they do not know, the client messages
 * that it does not know, and `welcome` lists the requests that the server carries out.
 *
 * It knows neither Node nor a browser. What requests do is handset-control.ts.
 */
import * as z from 'zod/mini';

// The schemas are also checked in a page that forbids code made from strings.
z.config({ jitless: true });

export const PROTOCOL_VERSION = 1;
export const SUBPROTOCOL = `thimble-control-${String(PROTOCOL_VERSION)}`;

/** The longest frame that the server takes. */
export const FRAME_BYTES_MAX = 16 * 1024;
/** How much one `input` carries. */
export const INPUT_BYTES_MAX = 4096;
/** How many lines of a console's past can be asked for, and how many characters are sent of them. */
export const PAST_LINES_MAX = 2000;
export const PAST_CHARACTERS_MAX = 256 * 1024;
/** How many of the hypervisor's own lines are kept. */
export const EVENTS_MAX = 500;
/** How many requests of one client may wait for their reply. */
export const PENDING_REQUESTS_MAX = 32;
export const SAMPLE_INTERVAL_MS = 1000;

/** Where the panel's WebSocket is, beside the protocol's, and its subprotocol: VNC, as bytes. */
export const PANEL_PATH = 'panel';
export const PANEL_SUBPROTOCOL = 'binary';
/** Behind the page's address: the panel is what it shows first, and has the keys. */
export const PANEL_FRAGMENT = '#panel';

const machineName = z.string().check(z.minLength(1), z.maxLength(15));
const count = z.number().check(z.nonnegative());

/** What each request carries beside its number and its name. */
export const requestFields = {
  /** How everything is, measured between two moments. */
  sample: {},
  /** Begins and ends the `sample` messages, one a second while anybody watches. */
  'watch-samples': {},
  'unwatch-samples': {},
  /** The hypervisor's lines so far, and the `event` messages from then on. */
  'watch-events': {},
  /** The last lines of a console as plain text, and its `output` messages from then on. */
  'watch-console': { machine: machineName, lines: z.int().check(z.nonnegative(), z.lte(PAST_LINES_MAX)) },
  'unwatch-console': { machine: machineName },
  /** Bytes typed on a machine's console, base64. */
  input: { machine: machineName, data: z.base64().check(z.maxLength(Math.ceil(INPUT_BYTES_MAX / 3) * 4)) },
  /** Orders; the reply comes when the hypervisor has said that it is so. */
  start: { machine: machineName },
  stop: { machine: machineName },
  reset: { machine: machineName },
  /** Stops a machine in its tracks, and lets it go on from there. */
  pause: { machine: machineName },
  resume: { machine: machineName },
  /**
   * Gives a machine the keyboard of the handset: of the terminal that runs it, and of the pages. If it has a screen, it gets the panel's input
   * too, and with `inFull` all of the panel.
   */
  focus: { machine: machineName, inFull: z.optional(z.boolean()) },
  /** What the panel shows: a machine's screen in full, or with null all side by side. */
  show: { machine: z.nullable(machineName) },
  /** A picture of the panel. */
  screenshot: {},
} as const;

export type RequestName = keyof typeof requestFields;
export const requestNames = Object.keys(requestFields) as RequestName[];
type FieldsOf<Name extends RequestName> = { -readonly [Field in keyof (typeof requestFields)[Name]]: z.infer<(typeof requestFields)[Name][Field]> };
export type Request = { [Name in RequestName]: { id: number; request: Name } & FieldsOf<Name> }[RequestName];
export type RequestOf<Name extends RequestName> = Omit<Extract<Request, { request: Name }>, 'id' | 'request'>;

const requestSchemas = new Map(
  requestNames.map((name) => [name as string, z.object({ id: z.int(), request: z.literal(name), ...requestFields[name] })]),
);

const machineState = z.enum(['off', 'running', 'stopped', 'waiting', 'paused']);

const machineSample = z.object({
  name: machineName,
  state: machineState,
  memoryMib: count,
  vcpus: count,
  /** The CPUs that its vCPUs run on. */
  cpus: z.array(count),
  /** Of one CPU: 1.5 is one and a half. Null where nothing can be said, as of a machine that does not run. */
  cpuUse: z.nullable(count),
  /** The same for the time in which it could have run and did not. */
  cpuStolen: z.nullable(count),
  exitsPerSecond: z.nullable(count),
  wakeUpsPerSecond: z.nullable(count),
  /** When this life of it began, in ms since 1970; null if it neither runs nor is paused. */
  runningSinceMs: z.nullable(count),
});
export type MachineSample = z.infer<typeof machineSample>;

const sample = z.object({
  atMs: count,
  cpus: count,
  memoryMib: count,
  hypervisorKib: count,
  machines: z.array(machineSample),
});
export type Sample = z.infer<typeof sample>;

/** What an event is about, for its colour. */
const eventKind = z.enum(['board', 'started', 'reset', 'off', 'stopped', 'paused', 'resumed', 'failure']);
export type EventKind = z.infer<typeof eventKind>;

const event = z.object({
  atMs: count,
  kind: eventKind,
  machine: z.nullable(z.string()),
  /** The hypervisor's line, as plain text. */
  text: z.string(),
});
export type HandsetEvent = z.infer<typeof event>;

/** Which machine has the panel's input, and whether its screen is all that is shown. */
const panelFront = z.object({ machine: machineName, inFull: z.boolean() });
export type PanelFront = z.infer<typeof panelFront>;

const panel = z.object({
  /** In pixels. */
  width: count,
  height: count,
  /** Those that have a screen on it. */
  machines: z.array(machineName),
  /** Null before the device machine has said so. */
  front: z.nullable(panelFront),
});
export type Panel = z.infer<typeof panel>;

const past = z.object({ lines: z.array(z.string()), partial: z.string() });
const nothing = z.object({});

const results = {
  sample: z.object({ sample }),
  'watch-samples': nothing,
  'unwatch-samples': nothing,
  'watch-events': z.object({ events: z.array(event) }),
  'watch-console': past,
  'unwatch-console': nothing,
  input: nothing,
  start: nothing,
  stop: nothing,
  reset: nothing,
  pause: nothing,
  resume: nothing,
  focus: nothing,
  show: nothing,
  /** A PNG file, base64. */
  screenshot: z.object({ width: count, height: count, png: z.string() }),
} as const satisfies Record<RequestName, z.ZodMiniType>;
export type ResultOf<Name extends RequestName> = z.infer<(typeof results)[Name]>;

export function parseResult<Name extends RequestName>(name: Name, result: unknown): ResultOf<Name> {
  return results[name].parse(result) as ResultOf<Name>;
}

const serverMessage = z.discriminatedUnion('message', [
  z.object({
    message: z.literal('welcome'),
    version: z.int(),
    /** The requests that this server carries out. */
    requests: z.array(z.string()),
    handset: z.object({ name: z.string(), pid: count, board: z.string(), startedAtMs: count }),
    machines: z.array(z.object({ name: machineName, memoryMib: count, vcpus: count })),
    focus: z.nullable(machineName),
    /** Of a handset that has one. */
    panel: z.optional(panel),
  }),
  z.object({ message: z.literal('reply'), id: z.int(), result: z.optional(z.unknown()), refusal: z.optional(z.string()) }),
  z.object({ message: z.literal('sample'), sample }),
  z.object({ message: z.literal('event'), event }),
  z.object({ message: z.literal('output'), machine: machineName, data: z.base64() }),
  z.object({ message: z.literal('focus'), machine: z.nullable(machineName) }),
  z.object({ message: z.literal('panel'), front: panelFront }),
  /** The last message: the handset runs no more, and why. */
  z.object({ message: z.literal('ended'), reason: z.string() }),
]);
export type ServerMessage = z.infer<typeof serverMessage>;
export type Welcome = Extract<ServerMessage, { message: 'welcome' }>;

/** The message that a frame from the server holds; null for one that this version does not know. */
export function parseServerMessage(frame: string): ServerMessage | null {
  const parsed = serverMessage.safeParse(JSON.parse(frame));
  return parsed.success ? parsed.data : null;
}

export type ParsedRequest =
  | { readonly kind: 'request'; readonly request: Request }
  /** It has a number, so that its sender can be told what was wrong. */
  | { readonly kind: 'refused'; readonly id: number; readonly reason: string }
  /** Nothing that a client of this protocol sends. */
  | { readonly kind: 'garbage' };

export function parseRequest(frame: string): ParsedRequest {
  let value: unknown;
  try {
    value = JSON.parse(frame);
  } catch {
    return { kind: 'garbage' };
  }
  const envelope = z.object({ id: z.int(), request: z.string() }).safeParse(value);
  if (!envelope.success) return { kind: 'garbage' };
  const { id, request } = envelope.data;
  const schema = requestSchemas.get(request);
  if (!schema) return { kind: 'refused', id, reason: `this handset knows no request "${request.slice(0, 40)}"` };
  const parsed = schema.safeParse(value);
  if (parsed.success) return { kind: 'request', request: parsed.data as Request };
  const fields = [...new Set(parsed.error.issues.map(({ path }) => path.join('.')))].join(', ');
  return { kind: 'refused', id, reason: `${request}: wrong ${fields}` };
}
