/**
 * Entropy devices of machines. Whoever asks gets a few bytes, and then the others have their turn: while the board's source is slower than those
 * who ask, it is shared among them. [virtio 1.2 "Entropy Device"]
 */
import * as entropySource from './entropy-source.ts';
import { CHAINS_MAX } from './limits.ts';
import { FEATURE_EVENT_INDEX, FEATURE_INDIRECT, FEATURE_VERSION_1, type ServedDevice } from './served-device.ts';
import { NONE, Rule, type ServedQueue } from './served-queue.ts';

/** Of one request, what is filled at most: what a driver asks for to seed its generator. */
const CHAIN_BYTES_MAX = 64;

export function describe(device: ServedDevice): boolean {
  device.features = FEATURE_INDIRECT | FEATURE_EVENT_INDEX | FEATURE_VERSION_1;
  device.queueCount = 1;
  return entropySource.isThere();
}

/** Fills what the machine has made room for, while there is something to fill it with; `main.ts` comes back when there is more. */
export function serve(device: ServedDevice): void {
  const queue = device.queues[0];
  let left: u32 = CHAINS_MAX;
  do {
    while (left !== 0 && entropySource.isReady()) {
      const head = queue.take();
      if (head === NONE) {
        break;
      }
      left -= 1;
      fill(queue, head);
    }
  } while (left !== 0 && entropySource.isReady() && queue.listen());
  device.isWaiting = left === 0;
  device.tell(queue);
}

function fill(queue: ServedQueue, head: u32): void {
  let done: u32 = 0;
  let isThere = queue.begin(head);
  while (isThere) {
    if (!queue.isForDevice) {
      queue.fail(Rule.Order);
      return;
    }
    const room = CHAIN_BYTES_MAX - done;
    done += entropySource.take(queue.address, queue.bytes < room ? queue.bytes : room);
    isThere = queue.isMore() && queue.advance();
  }
  if (queue.broken === Rule.None) {
    queue.giveBack(head, done);
  }
}
