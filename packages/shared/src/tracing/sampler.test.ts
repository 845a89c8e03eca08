import * as sdk from '@opentelemetry/sdk-trace';
import { expect, it } from 'vitest';
import { samplerOf } from './sampler.ts';

it.each([
  [{}, 'ParentBased{root=AlwaysOnSampler'],
  [{ OTEL_TRACES_SAMPLER: 'always_off' }, 'AlwaysOffSampler'],
  [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' }, 'TraceIdRatioBased{0.25}'],
  [
    { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' },
    'ParentBased{root=TraceIdRatioBased{0}',
  ],
])('follows OpenTelemetry’s variables: %j', (env, description) => {
  expect(samplerOf(env, sdk).toString()).toContain(description);
});

it.each([
  [{ OTEL_TRACES_SAMPLER: 'xray' }, /OTEL_TRACES_SAMPLER is xray; it may be/],
  [{ OTEL_TRACES_SAMPLER: 'parentbased_' }, /OTEL_TRACES_SAMPLER is parentbased_;/],
  [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '20%' }, /OTEL_TRACES_SAMPLER_ARG is 20%; a share/],
])('refuses what makes no sense, by the name of the variable: %j', (env, message) => {
  expect(() => samplerOf(env, sdk)).toThrow(message);
});
