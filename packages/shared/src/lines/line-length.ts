/**
 * Longest line that is scored unless the operator says otherwise, bytes. nginx and Apache let a client write as long a one as their own
 * limits bear, and what was not scored would be a way past every rule: nginx takes 32 KiB of header (`large_client_header_buffers`), Apache
 * 8,190 bytes each of request, referer, agent and user, and both write a byte as `\xHH`.
 */
export const LINE_BYTES_MAX_USUAL = 160 * 1024;

/** A first line that is longer stands for its file by so much of its beginning. */
export const FIRST_LINE_BYTES_MAX = 64 * 1024;
