/** Round values within a range, some five of them; powers of ten on a logarithmic axis. */
export function ticksOf(min: number, max: number, isLog: boolean): number[] {
  if (isLog) {
    const [from, to] = [Math.ceil(Math.log10(min) - 1e-9), Math.floor(Math.log10(max) + 1e-9)];
    const powers = Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => 10 ** (from + index));
    return powers.length >= 2 ? powers : [min, max];
  }
  const rough = (max - min) / 5 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const ticks: number[] = [];
  for (let value = Math.ceil(min / step) * step; value <= max + step * 1e-9; value += step)
    ticks.push(Number(value.toPrecision(12)));
  return ticks;
}

/** `1.5k`, `2M`, `0.25`. */
export function shortNumber(value: number): string {
  for (const [limit, suffix] of [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const)
    if (Math.abs(value) >= limit) return `${Number((value / limit).toPrecision(3))}${suffix}`;
  return String(Number(value.toPrecision(3)));
}
