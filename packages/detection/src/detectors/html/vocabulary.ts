import { anyOf } from '../../text/regex.ts';
import { words } from '../../text/words.ts';

const set = (list: string) => new Set(words(list));
/** Elements that load, run or change where a page's parts come from (HTML living standard, and what old browsers ran). */
export const ACTIVE =
  set(`script iframe object embed applet base meta link frame frameset isindex layer ilayer bgsound xml svg math style
  keygen marquee foreignobject animate set portal import template param listener handler`);
/** Known elements: an unknown word after `<` is as likely a comparison. */
export const KNOWN =
  set(`a abbr acronym address area article aside audio b bdi bdo big blink blockquote body br button canvas caption center
  circle cite code col colgroup comment content data datalist dd del details dfn dialog dir div dl dt element em fieldset figcaption
  figure font footer form g h1 h2 h3 h4 h5 h6 head header hgroup hr html i image img input ins kbd label legend li line main map mark
  menu menuitem meter multicol nav nextid nobr noembed noframes noscript ol optgroup option output p path picture plaintext polygon
  pre progress q rb rect rp rt rtc ruby s samp section select shadow slot small source spacer span strike strong sub summary sup
  table tbody td text textarea tfoot th thead time title tr track tt u ul use var video wbr xmp`);
/** Elements whose text holds no markup: what closes one begins markup again. */
export const RAW_TEXT = set('script style title textarea noscript xmp iframe noembed noframes plaintext');
/** Elements that are of interest within SVG alone. */
export const SVG_ONLY = set('circle rect path polygon line g use image shadow');

/** Events of the HTML living standard, of SVG and of old browsers, without their `on`. */
export const EVENT = anyOf(
  /abort|activate|after\w{3,12}|animation\w{3,12}|auxclick|before\w{3,16}|begin|blur|bounce/i,
  /can\w{4,14}|change|click|close|contextmenu|copy|cuechange|cut/i,
  /data\w{4,14}|dblclick|deactivate|drag\w{0,6}|drop|durationchange|emptied|end|ended|error/i,
  /finish|focus\w{0,3}|form\w{4,8}|fullscreenchange|gotpointercapture|hashchange|help|input|invalid|key\w{2,5}/i,
  /load\w{0,10}|lostpointercapture|message|mouse\w{2,6}|offline|online/i,
  /page\w{3,5}|paste|pause|play\w{0,3}|pointer\w{2,9}|popstate|progress|property\w{4,8}/i,
  /ratechange|readystatechange|repeat|reset|resize|scroll\w{0,4}|search|seek\w{2,4}|select\w{0,7}|show|stalled/i,
  /start|storage|submit|suspend|timeupdate|toggle|touch\w{3,6}|transition\w{2,6}|unload/i,
  /volumechange|waiting|webkit\w{4,24}|wheel/i,
  // No event, but what scanners call theirs.
  /xss/i,
);
