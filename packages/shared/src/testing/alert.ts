import type { Alert } from '../contracts/alert.ts';

/** An alert of which a test names only what it looks at. */
export function testAlert(fields: Partial<Alert> = {}): Alert {
  return {
    event: 'threat',
    timestamp: '2026-03-02T10:00:00.000Z',
    source_ip: '192.0.2.1',
    request_method: 'GET',
    request_path: '/',
    threat_score: 0.9,
    severity: 'HIGH',
    component_scores: {},
    id: '6f2b1b7c-3d3e-8a55-9c1d-0e5b5f0c1a11',
    seq: 1,
    matched_rules: [],
    classes: [],
    source: 's',
    ...fields,
  };
}
