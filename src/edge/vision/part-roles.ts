import { type ClassSetId, classSet } from '@oneface/common/classes/class-sets';
import { expected } from '@oneface/common/errors/errors';

/** Which labels of a class set the face finder goes by. */
export interface PartRoles {
  readonly eye: number;
  readonly mouth: number;
  readonly nose: number;
  /** Skin, or the background where the set has no class for it. */
  readonly skin: number;
  /** All labels that lie on a face. */
  readonly face: readonly number[];
}

const ON_A_FACE = ['skin', 'brow', 'eye', 'nose', 'mouth'];

/**
 * Looks the labels up by the names of the classes.
 *
 * @throws InputError when the set lacks eye, mouth or nose
 */
export function partRoles(id: ClassSetId): PartRoles {
  const names = classSet(id).classes.map(({ name }) => name);
  const label = (name: string): number => {
    const found = names.indexOf(name);
    if (found < 0) throw expected(`a class "${name}"`, `the class set ${id}`, names.join(', '));
    return found;
  };
  const face = names.flatMap((name, index) => (ON_A_FACE.includes(name) ? [index] : []));
  const skin = Math.max(0, names.indexOf('skin'));
  return { eye: label('eye'), mouth: label('mouth'), nose: label('nose'), skin, face };
}
