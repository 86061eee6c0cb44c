import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { run } from '../commands.mjs';
import { expected, SetupError } from '../setup-error.mjs';
import { requireWritableFolder } from '../writable-folder.mjs';

/** The release of TensorFlow whose libraries @tensorflow/tfjs-node 4.22.0 was proven to build and run on. */
export const TENSORFLOW_VERSION = '2.21.0';

const X64 = 'manylinux_2_27_x86_64';
const ARM64 = 'manylinux_2_27_aarch64';

/** Which Python package holds the libraries, by kind and `process.arch`. */
const WHEELS = {
  cpu: {
    x64: { name: 'tensorflow-cpu', platform: X64, megabytes: 270 },
    arm64: { name: 'tensorflow', platform: ARM64, megabytes: 280 },
  },
  cuda: { x64: { name: 'tensorflow', platform: X64, megabytes: 3000 } },
};

// The C API and the headers that it includes; all headers together take 280 MB.
const HEADERS = ['tensorflow/c/', 'tensorflow/core/platform/', 'tsl/platform/', 'xla/tsl/'];
const LIBRARIES = ['tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2'];
const MEMBERS = [...LIBRARIES, ...HEADERS.map((folder) => `tensorflow/include/${folder}`)];

const UNPACK = `
import sys, zipfile
wheel, target, *prefixes = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    archive.extractall(target, [name for name in archive.namelist() if name.startswith(tuple(prefixes))])
`;

/**
 * Where the cache keeps TensorFlow's libraries, in the layout of the wheel that they came in.
 *
 * @param {'cpu' | 'cuda'} kind
 * @param {string} cache
 */
export function cachedLibrary(kind, cache) {
  return join(cache, `tensorflow-${TENSORFLOW_VERSION}-${kind}-${process.arch}`, 'tensorflow');
}

/**
 * The step that downloads TensorFlow's own wheel and unpacks its libraries, unless the cache holds them.
 *
 * @param {'cpu' | 'cuda'} kind
 * @param {string} cache
 * @returns {import('../progress.mjs').Step[]}
 * @throws {SetupError} if there is no such wheel for this machine, or the cache cannot be written
 */
export function wheelSteps(kind, cache) {
  const folder = dirname(cachedLibrary(kind, cache));
  if (existsSync(folder)) return [];
  const wheel = WHEELS[kind][process.arch];
  if (process.platform !== 'linux' || !hasGlibc() || wheel === undefined) {
    const machines = Object.keys(WHEELS[kind]).join(' or ');
    const machine = `${process.platform} ${process.arch}${hasGlibc() ? '' : ' without glibc'}`;
    throw expected(
      `Linux with glibc on ${machines}, or another ONEFACE_TENSORFLOW (see docs/01-set-up.md)`,
      `TensorFlow's ${kind} library`,
      machine,
    );
  }
  requireWritableFolder(cache, 'ONEFACE_CACHE');
  return [
    {
      title: `TensorFlow ${TENSORFLOW_VERSION} (${kind}): download of about ${wheel.megabytes} MB, unpacked to ${folder}`,
      programs: ['python3', 'pip'],
      run: () => fill(folder, kind, wheel),
    },
  ];
}

function hasGlibc() {
  return process.report.getReport().header.glibcVersionRuntime !== undefined;
}

/**
 * Fills a folder beside the final one and renames it at the end: a folder of that name is always whole.
 *
 * @param {string} folder
 * @param {'cpu' | 'cuda'} kind
 * @param {{ name: string, platform: string }} wheel
 */
async function fill(folder, kind, { name, platform }) {
  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  const metadata = 'tensorflow-';
  await unpack(`${name}==${TENSORFLOW_VERSION}`, platform, partial, [...MEMBERS, metadata]);
  if (kind === 'cuda') {
    for (const requirement of await cudaRequirements(partial)) {
      await unpack(requirement, platform, partial, ['nvidia/']);
    }
  }
  await rename(partial, folder);
}

/**
 * Downloads one wheel, whatever the host's own Python is, and unpacks the members with one of the prefixes.
 *
 * @param {string} requirement
 * @param {string} platform
 * @param {string} target
 * @param {string[]} prefixes
 */
async function unpack(requirement, platform, target, prefixes) {
  const downloads = join(target, 'downloads');
  const tags = ['--python-version', '3.12', '--implementation', 'cp', '--abi', 'cp312'];
  const platforms = [platform, platform.replace('_2_27_', '_2_17_'), platform.replace('_2_27_', '2014_')];
  await run('python3', [
    ...['-m', 'pip', 'download', '--no-input', '--no-deps', '--only-binary', ':all:', ...tags],
    ...platforms.flatMap((tag) => ['--platform', tag]),
    ...['--dest', downloads, requirement],
  ]);
  const [wheel] = await readdir(downloads);
  await run('python3', ['-c', UNPACK, join(downloads, wheel), target, ...prefixes]);
  await rm(downloads, { recursive: true });
}

/**
 * NVIDIA's libraries that the CUDA wheel asks for. It looks for them in the folder "nvidia" beside its own.
 *
 * @param {string} folder
 * @returns {Promise<string[]>} requirements such as "nvidia-cudnn-cu12<10.0,>=9.3.0.75"
 */
async function cudaRequirements(folder) {
  const information = (await readdir(folder)).find((name) => name.endsWith('.dist-info'));
  const metadata = information && (await readFile(join(folder, information, 'METADATA'), 'utf8'));
  const requirements = [...(metadata ?? '').matchAll(/^Requires-Dist: (nvidia-[^;]+?) *;.*and-cuda/gm)];
  if (requirements.length === 0) throw new SetupError("TensorFlow's CUDA wheel names no NVIDIA libraries");
  return requirements.map(([, requirement]) => requirement);
}
