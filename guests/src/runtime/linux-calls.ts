/**
 * System calls of Linux for programs at EL0, by their numbers on arm64 [Linux, include/uapi/asm-generic/unistd.h], and what such
 * a program needs to say something. Its first instructions are
 *
 *     export const start = naked<() => void>(asm`
 *       bl  ${main}
 *       b   .`, { section: '.text.start' });
 */
const DUP3 = 24n;
const MOUNT = 40n;
const OPENAT = 56n;
const CLOSE = 57n;
const PIPE2 = 59n;
const READ = 63n;
const WRITE = 64n;
const PREAD64 = 67n;
const EXIT = 93n;
const SCHED_SETAFFINITY = 122n;
const REBOOT = 142n;
const GETPPID = 173n;
const SOCKET = 198n;
const BIND = 200n;
const CONNECT = 203n;
const SETSOCKOPT = 208n;
const CLONE = 220n;
const EXECVE = 221n;
const MMAP = 222n;
const WAIT4 = 260n;

const CURRENT_FOLDER = 0xffff_ffff_ffff_ff9cn;
const WRITE_ONLY_CREATE = 0x41n;
const ALL_MAY_READ = 0o644n;
const ANY_CHILD = 0xffff_ffff_ffff_ffffn;
const SIGCHLD = 17n;
const READ_WRITE = 3n;
const SHARED_ANONYMOUS = 0x21n;
const PRIVATE_ANONYMOUS = 0x22n;
/** Past the page cache. */
const READ_DIRECT = 0x1_0000n;
const INTERNET = 2n;
const DATAGRAMS = 2n;
const SOCKET_LEVEL = 1n;
const RECEIVE_TIMEOUT = 20n;
const TIME_BYTES = 16n;
const REBOOT_MAGIC1 = 0xfee1deadn;
const REBOOT_MAGIC2 = 672274793n;
const REBOOT_POWER_OFF = 0x4321fedcn;

export const STANDARD_INPUT = 0n;
export const STANDARD_OUTPUT = 1n;

/** Texts as Linux wants them, with a zero byte at the end. */
const texts = fixedArray(u8, 1024);
let textBytes: u32 = 0;
const DIGITS_MAX = 20;
const digits = fixedArray(u8, DIGITS_MAX);

const ARGUMENTS_MAX = 8;
const argumentList = fixedArray(u64, ARGUMENTS_MAX + 1);

/** Any system call; its result, or the negated error. */
const call = naked<(number: u64, a: u64, b: u64, c: u64, d: u64, e: u64) => u64>(asm`
    mov   x8, x0
    mov   x0, x1
    mov   x1, x2
    mov   x2, x3
    mov   x3, x4
    mov   x4, x5
    mov   x5, #0
    svc   #0
    ret`);

/** `text` in memory with a zero byte at its end, for as long as the program runs. */
export function zeroTerminated(text: string): u64 {
  const address = addressOf(texts) + u64(textBytes);
  for (let i: u32 = 0; i < text.length; i += 1) {
    texts[textBytes + i] = text.charCodeAt(i);
  }
  // `print` may have left something there.
  texts[textBytes + text.length] = 0;
  textBytes += text.length + 1;
  return address;
}

export function print(text: string): void {
  call(WRITE, STANDARD_OUTPUT, zeroTerminated(text), u64(text.length), 0n, 0n);
  textBytes -= text.length + 1;
}

export function printDecimal(value: u64): void {
  let first: u32 = DIGITS_MAX;
  let rest: u64 = value;
  do {
    first -= 1;
    digits[first] = u8.wrap(0x30n + (rest % 10n));
    rest /= 10n;
  } while (rest !== 0n);
  call(WRITE, STANDARD_OUTPUT, addressOf(digits) + u64(first), u64(DIGITS_MAX - first), 0n, 0n);
}

/** The file at `path`, a zero-terminated text. */
export function openToRead(path: u64): u64 {
  return call(OPENAT, CURRENT_FOLDER, path, 0n, 0n, 0n);
}

/** The same, read past the page cache: into whole pages, from whole blocks. */
export function openDirect(path: u64): u64 {
  return call(OPENAT, CURRENT_FOLDER, path, READ_DIRECT, 0n, 0n);
}

