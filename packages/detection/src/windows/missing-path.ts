import { anyOf, pattern } from '../text/regex.ts';
import { hashText } from './hash.ts';

/**
 * What pages, players and maps show, and what package managers ask one registry after another for: no list of hidden files holds
 * such names, whereas those who ask for them meet missing ones by the dozen.
 */
const LISTED_FILE =
  /\.(?:aac|asc|avif|deb|eot|gem|gif|info|jpe?g|m4s|md5|mod|module|mp[34]|mpd|nupkg|otf|pbf|png|pom|rpm|sha(?:1|256|512)|svg|ts|ttf|webp|whl|woff2?)$|\/@(?:v\/list|latest)$/i;
/** What browsers fetch by themselves for a page, and what scanners look into, too. */
const PAGE_PART = /\.(?:css|ico|m?js|map)$/i;
const FILE_NAME_CHARS = 8;
/** UUIDs, hashes and random words: too many to try, so whoever asks for one was given it. */
const UNGUESSABLE = anyOf(
  /[\da-fA-F]{8}-(?:[\da-fA-F]{4}-){3}[\da-fA-F]{12}/g,
  /(?=[a-fA-F]{0,15}\d)[\da-fA-F]{16,64}/g,
  // As databases in a cloud name their documents.
  /(?=[a-z\d]{0,19}[A-Z])(?=[A-Z\d]{0,19}[a-z])(?=[a-zA-Z]{0,19}\d)[\da-zA-Z]{20,64}/g,
);
const UNGUESSABLE_ID = pattern`(?<![\da-zA-Z])${UNGUESSABLE}(?![\da-zA-Z])`;
/** Numbers can be counted through; a page that sent its reader for them has listed them. */
const NUMBER = /(?<=\/)\d{1,19}(?=\/|$)/g;

/** A path without what nobody guesses in it, nor counts through. */
export function withoutIds(path: string): string {
  return path.replace(UNGUESSABLE_ID, '').replace(NUMBER, '');
}

/**
 * A hash that tells missing paths apart which a client may have tried, or -1 for one that somebody else's list sent it to. Ids are left
 * out: an application asks for a part of each thing that it shows, and what many of them lack is one path and not hundreds. Names stay,
 * which scanners try, and so do numbers that no page asked for.
 * @param path of the target, without the query
 * @param pathHash `hashText` of it
 */
export function missingPathHash(path: string, pathHash: number, referer: string): number {
  const end = path.slice(-FILE_NAME_CHARS);
  const isFromPage = referer.startsWith('http');
  if (LISTED_FILE.test(end) || (isFromPage && PAGE_PART.test(end))) return -1;
  const shape = isFromPage ? withoutIds(path) : path.replace(UNGUESSABLE_ID, '');
  return shape.length === path.length ? pathHash : hashText(shape);
}
