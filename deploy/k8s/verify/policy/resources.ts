import type { IContainer } from 'kubernetes-models/v1';
import { containersOf, problem, serviceNameOf, type Workload } from '../objects.ts';
import type { Policy } from './policy.ts';

/** The rest of the limit is for buffers, stacks and Node itself. */
const HEAP_PERCENT_MAX = 80;
const UNITS: Record<string, number> = { '': 1, k: 1e3, M: 1e6, G: 1e9, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 };

/** Requests for both, a limit for memory, none for CPU (it only throttles); Node's heap fits into the limit. */
export const resources: Policy = (tree) =>
  tree.workloads.flatMap((workload) =>
    containersOf(workload.pod).flatMap((container) =>
      [...amounts(container), ...heap(container, workload)].map((message) =>
        problem(workload.object, `container ${container.name}: ${message}`),
      ),
    ),
  );

function amounts({ resources: given }: IContainer): string[] {
  const found: string[] = [];
  for (const name of ['cpu', 'memory'])
    if (given?.requests?.[name] === undefined) found.push(`needs a request of ${name}`);
  if (given?.limits?.['memory'] === undefined) found.push('needs a memory limit');
  if (given?.limits?.['cpu'] !== undefined) found.push('must not have a CPU limit');
  if (bytes(given?.requests?.['memory']) > bytes(given?.limits?.['memory']))
    found.push('requests more memory than its limit');
  return found;
}

function heap(container: IContainer, workload: Workload): string[] {
  if (serviceNameOf(workload) === undefined) return [];
  const options = container.env?.find((entry) => entry.name === 'NODE_OPTIONS')?.value ?? '';
  const percent = /--max-old-space-size-percentage=(\d+)/.exec(options)?.[1];
  const mebibytes = /--max-old-space-size=(\d+)/.exec(options)?.[1];
  const limit = bytes(container.resources?.limits?.['memory']);
  const share = percent === undefined ? (Number(mebibytes) * 2 ** 20 * 100) / limit : Number(percent);
  if (Number.isNaN(share)) return ['NODE_OPTIONS must bound the heap (--max-old-space-size-percentage)'];
  return share > HEAP_PERCENT_MAX
    ? [`the heap may take ${Math.round(share)} % of the memory limit, more than ${HEAP_PERCENT_MAX} %`]
    : [];
}

function bytes(quantity: string | number | undefined): number {
  const match = /^([\d.]+)([kMG]i?|Ki)?$/.exec(`${quantity ?? ''}`);
  return match === null ? Number.NaN : Number(match[1]) * UNITS[match[2] ?? '']!;
}
