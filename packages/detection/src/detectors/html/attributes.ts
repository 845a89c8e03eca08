import { anyOf, anyWord, pattern } from '../../text/regex.ts';

/** A handler with a value, whatever element it is on. */
const HANDLER_PLAIN = /(?:^|[\s/"'`])on[a-z]{3,28}[\s\x00-\x1f]{0,8}=(?!=)\s{0,8}\S/i;
/** One whose value is cut off. */
const HANDLER_OPEN = /[\s/]on[a-z]{3,24}\s{0,4}=\s{0,4}$/i;
/** A name that a lenient browser takes for a handler's, as long as the element is one that it knows. */
const HANDLER = /(?:^|[\s/"'`>;,&|?\\])on[a-z!#$%()*~+\-_.,:;?@[\]|^`]{3,40}?\s{0,8}=/i;
const STYLE = /(?:^|[\s/"'`])style\s{0,8}=/i;
/** What a style sheet runs or loads. */
export const STYLE_CODE = anyOf(
  // What old browsers ran from a style sheet.
  /expression\s{0,4}(?:\(|\\0{0,4}28)|-moz-binding|behaviou?r\s{0,4}:|binding\s{0,4}:\s{0,4}url/i,
  /@import|@im\\/i,
  /javascript:|vbscript:|-o-link/i,
  /url\s{0,4}\(\s{0,4}["']?\s{0,4}(?:javascript|data|vbscript|livescript)/i,
  // An animation starts an event, and so a handler that needs no user.
  /animation-name\s{0,4}:/i,
  /url\(\s{0,4}["']?(?:https?:)?\/\//i,
);
/** Attributes that hold a URL. */
const URL_ATTRIBUTE =
  /(?:^|[\s/"'`])(?:src|href|action|formaction|background|data|lowsrc|dynsrc|poster|srcdoc|xlink:href|code|codebase|srcset|datasrc|implementation|folder|ping|values)\s{0,8}=/i;
/** A link cut off before where it leads, as crawlers take it from broken pages. */
const EMPTY_LINK = /^\s{1,8}(?:href|src)\s{0,4}=\s{0,4}["']?$/i;

const PLAIN_ATTRIBUTE = anyOf(
  anyWord('class width height border name rows cols maxlength placeholder'),
  /type(?=\s{0,2}=\s{0,2}["']?(?:text|password|checkbox|radio|submit|button|email|number|date|search|tel)\b)/i,
  /cell(?:padding|spacing)|v?align|lang|dir|title|colspan|rowspan/i,
  // Within the site: neither a scheme nor a host.
  /href(?=\s{0,2}=\s{0,2}["'](?:[\w./-]|#)[^:;&"']{0,200}["'])(?!\s{0,2}=\s{0,2}["']\/\/)/i,
  /(?:src|href|action)(?=\s{0,2}=\s{0,2}["']#?["'])/i,
  /alt(?=\s{0,2}=\s{0,2}["'])/i,
  /src(?=\s{0,2}=\s{0,2}["'](?!\/\/)[\w./-]{1,200}\.(?:png|jpe?g|gif|webp|svg)["'])/i,
  /style(?=\s{0,2}=\s{0,2}["'](?:(?:text-\w{2,12}|font-\w{2,8}|line-height|(?:margin|padding)(?:-\w{3,6})?)\s{0,2}:\s{0,2}[\w .%-]{1,40};?\s{0,2}){1,4}["'])/i,
);
const PLAIN_VALUE = anyOf(/\\?"[^"<>\\]{0,200}\\?"/i, /'[^'<>]{0,200}'/i, /[\w%#.-]{1,60}/i);
/** Attributes of text that was copied from a page: looks, names, and links within the site. */
const PLAIN_ATTRIBUTES = pattern`^(?:\s{1,40}${PLAIN_ATTRIBUTE}\s{0,2}=\s{0,2}${PLAIN_VALUE}){1,8}\s{0,2}\/?$`;

/** Whether what stands behind an element's name are attributes. */
export const hasAttributes = (rest: string): boolean => /^[\s/\x00-\x1f"'`]/.test(rest) && /\S/.test(rest);

/** Whether an element's attributes hold a handler. */
export const hasHandler = (attributes: string, isKnown: boolean): boolean =>
  HANDLER_PLAIN.test(attributes) || HANDLER_OPEN.test(attributes) || (isKnown && HANDLER.test(attributes));

/** Whether attributes hold a style that runs or loads something. */
export const hasStyleCode = (attributes: string): boolean => STYLE.test(attributes) && STYLE_CODE.test(attributes);

/** Whether attributes are those of text that was copied from a page, or of a link that leads nowhere. */
export const arePlain = (attributes: string): boolean =>
  PLAIN_ATTRIBUTES.test(attributes) || EMPTY_LINK.test(attributes);

/** Whether one of the attributes holds a URL. */
export const haveUrl = (attributes: string): boolean => URL_ATTRIBUTE.test(attributes);
