import { printable } from '@vigil/shared/text/printable';

/** So much of what a receiver says is shown. */
const ANSWER_CHARS = 200;

/** What to tell of an answer that is no 2xx. */
export async function answerProblem(response: Response): Promise<string> {
  const said = await startOf(response);
  const status = `the webhook answered ${response.status}`;
  if (response.status >= 300 && response.status < 400)
    return `${status}: redirects are not followed; set its URL to where it leads`;
  return said === '' ? status : `${status}: ${printable(said)}`;
}

/** The rest is left where it is: an answer may have no end. */
async function startOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length >= ANSWER_CHARS) break;
  }
  return text.slice(0, ANSWER_CHARS).trim();
}
