import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { endsSoon } from '../../frames/support/processes.js';
import { compileC } from '../../support/compile-c.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { eventually } from './text-lines.js';

/** The real programs of version 1 with another library before them; see fake-libgpiod.c. */
const library = await compileC('fake-libgpiod', ['gpio/fake-libgpiod.c'], ['-shared', '-fPIC']);

/**
 * Stands in for the programs of version 2, of which Debian 12 has none: their command lines as in
 * tools/gpioset.c and tools/gpiomon.c of libgpiod 2.2, options before lines and unknown ones an error.
 */
const TAKE = `
[ "$chip" = gpiochip0 ] || { echo "$0: cannot find GPIO chip character device '$chip'" >&2; exit 1; }
[ "$line" -lt 58 ] || { echo "$0: offset $line is out of range on chip '$chip'" >&2; exit 1; }
exec 9>>"$FAKE_GPIO/line-$line"
flock -n 9 || { echo "$0: unable to request lines on chip '/dev/gpiochip0': Device or resource busy" >&2; exit 1; }
echo $$ >"$FAKE_GPIO/line-$line"
`;
const PROGRAMS_2 = {
  gpiodetect: 'echo "gpiochip0 [pinctrl-bcm2711] (58 lines)"; echo "gpiochip1 [other] (8 lines)"',
  gpioset: `
low=0 hold=yes bias=
while :; do
  case "$1" in
    --version) echo "gpioset (libgpiod) v2.2.1"; exit;;
    --active-low) low=1; shift;;
    --bias=pull-up|--bias=pull-down) bias=\${1#--bias=}; shift;;
    --toggle) [ "$2" = 0 ] || exit 9; hold=no; shift 2;;
    --chip) chip=$2; shift 2;;
    -*) echo "gpioset: unrecognized option '$1'" >&2; exit 1;;
    *) break;;
  esac
done
[ $# = 1 ] || { echo "gpioset: at least one GPIO line value must be specified" >&2; exit 1; }
line=\${1%=*} value=\${1#*=}
${TAKE}
echo "set $line $((value ^ low)) $bias" >>"$FAKE_GPIO/log"
[ $hold = no ] || exec sleep infinity`,
  gpiomon: `
low=0
while :; do
  case "$1" in
    --active-low) low=1; shift;;
    --edges) [ "$2" = rising ] || exit 9; shift 2;;
    --debounce-period) echo "$2" | grep -Eqx '[0-9]+(ms|us|s|m)?' || exit 9; shift 2;;
    --format) format=$2; shift 2;;
    --chip) chip=$2; shift 2;;
    -*) echo "gpiomon: unrecognized option '$1'" >&2; exit 1;;
    *) break;;
  esac
done
[ $# = 1 ] || { echo "gpiomon: at least one GPIO line must be specified" >&2; exit 1; }
line=$1 before=$low
${TAKE}
[ -p "$FAKE_GPIO/pin-$line" ] || mkfifo "$FAKE_GPIO/pin-$line"
exec 8<>"$FAKE_GPIO/pin-$line"
echo "watch $line" >>"$FAKE_GPIO/log"
while read -r level <&8; do
  [ $level = $before ] || [ $level = $low ] || echo "$format"
  before=$level
done`,
};

/** One chip, gpiochip0 [pinctrl-bcm2711] of 58 lines, and libgpiod's programs of a version. */
export class FakeLibgpiod {
  readonly folder: string;
  /** Where the programs are found first. */
  readonly env: { readonly PATH: string };

  private constructor(folder: string) {
    this.folder = folder;
    this.env = { PATH: `${folder}:${process.env.PATH}` };
  }

  static async make(t: ExecutionContext, version: 1 | 2): Promise<FakeLibgpiod> {
    const folder = await temporaryFolder(t);
    const state = join(folder, 'state');
    mkdirSync(state);
    writeFileSync(join(state, 'log'), '');
    for (const [name, script] of Object.entries(PROGRAMS_2)) {
      const real = `LD_PRELOAD=${library} PATH=${process.env.PATH} exec ${name} "$@"`;
      const text = `#!/bin/sh\nexport FAKE_GPIO=${state}\n${version === 1 ? real : script}\n`;
      writeFileSync(join(folder, name), text, { mode: 0o755 });
    }
    return new FakeLibgpiod(folder);
  }

  /** What has happened to lines so far: "set LINE LEVEL BIAS", "watch LINE". */
  log(): string[] {
    return readFileSync(join(this.folder, 'state', 'log'), 'utf8')
      .split('\n')
      .slice(0, -1);
  }

  /** Waits until this has happened so many times. */
  async happened(what: string, times = 1): Promise<void> {
    await eventually(() => this.log().filter((line) => line === what).length >= times || undefined);
  }

  /** The process that has or had a line last. */
  owner(line: number): number {
    return Number(
      readFileSync(join(this.folder, 'state', `line-${line}`), 'utf8')
        .trim()
        .split('\n')
        .at(-1),
    );
  }

  /** Whether the last owner of a line goes away. */
  isFreeSoon(line: number): Promise<boolean> {
    return endsSoon(`${this.owner(line)}`);
  }

  /** The outside changes the level of a pin. */
  async level(line: number, ...levels: (0 | 1)[]): Promise<void> {
    const pin = await open(join(this.folder, 'state', `pin-${line}`), 'w');
    await pin.write(levels.map((level) => `${level}\n`).join(''));
    await pin.close();
  }
}
