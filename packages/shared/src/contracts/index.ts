/** The nouns of Vigil, in the order in which a line becomes them. */
export * from './severity.ts';
export * from './counts.ts';
export * from './line-batch.ts';
export * from './parsed-request.ts';
export * from './scored-request.ts';
export * from './scored-batch.ts';
export * from './alert.ts';
export * from './alert-frame.ts';
