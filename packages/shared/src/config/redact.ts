/** A webhook's URL lets whoever knows it write where it leads, and its headers hold credentials. */
const SECRET_NAME = /(KEY|SECRET|TOKEN|PASS|CREDENTIAL|WEBHOOK_(?:\w+_)?(?:URL|HEADERS))/i;

/** The URL without its password; text that is no URL comes back as it is. */
function redactUrl(text: string): string {
  if (!URL.canParse(text)) return text;
  const url = new URL(text);
  if (url.password !== '') url.password = '***';
  for (const name of url.searchParams.keys()) if (SECRET_NAME.test(name)) url.searchParams.set(name, '***');
  return url.toString();
}

/** A configuration fit to be printed: secrets are `***`, URLs lose their passwords. */
export function redactConfig(config: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => {
      // A number or a switch is no secret: `WS_CONNECTIONS_PER_KEY_MAX` counts something.
      if (SECRET_NAME.test(name) && (typeof value === 'string' || typeof value === 'object')) return [name, '***'];
      return [name, typeof value === 'string' ? redactUrl(value) : value];
    }),
  );
}
