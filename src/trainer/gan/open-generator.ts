import { loadGeneratorWeights } from '../checkpoints/generator-format.js';
import { Generator } from './generator.js';
import { GeneratorWeights } from './weights.js';

/**
 * Opens a generator that `import-gan` wrote.
 *
 * @param folder holds `generator.safetensors` and `generator.json`
 * @throws InputError when a file is missing or malformed
 * @throws IntegrityError when the two do not belong together
 */
export async function openGenerator(folder: string): Promise<Generator> {
  const { tensors } = await loadGeneratorWeights(folder);
  return new Generator(new GeneratorWeights(tensors));
}
