import { createContext, use } from 'react';
import type { Gateway } from './gateway.ts';

export const GatewayContext = createContext<Gateway | undefined>(undefined);

/** The gateway of this session. */
export function useGateway(): Gateway {
  const gateway = use(GatewayContext);
  if (gateway === undefined) throw new Error('no session');
  return gateway;
}
