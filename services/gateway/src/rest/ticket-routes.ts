import { z } from 'zod';
import { TICKET_LIFETIME_SECONDS, type Tickets } from '../auth/tickets.ts';
import type { Api } from './api.ts';

/** `POST /ws/ticket`. */
export function ticketRoutes(api: Api, tickets: Tickets): void {
  api.add({
    method: 'POST',
    path: '/ws/ticket',
    name: 'createTicket',
    summary: 'A ticket for one WebSocket, for pages that can send no header with it',
    description: 'Use it as /ws/alerts?ticket=… or as the subprotocol vigil.ticket.…, once, at once.',
    scope: 'stream',
    response: z.object({ ticket: z.string(), expires_in_seconds: z.number() }).meta({ id: 'Ticket' }),
    handle: async ({ principal }) => ({
      ticket: tickets.issue(principal!.name),
      expires_in_seconds: TICKET_LIFETIME_SECONDS,
    }),
  });
}
