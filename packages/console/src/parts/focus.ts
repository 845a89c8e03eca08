/** Whether no part of the page has the focus: what had it may be gone. */
export function isFocusAdrift(): boolean {
  const { activeElement } = document;
  return activeElement === null || activeElement === document.body || activeElement.id === 'main';
}
