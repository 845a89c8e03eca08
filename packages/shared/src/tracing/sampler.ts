import type * as sdkTrace from '@opentelemetry/sdk-trace';

type Sdk = Pick<
  typeof sdkTrace,
  'AlwaysOffSampler' | 'AlwaysOnSampler' | 'ParentBasedSampler' | 'TraceIdRatioBasedSampler'
>;

const PARENT_BASED = 'parentbased_';
const DEFAULT = 'parentbased_always_on';

/**
 * Which traces are recorded, by OpenTelemetry's own variables: `OTEL_TRACES_SAMPLER` (`always_on`, `always_off`, `traceidratio`, each
 * also with `parentbased_` before it; `parentbased_always_on` by default) and, for a ratio, `OTEL_TRACES_SAMPLER_ARG` (0 to 1; 1 by
 * default).
 * @throws Error with the variable's name where a value makes no sense
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export function samplerOf(env: NodeJS.ProcessEnv, sdk: Sdk): sdkTrace.Sampler {
  const name = env['OTEL_TRACES_SAMPLER'] || DEFAULT;
  if (!name.startsWith(PARENT_BASED)) return rootSampler(name, env, sdk);
  return new sdk.ParentBasedSampler({ root: rootSampler(name.slice(PARENT_BASED.length), env, sdk) });
}

function rootSampler(name: string, env: NodeJS.ProcessEnv, sdk: Sdk): sdkTrace.Sampler {
  if (name === 'always_on') return new sdk.AlwaysOnSampler();
  if (name === 'always_off') return new sdk.AlwaysOffSampler();
  if (name === 'traceidratio') return new sdk.TraceIdRatioBasedSampler(ratioOf(env));
  throw new Error(
    `OTEL_TRACES_SAMPLER is ${env['OTEL_TRACES_SAMPLER']}; it may be always_on, always_off or traceidratio, also with ${PARENT_BASED} before it`,
  );
}

function ratioOf(env: NodeJS.ProcessEnv): number {
  const text = env['OTEL_TRACES_SAMPLER_ARG'] || '1';
  const ratio = Number(text);
  if (ratio >= 0 && ratio <= 1) return ratio;
  throw new Error(`OTEL_TRACES_SAMPLER_ARG is ${text}; a share from 0 to 1 is expected`);
}
