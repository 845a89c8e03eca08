import { isSearchParameter } from '../../views/search-phrase.ts';
import type { View } from '../../views/view.ts';
import { Found, type Detector, type Signal } from '../detector.ts';
import { isPlainImage } from '../plain-image.ts';
import { isLinkRest, readBreakOut, readHandler } from './break-out.ts';
import { SIGNALS, type Add } from './signals.ts';
import { readTag } from './tag.ts';

/** Tags read per text. */
const TAGS_MAX = 48;

/** A style sheet in its element, with nothing in it that loads or runs. */
const PLAIN_STYLE = /^\s{0,4}<style>[^<>@\\(&]{0,300}<\/style>\s{0,4}$/i;
const IN_STYLE = /behavio|binding|import|expression|-o-link|animation/i;
/** A handler that calls a function of the page, told of amid words. */
const NAMED_HANDLER =
  /^[a-z ]{2,60}\bon[a-z]{3,16}="(?!(?:alert|eval|prompt|confirm|fetch|import)\b)\w{1,20}\([\w, ]{0,20}\)"(?:\s[a-z']{2,20}){2,12}[.?!]?$/i;
/** One word on both sides of a quote: what a scanner looks for in the page, to see whether the quote between came through. */
const DOUBLED_MARKER = /^([a-z\d]{4,16})["'`]\1$/i;

/** Finds markup by reading tags and attributes as a lenient browser does. */
export const html: Detector = {
  name: 'html',
  signals: SIGNALS,
  gate: ['<', '"', "'", '`', '(', '>'],
  run(view: View): Signal[] {
    const { text } = view;
    const found = new Found();
    const add: Add = (name, start, end) => {
      found.add(name, start, end);
    };
    if (isPlainImage(view)) {
      add('plain-tag', 0, text.length);
      return found.signals;
    }
    const isSearched = isSearchParameter(view.name);
    if (isSearched && ((PLAIN_STYLE.test(text) && !IN_STYLE.test(text)) || NAMED_HANDLER.test(text))) {
      add('plain-tag', 0, text.length);
      return found.signals;
    }
    let at = text.indexOf('<');
    for (let tags = 0; at !== -1 && tags < TAGS_MAX; tags += 1) {
      readTag(text, at, isSearched, add);
      at = text.indexOf('<', at + 1);
    }
    if (/\bon/i.test(text)) readHandler(text, add);
    if (!isLinkRest(view)) readBreakOut(text, add);
    if (DOUBLED_MARKER.test(text)) add('doubled-marker', 0, text.length);
    return found.signals;
  },
};