/** The same, made if it is not there. */
export function openToWrite(path: u64): u64 {
  return call(OPENAT, CURRENT_FOLDER, path, WRITE_ONLY_CREATE, ALL_MAY_READ, 0n);
}

export function close(file: u64): void {
  call(CLOSE, file, 0n, 0n, 0n, 0n);
}

export function read(file: u64, address: u64, bytes: u64): u64 {
  return call(READ, file, address, bytes, 0n, 0n);
}

/** `bytes` bytes from byte `offset` of the file on. */
export function readAt(file: u64, address: u64, bytes: u64, offset: u64): u64 {
  return call(PREAD64, file, address, bytes, offset, 0n);
}

export function write(file: u64, address: u64, bytes: u64): u64 {
  return call(WRITE, file, address, bytes, 0n, 0n);
}

/** `number` means the same file as `file` from here on. */
export function duplicate(file: u64, number: u64): void {
  call(DUP3, file, number, 0n, 0n, 0n);
}

/** Two file numbers, u32 each, to `ends`: what is written to the second is read from the first. */
export function pipe(ends: FixedArray<u32>): void {
  call(PIPE2, addressOf(ends), 0n, 0n, 0n, 0n);
}

export function mount(type: u64, folder: u64): void {
  call(MOUNT, type, folder, type, 0n, 0n);
}

export function parentId(): u64 {
  return call(GETPPID, 0n, 0n, 0n, 0n, 0n);
}

/** 0 in the new process, its number in the old one. */
export function fork(): u64 {
  return call(CLONE, SIGCHLD, 0n, 0n, 0n, 0n);
}

/** Waits for the end of a child; its status as wait(2) says it goes to `status`. */
export function wait(status: FixedArray<u32>): void {
  call(WAIT4, ANY_CHILD, addressOf(status), 0n, 0n, 0n);
}

export function exit(status: u64): void {
  call(EXIT, status, 0n, 0n, 0n, 0n);
}

/** Becomes the program `arguments[0]`. Comes back only if that cannot be. */
export function execute(words: readonly string[]): void {
  for (let i: u32 = 0; i < words.length; i += 1) {
    argumentList[i] = zeroTerminated(words[i]);
  }
  argumentList[words.length] = 0n;
  call(EXECVE, argumentList[0], addressOf(argumentList), addressOf(argumentList) + 8n * u64(words.length), 0n, 0n);
}

/** Memory that nobody has touched. */
export function map(bytes: u64): u64 {
  return call(MMAP, 0n, bytes, READ_WRITE, PRIVATE_ANONYMOUS, ANY_CHILD);
}

/** The same, and what is written there by this process is seen by those that it starts later, and the other way round. */
export function mapShared(bytes: u64): u64 {
  return call(MMAP, 0n, bytes, READ_WRITE, SHARED_ANONYMOUS, ANY_CHILD);
}

/** Runs on CPU `index` only, from here on. False if there is none. */
export function pinTo(index: u64): boolean {
  const one: u64 = 1n;
  argumentList[0] = one << index;
  return call(SCHED_SETAFFINITY, 0n, 8n, addressOf(argumentList), 0n, 0n) === 0n;
}

export function datagramSocket(): u64 {
  return call(SOCKET, INTERNET, DATAGRAMS, 0n, 0n, 0n);
}

/** The socket's own address, `bytes` bytes at `address`. */
export function bind(socket: u64, address: u64, bytes: u64): void {
  call(BIND, socket, address, bytes, 0n, 0n);
}

/** The address that it speaks to. */
export function connect(socket: u64, address: u64, bytes: u64): void {
  call(CONNECT, socket, address, bytes, 0n, 0n);
}

/** How long a read waits: seconds and microseconds, u64 each, at `address`. */
export function setReceiveTimeout(socket: u64, address: u64): void {
  call(SETSOCKOPT, socket, SOCKET_LEVEL, RECEIVE_TIMEOUT, address, TIME_BYTES);
}

export function powerOff(): void {
  call(REBOOT, REBOOT_MAGIC1, REBOOT_MAGIC2, REBOOT_POWER_OFF, 0n, 0n);
}
