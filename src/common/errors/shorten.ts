const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

/**
 * Cuts a text to at most `most` UTF-16 code units. Half a character, which strict readers of JSON refuse, becomes
 * U+FFFD, be it of the cut or of the text.
 */
export function shorten(text: string, most: number): string {
  return text.slice(0, most).replace(LONE_SURROGATE, '\uFFFD');
}
