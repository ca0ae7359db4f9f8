/** `thimble screenshot`: a picture of a running handset's panel, as a PNG file. */
import { Command } from 'commander';
import { writeFile } from 'node:fs/promises';
import { pictureName } from '../control/picture-name.ts';
import { fromCaller } from '../project.ts';
import { Refusal, refusing } from '../refusal.ts';
import { type ControlOptions, handsetOption, jsonOption, printJson, withHandset } from './control-options.ts';
import { thousands } from './figures.ts';

interface ScreenshotOptions extends ControlOptions {
  readonly output?: string;
}

const STANDARD_OUTPUT = '-';

async function screenshot(options: ScreenshotOptions): Promise<void> {
  const toOutput = options.output === STANDARD_OUTPUT;
  if (toOutput && options.json) throw new Refusal('-o - writes the picture to standard output, where --json writes too; give one of them');
  if (toOutput && process.stdout.isTTY) throw new Refusal('-o - writes a PNG file to standard output, which is a terminal; redirect it, or give a FILE');
  const { handset, picture } = await withHandset(options, async (client) => ({
    handset: client.welcome.handset,
    picture: await client.request('screenshot', {}),
  }));
  const { width, height } = picture;
  const bytes = Buffer.from(picture.png, 'base64');
  if (toOutput) {
    process.stdout.write(bytes);
    return;
  }
  const file = fromCaller(options.output ?? pictureName(handset.name, new Date()));
  await refusing(`writing ${file}`, () => writeFile(file, bytes));
  if (options.json) printJson({ handset: handset.name, pid: handset.pid, file, width, height, bytes: bytes.length });
  else process.stdout.write(`${file}: ${String(width)} × ${String(height)}, ${thousands(bytes.length)} bytes\n`);
}

export function screenshotCommand(): Command {
  return new Command('screenshot')
    .description("a picture of a running handset's panel, as a PNG file")
    .option('-o, --output <file>', 'where it goes; - is standard output (default: named after the handset and the time)')
    .addOption(handsetOption())
    .addOption(jsonOption())
    .action(screenshot);
}
