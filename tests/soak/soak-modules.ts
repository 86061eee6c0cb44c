import { loadModule } from '../setup/scripts.js';

/** Loads a module of the soak's program, which is no package. */
export function loadSoak<Module>(name: string): Promise<Module> {
  return loadModule<Module>(`deploy/soak/dist/${name}.js`);
}
