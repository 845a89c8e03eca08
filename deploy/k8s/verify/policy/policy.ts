import { Sources } from '../environment.ts';
import { workloadsOf, type KubeObject, type Problem, type Workload } from '../objects.ts';

/** One overlay as the policies see it. */
export interface Tree {
  /** `overlays/dev` */
  path: string;
  objects: readonly KubeObject[];
  workloads: readonly Workload[];
  sources: Sources;
}

/** A rule of this project about what is applied. Returns every breach. */
export type Policy = (tree: Tree) => Problem[];

/** The tree of an overlay, by its path below `deploy/k8s`. */
export function treeOf(path: string, objects: readonly KubeObject[]): Tree {
  return { path, objects, workloads: workloadsOf(objects), sources: new Sources(objects) };
}

/** Objects of a kind, in a namespace where one is given. */
export function ofKind(tree: Tree, kind: string, namespace?: string): KubeObject[] {
  return tree.objects.filter(
    (object) => object.kind === kind && (namespace === undefined || object.metadata.namespace === namespace),
  );
}
