import { isSearchParameter } from '../../views/search-phrase.ts';
import type { View } from '../../views/view.ts';
import { LOOPBACK_CALLBACK, REDIRECT } from './parameters.ts';

/** Where a text stands that may be a URL, and so what the URL is for. */
export type Use = {
  /** Of its parameter, or empty. */
  readonly name: string;
  /** It is the value of a parameter. */
  readonly isValue: boolean;
  /** The parameter names where to go next. */
  readonly redirects: boolean;
  /** The parameter tells where a program is to be sent back to. */
  readonly isCallback: boolean;
  /** It is what somebody looks up. */
  readonly isSearched: boolean;
  /** It has letters or digits that only look like those of ASCII. */
  readonly isFolded: boolean;
};

export function useOf({ field, parameter, name, decoded }: View): Use {
  return {
    name: parameter ?? '',
    isValue: field === 'param_value' || (field === 'referer' && parameter !== undefined),
    redirects: REDIRECT.test(parameter ?? ''),
    isCallback: LOOPBACK_CALLBACK.test(parameter ?? '') || LOOPBACK_CALLBACK.test(name ?? ''),
    isSearched: isSearchParameter(name),
    isFolded: decoded.includes('fold'),
  };
}
